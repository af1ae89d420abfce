-- Owners that are not the one who makes the copy.
--! shared
GRANT CREATE ON SCHEMA public TO pg_monitor;
--! template
GRANT CREATE, USAGE ON SCHEMA __template__ TO pg_monitor;
CREATE TABLE t (id bigserial PRIMARY KEY, n bigint GENERATED ALWAYS AS IDENTITY);
ALTER TABLE t OWNER TO pg_monitor;
CREATE VIEW v AS SELECT * FROM t;
ALTER VIEW v OWNER TO pg_monitor;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS n;
ALTER MATERIALIZED VIEW m OWNER TO pg_monitor;
CREATE TYPE kind AS ENUM ('a');
ALTER TYPE kind OWNER TO pg_monitor;
CREATE DOMAIN dom AS integer;
ALTER DOMAIN dom OWNER TO pg_monitor;
CREATE FUNCTION f() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
ALTER FUNCTION f() OWNER TO pg_monitor;
CREATE AGGREGATE agg(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
ALTER AGGREGATE agg(*) OWNER TO pg_monitor;
CREATE SEQUENCE s;
ALTER SEQUENCE s OWNER TO pg_monitor;
CREATE STATISTICS st ON id, n FROM t;
ALTER STATISTICS st OWNER TO pg_monitor;
CREATE COLLATION c FROM "C";
ALTER COLLATION c OWNER TO pg_monitor;
CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer);
ALTER OPERATOR === (integer, integer) OWNER TO pg_monitor;
CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple);
ALTER TEXT SEARCH DICTIONARY dict OWNER TO pg_monitor;
--! use
SELECT string_agg(DISTINCT relowner::regrole::text, ',') FROM pg_class WHERE relnamespace = 'the_copy_abc'::regnamespace AND relkind <> 'c';
--= pg_monitor
SELECT typowner::regrole, (SELECT proowner::regrole FROM pg_proc WHERE oid = 'f'::regproc) FROM pg_type WHERE oid = 'kind'::regtype;
--= pg_monitor|pg_monitor
SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'the_copy_abc';
--= postgres
