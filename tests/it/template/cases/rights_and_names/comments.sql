-- Comments on everything that has one, with quotes and line breaks.
--! template
COMMENT ON SCHEMA __template__ IS 'the schema''s own';
CREATE SEQUENCE s;
CREATE TABLE t (id integer CONSTRAINT positive CHECK (id > 0), "na""me" text, CONSTRAINT t_key PRIMARY KEY (id));
CREATE INDEX i ON t ("na""me");
CREATE VIEW v AS SELECT id FROM t;
CREATE FUNCTION f(a integer, VARIADIC b text[]) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TYPE kind AS ENUM ('a');
CREATE COLLATION c FROM "C";
COMMENT ON TABLE t IS E'it''s "quoted" \\ and\nbroken';
COMMENT ON COLUMN t."na""me" IS 'ünïcode ☃ 😀';
COMMENT ON CONSTRAINT positive ON t IS 'positive';
COMMENT ON CONSTRAINT t_key ON t IS 'key';
COMMENT ON INDEX i IS 'index'; COMMENT ON INDEX t_key IS 'index of the key';
COMMENT ON VIEW v IS 'view'; COMMENT ON COLUMN v.id IS 'column of a view';
COMMENT ON FUNCTION f(integer, text[]) IS 'function';
COMMENT ON TYPE kind IS 'type'; COMMENT ON SEQUENCE s IS 'sequence'; COMMENT ON COLLATION c IS 'collation';
--! use
SELECT obj_description('the_copy_abc'::regnamespace, 'pg_namespace'), obj_description('t'::regclass, 'pg_class') = E'it''s "quoted" \\ and\nbroken', col_description('t'::regclass, 2);
--= the schema's own|true|ünïcode ☃ 😀
SELECT obj_description('i'::regclass, 'pg_class'), obj_description('v'::regclass, 'pg_class'), col_description('v'::regclass, 1), obj_description('f'::regproc, 'pg_proc'), obj_description('kind'::regtype, 'pg_type');
--= index|view|column of a view|function|type
SELECT string_agg(obj_description(oid, 'pg_constraint'), ',' ORDER BY conname) FROM pg_constraint WHERE conrelid = 't'::regclass AND contype <> 'n';
--= positive,key
