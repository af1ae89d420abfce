-- Composite types within each other and in arrays, one of them of a table's row type.
--! template
CREATE TYPE inner_one AS (n integer, "Odd Name" text COLLATE "C");
CREATE TYPE outer_one AS (many inner_one[], one inner_one);
CREATE TABLE base (id integer, it outer_one);
CREATE TYPE of_table AS (b base, bs base[]);
CREATE TABLE t (x of_table, CHECK (((x).b).id > 0));
CREATE FUNCTION n_of(outer_one) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT ($1).one.n';
CREATE INDEX base_n ON base (n_of(it));
--! use
INSERT INTO base VALUES (1, ROW(ARRAY[ROW(2, 'x')::inner_one], ROW(3, 'y')));
INSERT INTO t SELECT ROW(ROW(b.id, b.it)::base, ARRAY[ROW(b.id, b.it)::base])::of_table FROM base b;
INSERT INTO t VALUES (ROW(ROW(0, NULL), NULL));
--x violates check constraint
SELECT ((x).b).id, (((x).bs)[1]).id, n_of(((x).b).it) FROM t;
--= 1|1|3
