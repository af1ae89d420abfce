-- The schema `multischema` itself was made before, as Diesel's history of these migrations is in it.

CREATE TABLE multischema.schemas (
    -- Numbers the blocks of ids (n * 2^32 and up): below 2^21, so that ids stay exact in JSON.
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (id BETWEEN 1 AND 2097151),
    -- The rules of `SchemaName`: a row that it does not accept could not be read.
    name text NOT NULL CONSTRAINT schemas_name_key UNIQUE
        CONSTRAINT schemas_name_check CHECK (
            name ~ '^[a-z][a-z0-9_]{0,62}$' AND name !~ '^(pg_|multischema|citus)'
            AND name NOT IN ('public', 'information_schema')),
    label text NOT NULL CONSTRAINT schemas_label_key UNIQUE
        CONSTRAINT schemas_label_check CHECK (label = btrim(label) AND label <> ''),
    status text NOT NULL DEFAULT 'active'
        CONSTRAINT schemas_status_check
        CHECK (status IN ('provisioning', 'active', 'suspended', 'archived', 'failed')),
    generation integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- What each schema has applied, written in the transaction of the migration.
CREATE TABLE multischema.applied (
    schema_id integer NOT NULL REFERENCES multischema.schemas ON DELETE CASCADE,
    version text NOT NULL,
    PRIMARY KEY (schema_id, version)
);

CREATE TABLE multischema.settings (
    key text PRIMARY KEY,
    value text NOT NULL
);

-- A name is what the PostgreSQL schema is called: changing it alone would lose the rows.
CREATE FUNCTION multischema.keep_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the name of schema "%" cannot be changed', OLD.name
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'change its label instead';
END
$$;

CREATE TRIGGER keep_name BEFORE UPDATE ON multischema.schemas
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.id IS DISTINCT FROM NEW.id)
    EXECUTE FUNCTION multischema.keep_name();

CREATE FUNCTION multischema.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER touch BEFORE UPDATE ON multischema.schemas
    FOR EACH ROW EXECUTE FUNCTION multischema.touch();

-- The payload is a hint: who hears it reads the row.
CREATE FUNCTION multischema.notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_notify('multischema', CASE TG_OP WHEN 'DELETE' THEN OLD.name ELSE NEW.name END);
    RETURN NULL;
END
$$;

CREATE TRIGGER notify_row AFTER INSERT OR DELETE ON multischema.schemas
    FOR EACH ROW EXECUTE FUNCTION multischema.notify();
CREATE TRIGGER notify_change AFTER UPDATE ON multischema.schemas
    FOR EACH ROW WHEN (OLD.label IS DISTINCT FROM NEW.label OR OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION multischema.notify();

-- Ends a transaction that was begun for a schema which cannot be used. Its path is set already, so that a schema
-- which is missing, or not this role's to use, is not the current one. Whoever has statements prepared for an earlier
-- schema of the name, or for it before a migration, says which: they are of no more use.
--
-- A path of its own, so that its query is not planned anew whenever that of the caller is another.
CREATE FUNCTION multischema.assert_active(
    wanted text, entered name, known_id integer, known_generation integer
) RETURNS void LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
    IF entered IS DISTINCT FROM wanted OR NOT EXISTS (
        SELECT FROM multischema.schemas
        WHERE name = wanted AND status = 'active' AND id = known_id AND generation = known_generation
    ) THEN
        RAISE EXCEPTION 'schema "%" cannot be used, or was changed', wanted USING ERRCODE = 'invalid_schema_name';
    END IF;
END
$$;

-- The template holds no data.
CREATE FUNCTION multischema.guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_catalog.current_setting('multischema.migrating', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION '__template__ holds no data: % on "%" refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'read_only_sql_transaction',
                  HINT = 'write to a schema of a tenant, or write a migration';
    END IF;
    RETURN NULL;
END
$$;

-- Puts the guard on all tables of the template that have none, Diesel's history aside. At depth 0 only: a
-- foreign key that cascades from a global table deletes here as well, and finds nothing.
CREATE FUNCTION multischema.guard_template() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    unguarded record;
BEGIN
    FOR unguarded IN
        SELECT c.oid, c.relname FROM pg_catalog.pg_class c
        WHERE c.relnamespace = to_regnamespace('__template__')
          AND c.relkind IN ('r', 'p') AND c.relname <> '__diesel_schema_migrations'
          AND NOT EXISTS (
              SELECT FROM pg_catalog.pg_trigger t
              WHERE t.tgrelid = c.oid AND t.tgname = 'multischema_guard' AND NOT t.tgisinternal)
    LOOP
        EXECUTE format(
            'CREATE TRIGGER multischema_guard BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I.%I '
            'FOR EACH STATEMENT WHEN (pg_catalog.pg_trigger_depth() = 0) EXECUTE FUNCTION multischema.guard()',
            '__template__', unguarded.relname);
    END LOOP;
END
$$;
