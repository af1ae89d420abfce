-- A generated column, and one that calls a function of the schema.
--! template
CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n';
CREATE TABLE t (n integer, double integer GENERATED ALWAYS AS (twice(n)) STORED, label text GENERATED ALWAYS AS ('n' || n::text) STORED);
--! use
INSERT INTO t (n) VALUES (4);
SELECT * FROM t;
--= 4|8|n4
SELECT count(*) FROM pg_depend WHERE refobjid = 'twice(integer)'::regprocedure AND classid = 'pg_attrdef'::regclass;
--= 1
