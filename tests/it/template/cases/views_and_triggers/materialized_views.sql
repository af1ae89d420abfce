-- Materialized views with indexes, on each other; one that is filled and one that is not.
--! template
CREATE TABLE t (id integer PRIMARY KEY, n integer);
INSERT INTO t VALUES (1, 10);
CREATE MATERIALIZED VIEW b WITH (fillfactor = 60) AS SELECT id, n FROM t;
CREATE VIEW between_them AS SELECT sum(n) AS total FROM b;
CREATE MATERIALIZED VIEW a AS SELECT total FROM between_them;
CREATE UNIQUE INDEX b_id ON b (id);
CREATE INDEX b_n ON b (n) WHERE n > 1;
ALTER MATERIALIZED VIEW b CLUSTER ON b_id;
ALTER MATERIALIZED VIEW b ALTER n SET STATISTICS 77;
CREATE MATERIALIZED VIEW empty AS SELECT * FROM t WITH NO DATA;
COMMENT ON MATERIALIZED VIEW a IS 'total';
--! use
SELECT total FROM a;
--= 10
SELECT * FROM empty;
--x has not been populated
INSERT INTO t VALUES (2, 5);
REFRESH MATERIALIZED VIEW CONCURRENTLY b;
REFRESH MATERIALIZED VIEW a;
SELECT total FROM a;
--= 15
