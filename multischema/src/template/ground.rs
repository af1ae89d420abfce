//! What a connection is like, and how it has to be while a schema is read or made.

use diesel::pg::PgConnection;
use diesel::result::Error;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use super::error::TemplateError;
use crate::name::SchemaName;

/// Settings under which PostgreSQL writes definitions, and reads them back, the same for everybody. They are those that
/// `pg_dump` sets, and some for speed: an index on a table without rows is not worth a thought of parallel workers, and
/// a query on the catalogs is not worth compiling.
pub(crate) const SETTINGS: [(&str, &str); 16] = [
    ("check_function_bodies", "off"),
    ("row_security", "off"),
    ("default_tablespace", ""),
    ("default_table_access_method", "heap"),
    ("client_min_messages", "warning"),
    ("quote_all_identifiers", "off"),
    ("transform_null_equals", "off"),
    ("standard_conforming_strings", "on"),
    ("datestyle", "ISO"),
    ("intervalstyle", "postgres"),
    ("timezone", "UTC"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
    ("xmloption", "content"),
    ("max_parallel_maintenance_workers", "0"),
    ("jit", "off"),
];

/// What is set beside [`SETTINGS`], and has to be put back with them.
const OTHERS: [&str; 4] = ["search_path", "lock_timeout", "role", "enable_seqscan"];

/// Has the catalogs read by index. With statistics from before many schemata were made, the planner would rather read all
/// of some.
pub(crate) const BY_INDEX: &str = "SET LOCAL enable_seqscan TO off;\n";

/// How long a table of another schema is waited for before it is time to try again, in milliseconds. Less than
/// `deadlock_timeout`, so that who waits in a circle with others gives in before anybody's statement is ended.
pub(crate) const LOCK_TIMEOUT: u32 = 500;

/// What a connection is like.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Ground {
    /// As `server_version_num` gives it.
    #[diesel(sql_type = Integer)]
    version: i32,
    /// The role that it acts as.
    #[diesel(sql_type = Text)]
    pub(crate) role: String,
    #[diesel(sql_type = Bool)]
    pub(crate) is_superuser: bool,
    /// How many locks the server has room for.
    #[diesel(sql_type = BigInt)]
    pub(crate) lock_capacity: i64,
    /// How many of them are in use.
    #[diesel(sql_type = BigInt)]
    locks: i64,
    /// The settings that are changed, as they were.
    #[diesel(sql_type = Array<Nullable<Text>>)]
    settings: Vec<Option<String>>,
}

impl Ground {
    /// The columns of a query that finds out. The settings are only asked for if they are to be put back.
    pub(crate) fn columns(restores: bool) -> String {
        let names = SETTINGS.iter().map(|(name, _)| *name).chain(OTHERS);
        let settings = names.filter(|_| restores);
        let settings = settings.map(|name| format!("pg_catalog.current_setting('{name}')"));
        let settings: Vec<String> = settings.collect();
        format!(
            "pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version, \
             current_user::pg_catalog.text AS role, \
             pg_catalog.current_setting('is_superuser') OPERATOR(pg_catalog.=) 'on' AS is_superuser, \
             pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int8 OPERATOR(pg_catalog.*) \
             (pg_catalog.current_setting('max_connections')::pg_catalog.int8 OPERATOR(pg_catalog.+) \
             pg_catalog.current_setting('max_prepared_transactions')::pg_catalog.int8) AS lock_capacity, \
             (SELECT pg_catalog.count(*) FROM pg_catalog.pg_lock_status() l WHERE NOT l.fastpath) AS locks, \
             ARRAY[{}]::pg_catalog.text[] AS settings",
            settings.join(", ")
        )
    }

    /// Finds out.
    #[expect(clippy::disallowed_methods, reason = "the text is made of constants")]
    pub(crate) fn find(pg: &mut PgConnection) -> QueryResult<Self> {
        diesel::sql_query(format!("SELECT {}", Self::columns(true))).get_result(pg)
    }

    /// Refuses what would fail half-way for want of locks, and others' statements with it.
    pub(super) fn check_room(
        &self,
        template: &SchemaName,
        needed: i64,
    ) -> Result<(), TemplateError> {
        if needed <= self.free() {
            return Ok(());
        }
        Err(self.too_many_locks(template, needed, self.free()))
    }

    pub(super) fn too_many_locks(
        &self,
        template: &SchemaName,
        needed: i64,
        free: i64,
    ) -> TemplateError {
        TemplateError::Locks {
            template: template.clone(),
            needed,
            free,
            capacity: self.lock_capacity,
        }
    }

    /// For how many locks there is room beside those in use.
    pub(crate) fn free(&self) -> i64 {
        (self.lock_capacity - self.locks).max(0)
    }

    pub(crate) fn version(&self) -> u32 {
        u32::try_from(self.version).unwrap_or(0)
    }

    /// Puts the settings back, in a transaction that goes on. One that ends does that by itself.
    #[expect(
        clippy::disallowed_methods,
        reason = "the text is constant, the settings values"
    )]
    pub(crate) fn restore(&self, pg: &mut PgConnection) -> QueryResult<()> {
        let names = SETTINGS.iter().map(|(name, _)| *name).chain(OTHERS);
        let query = diesel::sql_query(
            "SELECT pg_catalog.set_config(s.name, s.value, true) \
             FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS s (name, value)",
        );
        let query = query.bind::<Array<Text>, _>(names.collect::<Vec<_>>());
        query
            .bind::<Array<Nullable<Text>>, _>(&self.settings)
            .execute(pg)?;
        Ok(())
    }
}

/// How many locks the server has room for, and how many of them are free.
#[cfg(feature = "migrations")]
pub(crate) fn room(pg: &mut PgConnection) -> QueryResult<(i64, i64)> {
    let ground = Ground::find(pg)?;
    Ok((ground.lock_capacity, ground.free()))
}

/// Whether a statement failed as the server had no room for its locks. It says so in its language, but the name of the
/// setting to raise is the same in all.
pub(crate) fn is_out_of_locks(error: &Error) -> bool {
    let Error::DatabaseError(_, information) = error else {
        return false;
    };
    hints_at_locks(information.hint())
}

/// The same by what the server adds to an error.
pub(crate) fn hints_at_locks(hint: Option<&str>) -> bool {
    hint.is_some_and(|hint| hint.contains("max_locks_per_transaction"))
}

/// Sets what has to be set, for the rest of the transaction. `path` is a search path in SQL.
pub(crate) fn prelude(path: &str, lock_timeout: u32) -> String {
    let mut text = String::new();
    for (name, value) in SETTINGS {
        text.push_str(&format!("SET LOCAL {name} TO '{value}';\n"));
    }
    text.push_str(&format!(
        "SET LOCAL lock_timeout TO {lock_timeout};\n{}",
        set_path(path)
    ));
    text
}

/// Sets the search path for the rest of the transaction.
pub(crate) fn set_path(path: &str) -> String {
    format!("SET LOCAL search_path TO {path};\n")
}

/// The search path on which the objects of `schema`, a name in quotes, are found before all others.
pub(crate) fn path_to(schema: &str) -> String {
    format!("{schema}, pg_catalog, pg_temp")
}
