-- Labels of an enum, in their order, whatever is in them.
--! template
CREATE TYPE mood AS ENUM ('sad', 'a,b', 'it''s', 'x"y', 'back\slash', ' ');
ALTER TYPE mood ADD VALUE 'first' BEFORE 'sad';
ALTER TYPE mood ADD VALUE 'between' AFTER 'sad';
CREATE TYPE nothing AS ENUM ();
CREATE TABLE t (m mood DEFAULT 'a,b', l mood[] DEFAULT '{sad,"a,b"}', CHECK (m <> 'x"y'));
CREATE INDEX t_m ON t (m) WHERE m = 'sad'::mood OR m > 'it''s';
--! use
SELECT string_agg(l::text, '/' ORDER BY l) FROM unnest(enum_range(NULL::mood)) l;
--= first/sad/between/a,b/it's/x"y/back\slash/ 
INSERT INTO t DEFAULT VALUES;
SELECT m, l::text FROM t;
--= a,b|{sad,"a,b"}
INSERT INTO t VALUES ('x"y');
--x t_m_check
SELECT atttypid = 'the_copy_abc.mood'::regtype FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'm';
--= true
