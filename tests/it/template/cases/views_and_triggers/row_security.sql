-- Row-level security: on, forced, with policies that call a function, and on without any.
--! template
CREATE FUNCTION mine(owner name) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT owner = current_user';
CREATE TABLE closed (n integer);
ALTER TABLE closed ENABLE ROW LEVEL SECURITY;
CREATE TABLE t (owner name, n integer);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON t USING (mine(owner)) WITH CHECK (mine(owner) AND n IN (1, 2));
CREATE POLICY "less: restrictive" ON t AS RESTRICTIVE FOR UPDATE TO pg_monitor, CURRENT_USER USING (n > 0);
CREATE POLICY adding ON t FOR INSERT TO pg_monitor WITH CHECK (EXISTS (SELECT FROM closed c WHERE c.n = t.n)) ;
CREATE TABLE forced (n integer);
ALTER TABLE forced FORCE ROW LEVEL SECURITY;
GRANT USAGE ON SCHEMA __template__ TO pg_monitor;
GRANT ALL ON t, closed TO pg_monitor;
COMMENT ON POLICY own ON t IS 'mine';
--! use
INSERT INTO t VALUES ('pg_monitor', 1), ('other', 2);
INSERT INTO closed VALUES (1);
SET ROLE pg_monitor;
SELECT * FROM t;
--= pg_monitor|1
SELECT * FROM closed;
--=
INSERT INTO t VALUES ('other', 1);
--x row-level security policy
RESET ROLE;
SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid IN ('t'::regclass, 'closed'::regclass, 'forced'::regclass) ORDER BY 1;
--= closed|true|false
--= forced|false|true
--= t|true|true
SELECT polname, polcmd, polpermissive FROM pg_policy WHERE polrelid = 't'::regclass ORDER BY 1;
--= adding|a|true
--= less: restrictive|w|false
--= own|*|true
