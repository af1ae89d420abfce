-- A default calls a function that takes the table's own row type: neither can be first.
--! template
CREATE TABLE t (id integer PRIMARY KEY, n integer);
CREATE FUNCTION biggest(rows t[]) RETURNS integer LANGUAGE sql AS 'SELECT coalesce(max(r.n), 0) + 1 FROM unnest(rows) r';
ALTER TABLE t ALTER n SET DEFAULT biggest(ARRAY[]::t[]);
--! use
INSERT INTO t VALUES (1);
SELECT * FROM t;
--= 1|1
