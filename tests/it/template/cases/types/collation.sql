-- Collations of the schema, on columns, in indexes, domains and expressions.
--! template
CREATE COLLATION by_byte (PROVIDER = libc, LC_COLLATE = 'C', LC_CTYPE = 'C');
CREATE COLLATION "POSIX copy" FROM "POSIX";
CREATE TABLE t (a text COLLATE by_byte, b text COLLATE "POSIX copy" UNIQUE);
CREATE INDEX t_a ON t (b COLLATE by_byte, (a || 'x' COLLATE "POSIX copy"));
CREATE VIEW v AS SELECT a, b COLLATE by_byte AS c FROM t ORDER BY a;
CREATE DOMAIN d AS text COLLATE by_byte CHECK (VALUE > 'A' COLLATE by_byte);
CREATE TYPE pair AS (a text COLLATE by_byte);
--! use
INSERT INTO t VALUES ('b', '1'), ('B', '2');
SELECT string_agg(a, '' ORDER BY a) FROM v;
--= Bb
SELECT attcollation = 'the_copy_abc.by_byte'::regcollation FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'a';
--= true
SELECT '1'::d;
--x d_check
