-- Functions that return sets: of a table's rows, of a table of their own, of a view's rows.
--! template
CREATE TABLE t (id integer, name text);
CREATE VIEW v AS SELECT name FROM t;
CREATE FUNCTION rows_of() RETURNS SETOF t LANGUAGE sql STABLE ROWS 3 AS 'SELECT * FROM t';
CREATE FUNCTION table_of() RETURNS TABLE (n integer, it t) LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT t.id, t FROM t; END $$;
CREATE FUNCTION names() RETURNS SETOF v LANGUAGE sql AS 'SELECT * FROM v';
CREATE FUNCTION changed() RETURNS SETOF t LANGUAGE sql SECURITY DEFINER COST 7 AS $$ UPDATE t SET name = name || '!' RETURNING * $$;
CREATE VIEW on_function AS SELECT r.id, n.name FROM rows_of() r, names() n;
--! use
INSERT INTO t VALUES (1, 'one');
SELECT n, (it).name FROM table_of();
--= 1|one
SELECT count(*) FROM changed();
--= 1
SELECT * FROM on_function;
--= 1|one!
