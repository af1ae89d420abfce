-- Sequences from which all schemata draw ids that are too narrow for a block of each schema's own.
-- PostgreSQL wants the right to make a schema for `IF NOT EXISTS` even if it is there.
DO $$
BEGIN
    IF to_regnamespace('multischema_ids') IS NULL THEN
        CREATE SCHEMA multischema_ids;
    END IF;
END
$$;
GRANT USAGE ON SCHEMA multischema_ids TO PUBLIC;

-- A database that has schemata already counts in each of them for itself.
INSERT INTO multischema.settings (key, value)
SELECT 'ids', CASE WHEN EXISTS (SELECT FROM multischema.schemas) THEN 'per_schema' ELSE 'unique' END
ON CONFLICT DO NOTHING;

-- The rights to an archived schema, which nobody has meanwhile.
ALTER TABLE multischema.schemas ADD COLUMN grants text;

-- One whose rows are being removed cannot be restored any more.
ALTER TABLE multischema.schemas DROP CONSTRAINT schemas_status_check;
ALTER TABLE multischema.schemas ADD CONSTRAINT schemas_status_check
    CHECK (status IN ('provisioning', 'active', 'suspended', 'archived', 'failed', 'purging'));

-- The name changes with that of the PostgreSQL schema, in one transaction, or not at all.
CREATE OR REPLACE FUNCTION multischema.keep_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.id IS NOT DISTINCT FROM NEW.id
        AND pg_catalog.current_setting('multischema.renaming', true) IS NOT DISTINCT FROM OLD.name
        AND pg_catalog.to_regnamespace(pg_catalog.quote_ident(OLD.name)) IS NULL
        AND pg_catalog.to_regnamespace(pg_catalog.quote_ident(NEW.name)) IS NOT NULL
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the name of schema "%" cannot be changed', OLD.name
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'change its label instead, or rename it by the library, which renames the schema with it';
END
$$;

-- Who knows a schema by its old name has to hear of it as well.
CREATE FUNCTION multischema.notify_rename() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('multischema', OLD.name);
    PERFORM pg_catalog.pg_notify('multischema', NEW.name);
    RETURN NULL;
END
$$;

CREATE TRIGGER notify_rename AFTER UPDATE ON multischema.schemas
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name)
    EXECUTE FUNCTION multischema.notify_rename();

-- Nothing in a tenant's schema answers in PostgreSQL's place, whatever the search path of whoever changes a row.
ALTER FUNCTION multischema.keep_name() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION multischema.touch() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION multischema.notify() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION multischema.notify_rename() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION multischema.guard() SET search_path = pg_catalog, pg_temp;
ALTER FUNCTION multischema.guard_template() SET search_path = pg_catalog, pg_temp;
