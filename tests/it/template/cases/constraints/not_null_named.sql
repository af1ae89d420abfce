-- Since version 18 NOT NULL is a constraint with a name.
--! from 18
--! template
CREATE TABLE t (a integer CONSTRAINT a_is_there NOT NULL, b integer NOT NULL, c integer CONSTRAINT c_here NOT NULL NO INHERIT);
CREATE TABLE child (d integer CONSTRAINT d_is_there NOT NULL) INHERITS (t);
CREATE TABLE late_key (id integer PRIMARY KEY);
CREATE TABLE late (n integer);
INSERT INTO late VALUES (NULL);
ALTER TABLE late ADD CONSTRAINT n_later NOT NULL n NOT VALID;
CREATE TABLE loose (n integer CHECK (n > 0) NOT ENFORCED, o integer, CONSTRAINT hint FOREIGN KEY (o) REFERENCES late_key (id) NOT ENFORCED);
--! use
INSERT INTO t VALUES (NULL, 1, 1);
--x null value in column "a"
SELECT conname, convalidated, connoinherit FROM pg_constraint WHERE contype = 'n' AND conrelid IN ('t'::regclass, 'late'::regclass, 'child'::regclass) ORDER BY conrelid::regclass::text, 1;
--= a_is_there|true|false
--= d_is_there|true|false
--= t_b_not_null|true|false
--= n_later|false|false
--= a_is_there|true|false
--= c_here|true|true
--= t_b_not_null|true|false
INSERT INTO loose VALUES (-1, 7);
