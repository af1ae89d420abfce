-- Generated columns that call the schema's functions, of own types, with indexes and keys on them.
--! unsettled
--! template
CREATE TYPE size AS ENUM ('s', 'l');
CREATE FUNCTION size_of(integer) RETURNS size LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN $1 < 10 THEN 's' ELSE 'l' END::size $$;
CREATE TABLE t (n integer, size size GENERATED ALWAYS AS (size_of(n)) STORED NOT NULL, twice integer GENERATED ALWAYS AS (n * 2) STORED UNIQUE,
    CHECK (size IS DISTINCT FROM 'l' OR n < 100));
CREATE TABLE child (extra text) INHERITS (t);
CREATE TABLE refs (twice integer REFERENCES t (twice));
CREATE INDEX t_size ON t (size) WHERE size = 's'::size;
--! use
INSERT INTO t (n) VALUES (3), (50);
INSERT INTO child (n) VALUES (4);
INSERT INTO t (n) VALUES (100);
--x violates check constraint
INSERT INTO t (n, twice) VALUES (5, 10);
--x cannot insert a non-DEFAULT value into column "twice"
INSERT INTO refs VALUES (6);
SELECT n, size, twice FROM t ORDER BY n;
--= 3|s|6
--= 4|s|8
--= 50|l|100
