-- Rights to tables, columns, sequences, functions, types and the schema, with the option to pass them on.
--! narrow
--! template
CREATE TABLE t (id serial PRIMARY KEY, open text, closed text);
CREATE VIEW v AS SELECT * FROM t;
CREATE FUNCTION secret() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION open() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE agg(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
CREATE TYPE kind AS ENUM ('a');
CREATE DOMAIN d AS integer;
GRANT USAGE ON SCHEMA __template__ TO pg_monitor WITH GRANT OPTION;
GRANT CREATE ON SCHEMA __template__ TO pg_signal_backend;
GRANT SELECT, INSERT ON t TO pg_monitor WITH GRANT OPTION;
GRANT SELECT ON v TO PUBLIC;
GRANT SELECT (id, open), UPDATE (open) ON t TO pg_signal_backend;
GRANT REFERENCES (id) ON t TO PUBLIC;
GRANT USAGE ON SEQUENCE t_id_seq TO pg_monitor;
REVOKE EXECUTE ON FUNCTION secret() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION secret() TO pg_monitor;
REVOKE ALL ON PROCEDURE p() FROM PUBLIC, postgres;
REVOKE ALL ON FUNCTION agg() FROM PUBLIC;
REVOKE USAGE ON TYPE kind FROM PUBLIC;
GRANT USAGE ON TYPE d TO pg_monitor;
REVOKE DELETE, TRUNCATE ON t FROM postgres;
--! use
SELECT has_function_privilege('pg_signal_backend', 'secret()', 'EXECUTE'), has_function_privilege('pg_monitor', 'secret()', 'EXECUTE'), has_function_privilege('pg_signal_backend', 'open()', 'EXECUTE');
--= false|true|true
SELECT has_schema_privilege('pg_monitor', 'the_copy_abc', 'USAGE WITH GRANT OPTION'), has_schema_privilege('pg_signal_backend', 'the_copy_abc', 'CREATE'), has_schema_privilege('pg_signal_backend', 'the_copy_abc', 'USAGE');
--= true|true|false
SELECT has_table_privilege('pg_monitor', 't', 'INSERT WITH GRANT OPTION'), has_table_privilege('pg_signal_backend', 't', 'SELECT'), has_column_privilege('pg_signal_backend', 't', 'open', 'UPDATE'), has_column_privilege('pg_signal_backend', 't', 'closed', 'SELECT');
--= true|false|true|false
SELECT has_type_privilege('pg_monitor', 'kind', 'USAGE'), has_type_privilege('pg_monitor', 'd', 'USAGE'), has_sequence_privilege('pg_monitor', 't_id_seq', 'USAGE'), has_sequence_privilege('pg_monitor', 't_id_seq', 'SELECT');
--= false|true|true|false
