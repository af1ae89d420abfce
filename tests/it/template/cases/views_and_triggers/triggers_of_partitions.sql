-- A partitioned table's trigger is each partition's, which may have it switched off.
--! template
CREATE TABLE log (what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (TG_TABLE_NAME); RETURN NULL; END $$;
CREATE TABLE whole (n integer) PARTITION BY LIST (n);
CREATE TABLE one PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE two PARTITION OF whole FOR VALUES IN (2);
CREATE TRIGGER noting AFTER INSERT ON whole FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER own AFTER INSERT ON one FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE two DISABLE TRIGGER noting;
--! use
INSERT INTO whole VALUES (1), (2);
SELECT string_agg(what, ',') FROM log;
--= one,one
SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE tgrelid IN ('one'::regclass, 'two'::regclass) ORDER BY 1, 2;
--= one|noting|O
--= one|own|O
--= two|noting|D
