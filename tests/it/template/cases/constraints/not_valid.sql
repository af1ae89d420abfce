-- What was never checked is not checked in a copy.
--! template
CREATE TABLE a (id integer PRIMARY KEY);
CREATE TABLE b (a_id integer, n integer);
INSERT INTO b VALUES (99, -1);
ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES a NOT VALID;
ALTER TABLE b ADD CONSTRAINT b_n CHECK (n > 0) NOT VALID;
--! use
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'b'::regclass ORDER BY 1;
--= b_a|false
--= b_n|false
SELECT * FROM b;
--= 99|-1
INSERT INTO b VALUES (1, 1);
--x b_a
INSERT INTO b VALUES (NULL, 0);
--x b_n
ALTER TABLE b VALIDATE CONSTRAINT b_n;
--x is violated by some row
