-- Foreign keys of two and of three tables in a circle, to itself, deferred, and with columns that are set.
--! template
CREATE TABLE a (id integer PRIMARY KEY, b integer);
CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE a ADD CONSTRAINT to_b FOREIGN KEY (b) REFERENCES b ON UPDATE CASCADE;
CREATE TABLE x (id integer PRIMARY KEY, up integer REFERENCES x ON DELETE CASCADE, y integer);
CREATE TABLE y (id integer PRIMARY KEY, z integer);
CREATE TABLE z (id integer PRIMARY KEY, x integer REFERENCES x);
ALTER TABLE x ADD FOREIGN KEY (y) REFERENCES y;
ALTER TABLE y ADD FOREIGN KEY (z) REFERENCES z;
CREATE TABLE two (n integer, m integer, PRIMARY KEY (n, m), o integer, p integer,
    FOREIGN KEY (o, p) REFERENCES two ON DELETE SET NULL (p));
--! use
BEGIN;
INSERT INTO b VALUES (1, 1);
INSERT INTO a VALUES (1, 1);
COMMIT;
INSERT INTO a VALUES (2, 9);
--x violates foreign key constraint "to_b"
INSERT INTO x VALUES (1, NULL), (2, 1), (3, 2);
DELETE FROM x WHERE id = 1;
SELECT count(*) FROM x;
--= 0
INSERT INTO two VALUES (1, 1, NULL, NULL), (2, 2, 1, 1);
DELETE FROM two WHERE n = 1;
SELECT o, p FROM two;
--= 1|
