-- Triggers that are disabled, for replicas, always; with transition tables, columns, arguments and conditions; by a function
-- in `public`.
--! shared
CREATE FUNCTION public.shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.s := upper(NEW.s); RETURN NEW; END $$;
--! template
CREATE TABLE t (n integer, s text);
CREATE TABLE log (line text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (TG_NAME || TG_ARGV[0]); RETURN NULL; END $$;
CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log SELECT 'new ' || count(*) FROM fresh; RETURN NULL; END $$;
CREATE TRIGGER shout BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION public.shout();
CREATE TRIGGER off AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note('x');
CREATE TRIGGER replica AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note('x');
CREATE TRIGGER always AFTER UPDATE OF n ON t FOR EACH ROW WHEN (OLD.n IS DISTINCT FROM NEW.n) EXECUTE FUNCTION note(' it''s');
CREATE TRIGGER tables AFTER INSERT ON t REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION counted();
ALTER TABLE t DISABLE TRIGGER off, ENABLE REPLICA TRIGGER replica, ENABLE ALWAYS TRIGGER always;
--! use
INSERT INTO t VALUES (1, 'a'), (2, 'b');
UPDATE t SET s = 'c' WHERE n = 1;
UPDATE t SET n = 3 WHERE n = 2;
SELECT line FROM log ORDER BY line;
--= always it's
--= new 2
SELECT string_agg(s, '' ORDER BY n) FROM t;
--= cB
SELECT string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = 't'::regclass;
--= alwaysA offD replicaR shoutO tablesO
