-- Who may use which schema. Users are the application's: what is here is what it calls them, byte by byte, whatever the
-- collation of the database.
CREATE TABLE multischema.members (
    schema_id integer NOT NULL REFERENCES multischema.schemas ON DELETE CASCADE,
    -- All three fit into one entry of an index.
    user_id text COLLATE "C" NOT NULL
        CONSTRAINT members_user_check CHECK (octet_length(user_id) BETWEEN 1 AND 1000),
    role text COLLATE "C" NOT NULL
        CONSTRAINT members_role_check CHECK (role = btrim(role) AND char_length(role) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, schema_id, role)
);
CREATE INDEX members_schema ON multischema.members (schema_id, user_id);

-- Once for a statement, and once for a transaction, as PostgreSQL sends what is equal only once. Nobody is named: whoever
-- may connect can listen. No schema can be called so.
CREATE FUNCTION multischema.notify_members() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        PERFORM pg_notify('multischema', 'members:');
    ELSIF EXISTS (SELECT FROM changed) THEN
        PERFORM pg_notify('multischema', 'members:');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER notify_insert AFTER INSERT ON multischema.members
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION multischema.notify_members();
CREATE TRIGGER notify_update AFTER UPDATE ON multischema.members
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION multischema.notify_members();
CREATE TRIGGER notify_delete AFTER DELETE ON multischema.members
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION multischema.notify_members();
CREATE TRIGGER notify_truncate AFTER TRUNCATE ON multischema.members
    FOR EACH STATEMENT EXECUTE FUNCTION multischema.notify_members();

-- Rows of the registry go by `DELETE`, which is told of, and this way.
CREATE FUNCTION multischema.notify_all() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify('multischema', 'schemata:');
    RETURN NULL;
END
$$;

CREATE TRIGGER notify_truncate AFTER TRUNCATE ON multischema.schemas
    FOR EACH STATEMENT EXECUTE FUNCTION multischema.notify_all();
