-- The users of the admin site. A name is the `user_id` in `multischema.members`.
CREATE TABLE multischema.admin_users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL CONSTRAINT admin_users_name_key UNIQUE
        CONSTRAINT admin_users_name_check CHECK (octet_length(name) BETWEEN 1 AND 1000),
    password_hash text NOT NULL,
    is_superuser boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    -- A session is its user's only while it has this number: one that is begun with a password that is being changed is none.
    session_epoch integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_login timestamptz
);

CREATE TABLE multischema.admin_sessions (
    -- The hash of what the browser has: who reads this table has nobody's session.
    id bytea PRIMARY KEY,
    user_id bigint REFERENCES multischema.admin_users ON DELETE CASCADE,
    data jsonb NOT NULL,
    expires timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX admin_sessions_expires ON multischema.admin_sessions (expires);
CREATE INDEX admin_sessions_user ON multischema.admin_sessions (user_id);

-- What those of a role may do with the rows of a model; `*` is each.
CREATE TABLE multischema.admin_grants (
    -- All fit into one entry of an index.
    role text COLLATE "C" NOT NULL
        CONSTRAINT admin_grants_role_check CHECK (role = btrim(role) AND char_length(role) BETWEEN 1 AND 200),
    model text COLLATE "C" NOT NULL
        CONSTRAINT admin_grants_model_check CHECK (octet_length(model) BETWEEN 1 AND 200),
    action text COLLATE "C" NOT NULL
        CONSTRAINT admin_grants_action_check CHECK (action IN ('view', 'add', 'change', 'delete')),
    PRIMARY KEY (role, model, action)
);

-- A user's roles for what all schemata share. Those in a schema are in `multischema.members`.
CREATE TABLE multischema.admin_roles (
    user_name text COLLATE "C" NOT NULL REFERENCES multischema.admin_users (name) ON UPDATE CASCADE ON DELETE CASCADE,
    role text COLLATE "C" NOT NULL
        CONSTRAINT admin_roles_role_check CHECK (role = btrim(role) AND char_length(role) BETWEEN 1 AND 200),
    PRIMARY KEY (user_name, role)
);

-- How much has been tried of late, for a name or from an address, as the time at which nothing of that will be left. Only hashes
-- are kept, as some type their password where the name belongs.
CREATE TABLE multischema.admin_attempts (
    kind text COLLATE "C" NOT NULL CONSTRAINT admin_attempts_kind_check CHECK (kind IN ('name', 'address')),
    key bytea NOT NULL,
    forgotten_at timestamptz NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX admin_attempts_forgotten ON multischema.admin_attempts (forgotten_at);

-- Who did what. A schema may be purged, and a user go: what is here stays.
CREATE TABLE multischema.log_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    user_name text COLLATE "C" NOT NULL,
    -- None if it is about what all schemata share.
    schema_id integer,
    schema_name text,
    model text COLLATE "C" NOT NULL,
    object_pk text COLLATE "C" NOT NULL,
    object_label text NOT NULL,
    -- `add`, `change`, `delete`, or the name of an action of the application's.
    action text COLLATE "C" NOT NULL,
    -- {field: [old, new]}
    changes jsonb NOT NULL DEFAULT '{}',
    CONSTRAINT log_entries_schema_check CHECK ((schema_id IS NULL) = (schema_name IS NULL))
);
-- What was done of late in a schema, or in none, and what was done with an object. No key is longer than an index can have, whatever its
-- type.
CREATE INDEX log_entries_recent ON multischema.log_entries (schema_id, id);
CREATE INDEX log_entries_object ON multischema.log_entries (model, schema_id, md5(object_pk), id);
