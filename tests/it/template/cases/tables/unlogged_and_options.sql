-- What is kept of how a table is stored.
--! template
CREATE UNLOGGED TABLE quick (n integer PRIMARY KEY);
CREATE TABLE t (id integer PRIMARY KEY WITH (fillfactor = 80), body text)
    WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE INDEX t_body ON t USING btree (body) WITH (fillfactor = 50, deduplicate_items = off);
--! use
SELECT relname, relpersistence, reloptions FROM pg_class WHERE oid IN ('quick'::regclass, 't'::regclass, 't_pkey'::regclass, 't_body'::regclass) ORDER BY relname;
--= quick|u|
--= t|p|["fillfactor=70","autovacuum_enabled=false"]
--= t_body|p|["fillfactor=50","deduplicate_items=off"]
--= t_pkey|p|["fillfactor=80"]
SELECT reloptions FROM pg_class WHERE oid = (SELECT reltoastrelid FROM pg_class WHERE oid = 't'::regclass);
--= ["autovacuum_enabled=false"]
