-- Tables of a composite type.
--! template
CREATE TYPE person AS (name text, age integer);
CREATE TABLE people OF person (name WITH OPTIONS NOT NULL, age DEFAULT 18, CONSTRAINT grown CHECK (age >= 18));
CREATE TABLE plain OF person;
--! use
INSERT INTO people (name) VALUES ('a');
SELECT * FROM people;
--= a|18
INSERT INTO people VALUES ('b', 3);
--x grown
ALTER TYPE person ADD ATTRIBUTE size integer CASCADE;
SELECT count(*) FROM people WHERE size IS NULL;
--= 1
