-- A table that was there before its role's default privileges has none of them.
--! unsettled
--! template
CREATE TABLE plain (n integer);
CREATE TYPE kind AS ENUM ('a');
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
--! use
SELECT has_table_privilege('pg_monitor', 'plain', 'SELECT'), has_type_privilege('pg_monitor', 'kind', 'USAGE');
--= false|true
