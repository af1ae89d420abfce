-- Triggers of all times and events, with conditions, columns, arguments and transition tables, in every state.
--! shared
CREATE FUNCTION public.shared_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := coalesce(NEW.note, '') || TG_ARGV[0] || TG_TABLE_SCHEMA; RETURN NEW; END $$;
--! template
CREATE TABLE t (id integer PRIMARY KEY, note text, n integer);
CREATE TABLE log (what text);
CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (TG_NAME || ' ' || TG_OP); RETURN NULL; END $$;
CREATE TRIGGER b_shared BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION public.shared_trigger('it''s ', 'x');
CREATE TRIGGER a_own AFTER INSERT OR DELETE OR UPDATE OF note, n ON t FOR EACH ROW EXECUTE FUNCTION own();
CREATE TRIGGER a_when AFTER UPDATE ON t FOR EACH ROW WHEN (OLD.n IS DISTINCT FROM NEW.n AND NEW.note IN ('a', 'b')) EXECUTE FUNCTION own();
CREATE TRIGGER s_all AFTER TRUNCATE ON t EXECUTE FUNCTION own();
CREATE TRIGGER s_tables AFTER UPDATE ON t REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION own();
CREATE TRIGGER off AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION own();
ALTER TABLE t DISABLE TRIGGER off;
CREATE TRIGGER replica AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION own();
ALTER TABLE t ENABLE REPLICA TRIGGER replica;
CREATE TRIGGER always AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION own();
ALTER TABLE t ENABLE ALWAYS TRIGGER always;
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION own();
CREATE CONSTRAINT TRIGGER from_log AFTER DELETE ON t FROM log FOR EACH ROW EXECUTE FUNCTION own();
COMMENT ON TRIGGER off ON t IS 'not now';
--! use
INSERT INTO t (id) VALUES (1);
SELECT note FROM t;
--= it's the_copy_abc
SELECT string_agg(what, ',') FROM log;
--= a_own INSERT,always INSERT,later INSERT
SELECT string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = 't'::regclass AND NOT tgisinternal;
--= a_ownO a_whenO alwaysA b_sharedO from_logO laterO offD replicaR s_allO s_tablesO
DELETE FROM log;
UPDATE t SET n = 1, note = 'a';
SELECT string_agg(what, ',' ORDER BY what) FROM log;
--= a_own UPDATE,a_when UPDATE,s_tables UPDATE
SELECT tgdeferrable, tginitdeferred FROM pg_trigger WHERE tgname = 'later' AND tgrelid = 't'::regclass;
--= true|true
