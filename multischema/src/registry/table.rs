//! The library's own tables.

diesel::table! {
    /// All schemata.
    multischema.schemas (id) {
        /// Counts from 1.
        id -> Integer,
        /// That of the PostgreSQL schema.
        name -> Text,
        /// What people call it.
        label -> Text,
        /// See [`SchemaStatus`](crate::SchemaStatus).
        status -> Text,
        /// Counts the shapes that the schema had.
        generation -> Integer,
        /// When the row was made.
        created_at -> Timestamptz,
        /// When the row was changed.
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    /// Which migrations each schema has.
    multischema.applied (schema_id, version) {
        /// The schema.
        schema_id -> Integer,
        /// The migration.
        version -> Text,
    }
}

diesel::table! {
    /// Who may use which schema.
    multischema.members (user_id, schema_id, role) {
        /// The schema.
        schema_id -> Integer,
        /// What the application calls the user.
        user_id -> Text,
        /// One of the user's roles in the schema.
        role -> Text,
    }
}

diesel::table! {
    /// What is set for the database.
    multischema.settings (key) {
        /// Its name.
        key -> Text,
        /// Its value.
        value -> Text,
    }
}

diesel::table! {
    /// Runs over the fleet.
    multischema.runs (id) {
        /// Counts from 1.
        id -> BigInt,
        /// `run`, `revert` or `redo`.
        kind -> Text,
        /// `running`, `done`, `failed`, `stopped` or `killed`.
        state -> Text,
        /// How many schemata had something to do when it began.
        pending -> Integer,
        /// What was done in `public`.
        global -> Array<Text>,
        /// What was done in the template.
        template -> Array<Text>,
        /// What went wrong with the run itself.
        message -> Nullable<Text>,
        /// When it began.
        started_at -> Timestamptz,
        /// When it ended.
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// What came of each schema that a run visited.
    multischema.run_schemas (run_id, schema_id) {
        /// The run.
        run_id -> BigInt,
        /// The schema's number. It may be gone since.
        schema_id -> Integer,
        /// Its name then.
        name -> Text,
        /// In a word.
        state -> Text,
        /// The migrations that were applied or reverted.
        versions -> Array<Text>,
        /// How long it took.
        milliseconds -> BigInt,
        /// What PostgreSQL calls the error.
        sqlstate -> Nullable<Text>,
        /// What went wrong.
        message -> Nullable<Text>,
        /// When it ended.
        finished_at -> Timestamptz,
    }
}

diesel::joinable!(members -> schemas (schema_id));
diesel::allow_tables_to_appear_in_same_query!(members, schemas);

crate::tables! { global: [schemas, applied, members, settings, runs, run_schemas] }
