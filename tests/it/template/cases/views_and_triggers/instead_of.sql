-- A trigger instead of what is done to a view.
--! template
CREATE TABLE t (id integer, name text);
CREATE VIEW v AS SELECT id, upper(name) AS name FROM t;
CREATE FUNCTION put() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (NEW.id, lower(NEW.name)); RETURN NEW; END $$;
CREATE TRIGGER put INSTEAD OF INSERT OR UPDATE ON v FOR EACH ROW EXECUTE FUNCTION put();
--! use
INSERT INTO v VALUES (1, 'ABC');
SELECT t.name, v.name FROM t JOIN v USING (id);
--= abc|ABC
