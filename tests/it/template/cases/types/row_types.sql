-- The row types of tables, in columns, functions and views.
--! template
CREATE TABLE inner_table (a integer, b text);
CREATE TABLE outer_table (r inner_table, l inner_table[] DEFAULT '{}');
CREATE FUNCTION text_of(r inner_table) RETURNS text LANGUAGE sql AS $$SELECT r.b || r.a::text$$;
CREATE FUNCTION all_inner() RETURNS SETOF inner_table LANGUAGE sql AS 'SELECT * FROM inner_table';
CREATE VIEW v AS SELECT i.text_of, i AS whole FROM inner_table i;
--! use
INSERT INTO inner_table VALUES (1, 'x');
INSERT INTO outer_table (r) SELECT i FROM inner_table i;
SELECT (r).b, text_of(r) FROM outer_table;
--= x|x1
SELECT (whole).a, text_of FROM v;
--= 1|x1
SELECT count(*) FROM all_inner();
--= 1
