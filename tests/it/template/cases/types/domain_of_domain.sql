-- Domains of domains, of arrays and of composite types, with checks that call functions.
--! template
CREATE FUNCTION is_short(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length($1) < 5';
CREATE DOMAIN word AS text CONSTRAINT short CHECK (is_short(VALUE)) NOT NULL;
CREATE DOMAIN loud AS word DEFAULT 'HEY' CHECK (VALUE = upper(VALUE));
CREATE DOMAIN words AS word[] CHECK (array_length(VALUE, 1) < 3);
CREATE TYPE pair AS (a integer, b integer);
CREATE DOMAIN ordered AS pair CHECK ((VALUE).a < (VALUE).b);
CREATE TABLE t (l loud, w words, o ordered);
--! use
INSERT INTO t VALUES (DEFAULT, '{a,b}', ROW(1, 2));
INSERT INTO t VALUES ('hey');
--x violates check constraint
INSERT INTO t VALUES ('LOUDER');
--x violates check constraint "short"
INSERT INTO t (w) VALUES ('{a,b,c}');
--x value for domain words violates check constraint
INSERT INTO t (o) VALUES (ROW(2, 1));
--x value for domain ordered violates check constraint
SELECT l, w::text, o::text FROM t;
--= HEY|{a,b}|(1,2)
