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
    /// What is set for the database.
    multischema.settings (key) {
        /// Its name.
        key -> Text,
        /// Its value.
        value -> Text,
    }
}

crate::tables! { global: [schemas, applied, settings] }
