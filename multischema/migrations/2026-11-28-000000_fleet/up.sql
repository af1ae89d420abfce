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
    -- What went wrong with the run itself.
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
    -- For `end_migration`.
    PERFORM set_config('multischema.ids_before', (
        pg_stat_get_xact_tuples_inserted(2224) + pg_stat_get_xact_tuples_updated(2224)
        + pg_stat_get_xact_tuples_inserted(2604) + pg_stat_get_xact_tuples_updated(2604))::text, false);
END
$$;

-- Notes that a migration was applied to a schema, or reverted, and that the schema has another shape now: at the end of the
-- migration's transaction, which fails if the migration has left its place. `standing` and `expected` are search path, current
-- schema, role, and whether the migration's own setting is there still; what was found is told in the detail.
--
-- If `has_no_ids`, the transaction may not have made or changed any sequence or default: how many there were before, as this
-- session has counted and not yet told the collector, is in a setting. It tells that between two messages, and not in a transaction.
--
-- A path of its own, so that its queries are not planned anew for each schema.
CREATE FUNCTION multischema.end_migration(
    standing text[], expected text[], has_no_ids boolean, wanted_id integer, called text, wanted_version text, is_applied boolean
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    deleted bigint;
BEGIN
    IF standing IS DISTINCT FROM expected THEN
        RAISE EXCEPTION 'multischema: the connection was moved' USING DETAIL = array_to_string(standing, E'\n', '');
    END IF;
    -- Of `pg_sequence` and `pg_attrdef`.
    IF has_no_ids AND (current_setting('track_counts') <> 'on'
        OR (pg_stat_get_xact_tuples_inserted(2224) + pg_stat_get_xact_tuples_updated(2224)
            + pg_stat_get_xact_tuples_inserted(2604) + pg_stat_get_xact_tuples_updated(2604))::text
            <> coalesce(current_setting('multischema.ids_before', true), ''))
    THEN
        RAISE EXCEPTION 'multischema: there may be other ids';
    END IF;
    IF is_applied THEN
        EXECUTE format('INSERT INTO %I.__diesel_schema_migrations (version) VALUES ($1)', called) USING wanted_version;
        INSERT INTO multischema.applied (schema_id, version) VALUES (wanted_id, wanted_version) ON CONFLICT DO NOTHING;
    ELSE
        EXECUTE format('DELETE FROM %I.__diesel_schema_migrations WHERE version = $1', called) USING wanted_version;
        GET DIAGNOSTICS deleted = ROW_COUNT;
        IF deleted <> 1 THEN
            RAISE EXCEPTION 'multischema: version "%" was reverted by somebody else', wanted_version;
        END IF;
        DELETE FROM multischema.applied WHERE schema_id = wanted_id AND version = wanted_version;
    END IF;
    UPDATE multischema.schemas SET generation = generation + 1 WHERE id = wanted_id;
END
$$;
