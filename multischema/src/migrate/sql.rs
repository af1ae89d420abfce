//! What a run asks and says of its own. Every text is constant.

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, QueryResult, QueryableByName,
    RunQueryDsl, sql_query,
};

use crate::lifecycle::SchemaStatus;
use crate::registry::{schemas, settings};

/// Where a connection stands.
#[derive(Debug, Clone, QueryableByName)]
pub(super) struct Standing {
    #[diesel(sql_type = Text)]
    pub(super) search_path: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) current_schema: Option<String>,
    #[diesel(sql_type = Text)]
    pub(super) role: String,
    /// The number of the transaction, if it was asked for. Outside of one, each statement has its own.
    #[diesel(sql_type = BigInt)]
    pub(super) transaction: i64,
    /// Whether the guard of the template [is open](let_through).
    #[diesel(sql_type = Bool)]
    pub(super) let_through: bool,
}

macro_rules! standing {
    ($transaction:literal) => {
        concat!(
            "SELECT pg_catalog.current_setting('search_path') AS search_path, ",
            "pg_catalog.current_schema()::pg_catalog.text AS current_schema, ",
            "pg_catalog.concat(session_user, ' as ', current_user) AS role, ",
            "pg_catalog.current_setting('multischema.migrating', true) IS NOT DISTINCT FROM 'on' AS let_through, ",
            $transaction,
            " AS transaction"
        )
    };
}

/// Returns where the connection stands, and in which transaction.
pub(super) fn standing(pg: &mut PgConnection) -> QueryResult<Standing> {
    one(pg, standing!("pg_catalog.txid_current()"))
}

/// Returns where the connection stands. Asking for the transaction would use up a number each time.
pub(super) fn place(pg: &mut PgConnection) -> QueryResult<Standing> {
    one(pg, standing!("0::pg_catalog.int8"))
}

/// Sets the search path and returns what came of it: PostgreSQL accepts a schema that does not exist, and
/// would go on with the next one in the path.
pub(super) fn set_path(pg: &mut PgConnection, path: &str) -> QueryResult<Standing> {
    const SET: &str = "SELECT pg_catalog.set_config('search_path', $1, false) AS name";
    named(SET).bind::<Text, _>(path).get_result::<Name>(pg)?;
    place(pg)
}

/// Lets the guard of the template through, until the end of the transaction or until [`guard_again`]. It takes
/// no snapshot, so that a migration may begin with `SET TRANSACTION ISOLATION LEVEL`.
pub(super) fn let_through(pg: &mut PgConnection, in_transaction: bool) -> QueryResult<()> {
    let set = if in_transaction {
        "SET LOCAL multischema.migrating TO 'on'"
    } else {
        "SET multischema.migrating TO 'on'"
    };
    run(pg, set)
}

/// Has the guard of the template refuse writes again.
pub(super) fn guard_again(pg: &mut PgConnection, in_transaction: bool) -> QueryResult<()> {
    let set = if in_transaction {
        "SET LOCAL multischema.migrating TO ''"
    } else {
        "SET multischema.migrating TO ''"
    };
    run(pg, set)
}

/// A relation of a shared schema.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(super) struct Shared {
    #[diesel(sql_type = Text)]
    pub(super) schema: String,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
}

/// Returns the tables and views of shared schemata, which are those of the current path but for the template,
/// whose name one of the template has too. Diesel's history is in each.
pub(super) fn shadowed(pg: &mut PgConnection) -> QueryResult<Vec<Shared>> {
    const SHADOWED: &str = "\
        SELECT n.nspname::text AS schema, shared.relname::text AS name \
        FROM pg_catalog.pg_class own \
        JOIN pg_catalog.pg_class shared ON shared.relname = own.relname \
        JOIN pg_catalog.pg_namespace n ON n.oid = shared.relnamespace \
        WHERE own.relnamespace = pg_catalog.to_regnamespace('__template__') \
          AND own.relkind IN ('r', 'p', 'v', 'm', 'f') AND shared.relkind IN ('r', 'p', 'v', 'm', 'f') \
          AND n.nspname = ANY (pg_catalog.current_schemas(false)) AND n.nspname <> '__template__' \
          AND n.oid <> pg_catalog.pg_my_temp_schema() \
          AND own.relname <> '__diesel_schema_migrations' \
        ORDER BY 1, 2";
    named(SHADOWED).load(pg)
}

/// Notes the versions in the history that the path finds as applied to the schema of this number. Where there
/// were some that nobody noted, it has another shape than it had.
pub(super) fn note_history(pg: &mut PgConnection, schema: i32) -> QueryResult<()> {
    const NOTE: &str = "\
        INSERT INTO multischema.applied (schema_id, version) \
        SELECT $1, h.version FROM __diesel_schema_migrations h \
        WHERE NOT EXISTS (SELECT FROM multischema.applied a WHERE a.schema_id = $1 AND a.version = h.version) \
        ON CONFLICT DO NOTHING";
    pg.transaction(|pg| {
        let query = named(NOTE).bind::<diesel::sql_types::Integer, _>(schema);
        if query.execute(pg)? > 0 {
            begin_generation(pg, schema)?;
        }
        Ok(())
    })
}

/// Removes, in one message, what migrations can leave on a connection, as `scope` does, and prepared statements
/// as well: this connection keeps none of its own. The role is that of the connection string or of the login again.
pub(super) fn clean(pg: &mut PgConnection) -> QueryResult<()> {
    run(
        pg,
        "RESET ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; DEALLOCATE ALL; \
         CLOSE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; \
         SET TIME ZONE 'UTC'; SET client_encoding TO 'UTF8'; SET search_path TO ''",
    )
}

/// Sets how long a statement waits for the lock of a table, in milliseconds.
pub(super) fn set_lock_timeout(pg: &mut PgConnection, milliseconds: i32) -> QueryResult<()> {
    const SET: &str = "SELECT pg_catalog.set_config('lock_timeout', $1, false) AS name";
    let value = milliseconds.to_string();
    named(SET).bind::<Text, _>(value).execute(pg)?;
    Ok(())
}

/// Keeps the server from ending a session that holds locks and is idle. PostgreSQL 13 has no such setting.
pub(super) fn stay(pg: &mut PgConnection) -> QueryResult<()> {
    run(
        pg,
        "SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings \
         WHERE name = 'idle_session_timeout'",
    )
}

/// Returns the name and the status of the schema with this number in the registry, if it is there.
pub(super) fn row(pg: &mut PgConnection, id: i32) -> QueryResult<Option<(String, SchemaStatus)>> {
    let rows = schemas::table.select((schemas::name, schemas::status));
    rows.find(id).first(pg).optional()
}

/// Counts one more generation of the schema with this number: connections elsewhere read it when they enter the
/// schema, and find that what they prepared for it is out of date.
pub(super) fn begin_generation(pg: &mut PgConnection, id: i32) -> QueryResult<()> {
    diesel::update(schemas::table.find(id))
        .set(schemas::generation.eq(schemas::generation + 1))
        .execute(pg)?;
    Ok(())
}

/// Returns whether the database is marked as protected: by any value but `false`, so that `TRUE` and `yes` do what
/// they say. It may have no tables of ours.
pub(super) fn is_protected(pg: &mut PgConnection) -> QueryResult<bool> {
    const TABLE: &str = "\
        SELECT relname::pg_catalog.text AS name FROM pg_catalog.pg_class c \
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = 'multischema' AND c.relname = 'settings'";
    let found: Vec<Name> = named(TABLE).load(pg)?;
    if found.is_empty() {
        return Ok(false);
    }
    let values = settings::table.select(settings::value);
    let value: Option<String> = values.find("protected").first(pg).optional()?;
    Ok(value.is_some_and(|value| value != "false"))
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    #[expect(dead_code, reason = "that there is one is the answer")]
    name: String,
}

fn one<T>(pg: &mut PgConnection, text: &'static str) -> QueryResult<T>
where
    T: QueryableByName<diesel::pg::Pg> + 'static,
{
    named(text).get_result(pg)
}

#[expect(
    clippy::disallowed_methods,
    reason = "all texts of a run are in this file"
)]
fn named(text: &'static str) -> diesel::query_builder::SqlQuery {
    sql_query(text)
}

#[expect(
    clippy::disallowed_methods,
    reason = "all texts of a run are in this file"
)]
fn run(pg: &mut PgConnection, text: &'static str) -> QueryResult<()> {
    pg.batch_execute(text)
}
