-- A check that children do not have.
--! template
CREATE TABLE parent (n integer, CONSTRAINT positive CHECK (n > 0) NO INHERIT, CONSTRAINT small CHECK (n < 10));
CREATE TABLE child () INHERITS (parent);
--! use
INSERT INTO child VALUES (-1);
INSERT INTO parent VALUES (-1);
--x positive
INSERT INTO child VALUES (11);
--x small
