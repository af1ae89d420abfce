-- Every run over the fleet that had something to do.
CREATE TABLE multischema.runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CONSTRAINT runs_kind_check CHECK (kind IN ('run', 'revert', 'redo')),
    -- A run that was killed is still `running` until the next one finds it.
    state text NOT NULL DEFAULT 'running'
        CONSTRAINT runs_state_check CHECK (state IN ('running', 'done', 'failed', 'stopped', 'killed')),
    -- How many schemata had something to do when it began.
    pending integer NOT NULL,
    -- What was done in `public` and in the template.
    global text[] NOT NULL DEFAULT '{}',
    template text[] NOT NULL DEFAULT '{}',
    -- Why it ended before the first schema.
    message text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
);
-- There is one at most, as a run has the lock of the fleet.
CREATE INDEX runs_running ON multischema.runs (id) WHERE state = 'running';

-- What came of each schema that it visited. The schema may be gone since.
CREATE TABLE multischema.run_schemas (
    run_id bigint NOT NULL REFERENCES multischema.runs ON DELETE CASCADE,
    schema_id integer NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    versions text[] NOT NULL,
    milliseconds bigint NOT NULL,
    sqlstate text,
    message text,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run_id, schema_id)
);

-- Takes the lock of a schema for a migration, and fails unless the schema is what the run believes it to be: `entered` is
-- the current schema on its path, and it has none of the migrations that are to be applied, or all that are to be reverted.
CREATE FUNCTION multischema.enter_migration(
    wanted_id integer, wanted_name text, wanted_status text, entered name, called text, versions text[], present boolean
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_versions bigint;
BEGIN
    IF NOT pg_try_advisory_lock(1836278632, wanted_id) THEN
        RAISE EXCEPTION 'multischema: schema "%" is in use', wanted_name USING ERRCODE = 'lock_not_available';
    END IF;
    IF entered IS DISTINCT FROM called OR NOT EXISTS (
        SELECT FROM multischema.schemas WHERE id = wanted_id AND name = wanted_name AND status = wanted_status
    ) THEN
        RAISE EXCEPTION 'multischema: schema "%" was changed', wanted_name USING ERRCODE = 'invalid_schema_name';
    END IF;
    EXECUTE format('SELECT count(*) FROM %I.__diesel_schema_migrations WHERE version = ANY ($1)', called)
        INTO found_versions USING versions;
    IF found_versions <> (CASE WHEN present THEN cardinality(versions) ELSE 0 END) THEN
        RAISE EXCEPTION 'multischema: schema "%" was migrated by somebody else', wanted_name
            USING ERRCODE = 'invalid_schema_name';
    END IF;
END
$$;
