-- A function returns rows of a view that calls the function.
--! template
CREATE TABLE t (n integer, w varchar COLLATE "C");
CREATE VIEW v AS SELECT n, w FROM t;
CREATE FUNCTION f() RETURNS SETOF v LANGUAGE sql AS 'SELECT n, w FROM t';
CREATE OR REPLACE VIEW v WITH (security_barrier) AS SELECT n, w FROM f() WHERE n > 0;
--! use
INSERT INTO t VALUES (1, 'a'), (-1, 'b');
SELECT * FROM v;
--= 1|a
SELECT reloptions FROM pg_class WHERE oid = 'v'::regclass;
--= ["security_barrier=true"]
