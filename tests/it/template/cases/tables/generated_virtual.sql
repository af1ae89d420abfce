-- A generated column that is not stored.
--! from 18
--! template
CREATE TABLE t (n integer, double integer GENERATED ALWAYS AS (2 * n) VIRTUAL, half integer GENERATED ALWAYS AS (n / 2) STORED);
--! use
INSERT INTO t (n) VALUES (4);
SELECT * FROM t;
--= 4|8|2
SELECT string_agg(attgenerated::text, '' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0;
--= vs
