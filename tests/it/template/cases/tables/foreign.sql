-- A foreign table, and one that is a partition. The server is for all.
--! shared
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere;
--! template
CREATE FOREIGN TABLE remote (id integer OPTIONS (column_name 'ID') NOT NULL, name text DEFAULT 'x' COLLATE "C", CHECK (id > 0))
    SERVER elsewhere OPTIONS (table_name 'it''s', schema_name 'public');
CREATE TABLE whole (n integer) PARTITION BY LIST (n);
CREATE FOREIGN TABLE part PARTITION OF whole FOR VALUES IN (1) SERVER elsewhere;
--! use
SELECT ftoptions FROM pg_foreign_table WHERE ftrelid = 'remote'::regclass;
--= ["table_name=it's","schema_name=public"]
SELECT attfdwoptions FROM pg_attribute WHERE attrelid = 'remote'::regclass AND attname = 'id';
--= ["column_name=ID"]
SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = 'part'::regclass;
--= whole
SELECT * FROM remote;
--x has no handler
