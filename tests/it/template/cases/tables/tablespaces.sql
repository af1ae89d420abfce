-- Indexes and tables in a tablespace that is not the default: PostgreSQL's own is there in every cluster.
--! template
CREATE TABLE t (id integer PRIMARY KEY USING INDEX TABLESPACE pg_default, n integer) TABLESPACE pg_default;
CREATE INDEX t_n ON t (n) TABLESPACE pg_default;
--! use
INSERT INTO t VALUES (1, 1);
SELECT * FROM t;
--= 1|1
