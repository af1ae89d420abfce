-- A sequence that counts down.
--! template
CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY (INCREMENT -1), name text);
CREATE SEQUENCE down INCREMENT -2 START -10 MINVALUE -100 MAXVALUE -10;
--! use
INSERT INTO t (name) VALUES ('x'), ('y');
SELECT string_agg(a::text, ',' ORDER BY a DESC) FROM t;
--= -1,-2
SELECT nextval('down'), nextval('down');
--= -10|-12
