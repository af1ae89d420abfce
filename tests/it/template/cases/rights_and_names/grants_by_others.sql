-- Who gave a right is part of it.
--! template
CREATE TABLE t (n integer);
GRANT USAGE ON SCHEMA __template__ TO pg_monitor, pg_signal_backend WITH GRANT OPTION;
GRANT SELECT ON t TO pg_monitor WITH GRANT OPTION;
SET ROLE pg_monitor;
GRANT SELECT ON __template__.t TO pg_signal_backend;
RESET ROLE;
--! use
SELECT grantee::regrole, grantor::regrole, is_grantable FROM pg_class, aclexplode(relacl) WHERE oid = 't'::regclass AND privilege_type = 'SELECT' ORDER BY 1;
--= postgres|postgres|false
--= pg_monitor|postgres|true
--= pg_signal_backend|pg_monitor|false
