-- Range types, with a multirange of a given name, and a function of the schema that says how far.
--! template
CREATE FUNCTION minutes(a time, b time) RETURNS double precision LANGUAGE sql IMMUTABLE AS 'SELECT extract(epoch FROM a - b) / 60';
CREATE TYPE hours AS RANGE (SUBTYPE = time, SUBTYPE_DIFF = minutes);
CREATE TYPE words AS RANGE (SUBTYPE = text, COLLATION = "C", SUBTYPE_OPCLASS = text_pattern_ops, MULTIRANGE_TYPE_NAME = many_words);
CREATE TABLE t (h hours, w words, m many_words, EXCLUDE USING gist (h WITH &&));
CREATE VIEW v AS SELECT hours('10:00', '11:00') AS h, hours_multirange(hours('10:00', '11:00')) AS m, h * hours('09:00', '10:30') AS common FROM t;
--! use
INSERT INTO t VALUES ('[10:00,12:00)', '[a,c)', '{[a,b),[x,z)}');
SELECT common FROM v;
--= [10:00:00,10:30:00)
INSERT INTO t VALUES ('[11:00,13:00)');
--x t_h_excl
SELECT m @> 'y'::text FROM t;
--= true
