-- How values are stored: storage and compression of columns, options of the table and of its long values, statistics targets
-- and options of columns.
--! template
CREATE TABLE t (a text COMPRESSION pglz, b bytea, c text COMPRESSION pglz, d integer) WITH (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_enabled = off, parallel_workers = 2);
ALTER TABLE t ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE MAIN, ALTER d SET STATISTICS 5, ALTER d SET (n_distinct = -0.5, n_distinct_inherited = 7);
CREATE STATISTICS deps (dependencies, mcv) ON a, d FROM t;
ALTER STATISTICS deps SET STATISTICS 33;
--! use
INSERT INTO t VALUES (repeat('x', 9000), 'b', 'c', 1);
ANALYZE t;
SELECT string_agg(attstorage::text || attcompression::text, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0;
--= ep m xp p
SELECT c.reloptions::text, t.reloptions::text FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.oid = 't'::regclass;
--= {fillfactor=70,autovacuum_enabled=off,parallel_workers=2}|{autovacuum_enabled=off}
SELECT attstattarget, attoptions::text FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'd';
--= 5|{n_distinct=-0.5,n_distinct_inherited=7}
