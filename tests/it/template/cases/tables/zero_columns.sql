-- A table without columns.
--! template
CREATE TABLE nothing ();
CREATE TABLE emptied (a integer);
ALTER TABLE emptied DROP a;
--! use
INSERT INTO nothing DEFAULT VALUES;
SELECT count(*) FROM nothing;
--= 1
