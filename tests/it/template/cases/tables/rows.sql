-- Rows that migrations have put into the template come with it.
--! template
CREATE TYPE size AS ENUM ('s', 'l');
CREATE DOMAIN price AS numeric CHECK (VALUE > 0);
CREATE TYPE pair AS (a size, b text);
CREATE TABLE sizes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, size size, price price, pair pair, sizes size[], r int4range,
    twice numeric GENERATED ALWAYS AS (price * 2) STORED, parent bigint REFERENCES sizes);
INSERT INTO sizes (size, price, pair, sizes, r) VALUES ('s', 1.5, '(l,"x, y")', '{s,l}', '[1,3)');
INSERT INTO sizes (size, parent) VALUES ('l', 1);
CREATE TABLE a_child (sizes_id bigint REFERENCES sizes);
INSERT INTO a_child VALUES (2);
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM sizes;
--! use
SELECT id, size, price, (pair).b, sizes::text, r, twice, parent FROM sizes ORDER BY id;
--= 1|s|1.5|x, y|{s,l}|[1,3)|3.0|
--= 2|l||||||1
SELECT * FROM counted;
--= 2
INSERT INTO sizes (size) VALUES ('s');
SELECT max(id) FROM sizes;
--= 3
