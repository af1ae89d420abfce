-- Policies for roles, with expressions that ask other tables and functions of the schema, permissive and restrictive; forced on a
-- table without any, which is closed then.
--! template
CREATE TABLE members (name text, level integer);
CREATE TABLE t (owner text, body text);
CREATE TABLE closed (n integer);
CREATE FUNCTION level_of(text) RETURNS integer LANGUAGE sql STABLE AS 'SELECT level FROM members WHERE name = $1';
CREATE POLICY own ON t USING (owner = current_user);
CREATE POLICY high ON t AS RESTRICTIVE FOR UPDATE TO pg_monitor, PUBLIC USING (EXISTS (SELECT FROM members m WHERE m.name = t.owner AND m.level > 1)) WITH CHECK (level_of(owner) > 1);
ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE closed ENABLE ROW LEVEL SECURITY;
GRANT ALL ON t, closed, members TO pg_monitor;
COMMENT ON POLICY own ON t IS 'one''s own';
--! use
INSERT INTO members VALUES ('pg_monitor', 1);
INSERT INTO t VALUES ('pg_monitor', 'x'), ('other', 'y');
INSERT INTO closed VALUES (1);
DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO pg_monitor', current_schema()); END $$;
SET ROLE pg_monitor;
SELECT body FROM t;
--= x
UPDATE t SET body = 'z';
SELECT body FROM t;
--= x
SELECT count(*) FROM closed;
--= 0
RESET ROLE;
SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 't'::regclass;
--= true|true
