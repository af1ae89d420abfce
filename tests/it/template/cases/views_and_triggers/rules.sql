-- Rules: instead, also, with conditions, on views and tables, switched off.
--! template
CREATE TABLE t (id integer, name text);
CREATE TABLE log (what text DEFAULT 'nothing');
CREATE VIEW v AS SELECT * FROM t;
CREATE RULE v_insert AS ON INSERT TO v DO INSTEAD INSERT INTO t VALUES (new.id, new.name || '''s "x"') RETURNING t.id, t.name;
CREATE RULE v_update AS ON UPDATE TO v WHERE old.id > 1 DO INSTEAD NOTHING;
CREATE RULE "and LOG" AS ON INSERT TO t DO ALSO (INSERT INTO log VALUES ('t ' || new.id::text); INSERT INTO log DEFAULT VALUES);
CREATE RULE off AS ON DELETE TO t DO INSTEAD NOTHING;
ALTER TABLE t DISABLE RULE off;
CREATE RULE always AS ON UPDATE TO t DO ALSO NOTIFY changed;
ALTER TABLE t ENABLE ALWAYS RULE always;
COMMENT ON RULE off ON t IS 'not now';
--! use
INSERT INTO v VALUES (1, 'a');
SELECT name, (SELECT count(*) FROM log) FROM t;
--= a's "x"|2
DELETE FROM t;
SELECT count(*) FROM t;
--= 0
SELECT string_agg(rulename || ev_enabled::text, ' ' ORDER BY rulename) FROM pg_rewrite WHERE ev_class = 't'::regclass;
--= alwaysA and LOGO offD
