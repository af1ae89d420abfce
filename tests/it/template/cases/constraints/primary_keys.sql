-- Primary keys: of several columns, with a name, deferrable.
--! template
CREATE TABLE a (x integer, y text, CONSTRAINT the_key PRIMARY KEY (y, x));
CREATE TABLE b (id integer PRIMARY KEY DEFERRABLE);
CREATE TABLE c (x integer, y text, FOREIGN KEY (y, x) REFERENCES a (y, x) MATCH FULL);
--! use
INSERT INTO a VALUES (1, 'a');
INSERT INTO c VALUES (1, NULL);
--x c_y_x_fkey
INSERT INTO c VALUES (1, 'a');
SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'the_key'::regclass;
--= y,x
