-- Rights that what is made later will have, and those that what is made always has.
--! unsettled
--! shared
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_read_all_stats;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
--! template
CREATE TABLE before (n integer);
REVOKE ALL ON before FROM pg_read_all_stats;
CREATE TABLE kept (n integer);
CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
GRANT EXECUTE ON FUNCTION f() TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA __template__ GRANT SELECT, INSERT ON TABLES TO pg_monitor;
ALTER DEFAULT PRIVILEGES IN SCHEMA __template__ GRANT USAGE ON SEQUENCES TO pg_monitor WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA __template__ GRANT EXECUTE ON FUNCTIONS TO pg_monitor;
ALTER DEFAULT PRIVILEGES FOR ROLE pg_monitor IN SCHEMA __template__ GRANT USAGE ON TYPES TO PUBLIC;
--! use
SELECT has_table_privilege('pg_monitor', 'before', 'SELECT'), has_table_privilege('pg_read_all_stats', 'before', 'SELECT'), has_table_privilege('pg_read_all_stats', 'kept', 'SELECT');
--= false|false|true
SELECT has_function_privilege('pg_monitor', 'f()', 'EXECUTE');
--= true
CREATE TABLE after (n integer);
SELECT has_table_privilege('pg_monitor', 'after', 'INSERT');
--= true
SELECT count(*) FROM pg_default_acl WHERE defaclnamespace = 'the_copy_abc'::regnamespace;
--= 4
