-- A child that sorts before its parent, with a column and a default of its own.
--! template
CREATE TABLE z_parent (id bigint PRIMARY KEY, name text DEFAULT 'parent', CHECK (id > 0));
CREATE TABLE a_child (extra integer CHECK (extra < 10)) INHERITS (z_parent);
ALTER TABLE a_child ALTER name SET DEFAULT 'child';
CREATE TABLE b_child (name text NOT NULL, PRIMARY KEY (id)) INHERITS (z_parent);
CREATE TABLE grandchild () INHERITS (a_child);
--! use
INSERT INTO a_child (id, extra) VALUES (1, 5);
INSERT INTO grandchild (id) VALUES (2);
SELECT tableoid::regclass, id, name FROM z_parent ORDER BY id;
--= a_child|1|child
--= grandchild|2|child
INSERT INTO grandchild (id) VALUES (-1);
--x z_parent_id_check
ALTER TABLE z_parent DROP name;
SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'a_child'::regclass AND attnum > 0 AND NOT attisdropped;
--= id extra
SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'b_child'::regclass AND attnum > 0 AND NOT attisdropped;
--= id name
