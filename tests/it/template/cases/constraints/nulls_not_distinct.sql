-- Unique constraints and indexes for which nulls are equal, with included columns, and deferred ones.
--! template
CREATE TABLE t (a integer, b integer, c integer, CONSTRAINT one_null UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b, c));
CREATE UNIQUE INDEX t_b ON t (b) NULLS NOT DISTINCT WHERE c IS NULL;
CREATE TABLE u (n integer CONSTRAINT later UNIQUE DEFERRABLE INITIALLY DEFERRED, m integer, CONSTRAINT now_or_later PRIMARY KEY (m) DEFERRABLE);
--! use
INSERT INTO t VALUES (NULL, 1, 1);
INSERT INTO t VALUES (NULL, 2, 2);
--x duplicate key value violates unique constraint "one_null"
INSERT INTO t VALUES (1, NULL, NULL);
INSERT INTO t VALUES (2, NULL, NULL);
--x duplicate key value violates unique constraint "t_b"
INSERT INTO u VALUES (1, 1), (2, 2);
UPDATE u SET n = n + 1, m = m + 1;
SELECT indnkeyatts, indnatts FROM pg_index WHERE indexrelid = 'one_null'::regclass;
--= 1|3
