-- The index that a table is clustered on, and what identifies a row to a replica.
--! template
CREATE TABLE a (id integer NOT NULL, CONSTRAINT a_key UNIQUE (id));
ALTER TABLE a CLUSTER ON a_key;
ALTER TABLE a REPLICA IDENTITY USING INDEX a_key;
CREATE TABLE b (id integer);
ALTER TABLE b REPLICA IDENTITY FULL;
CREATE TABLE c (id integer);
ALTER TABLE c REPLICA IDENTITY NOTHING;
--! use
SELECT relname, relreplident FROM pg_class WHERE oid IN ('a'::regclass, 'b'::regclass, 'c'::regclass) ORDER BY relname;
--= a|i
--= b|f
--= c|n
SELECT indisclustered, indisreplident FROM pg_index WHERE indexrelid = 'a_key'::regclass;
--= true|true
