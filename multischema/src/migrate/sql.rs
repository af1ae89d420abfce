//! What a run asks and says of its own. Texts are constant, but for names of schemata, quoted, and versions as literals.

use std::collections::HashMap;

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, QueryResult, QueryableByName,
    RunQueryDsl, sql_query,
};

use super::message::ids_made;
use crate::lifecycle::SchemaStatus;
use crate::path::SharedSchemata;
use crate::quoted::{Identifier, Literal};
use crate::registry::{applied, schemas, settings};

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
    /// Whether the transaction may have made or changed a sequence or a default.
    #[diesel(sql_type = Bool)]
    pub(super) may_have_ids: bool,
}

macro_rules! standing {
    ($transaction:literal) => {
        concat!(
            "SELECT pg_catalog.current_setting('search_path') AS search_path, ",
            "pg_catalog.current_schema()::pg_catalog.text AS current_schema, ",
            "pg_catalog.concat(session_user, ' as ', current_user) AS role, ",
            "COALESCE(pg_catalog.current_setting('multischema.migrating', true), '') OPERATOR(pg_catalog.=) 'on' AS let_through, ",
            $transaction,
            " AS transaction"
        )
    };
}

/// Returns where the connection stands, and in which transaction.
pub(super) fn standing(pg: &mut PgConnection) -> QueryResult<Standing> {
    one(
        pg,
        concat!(
            standing!("pg_catalog.txid_current()"),
            ", false AS may_have_ids"
        ),
    )
}

/// Returns where the connection stands. Asking for the transaction would use up a number each time.
pub(super) fn place(pg: &mut PgConnection) -> QueryResult<Standing> {
    one(
        pg,
        concat!(standing!("0::pg_catalog.int8"), ", false AS may_have_ids"),
    )
}

/// Returns where the connection stands in the transaction of a migration.
pub(super) fn migrated(pg: &mut PgConnection) -> QueryResult<Standing> {
    one(
        pg,
        concat!(
            "SELECT s.*, (pg_catalog.current_setting('track_counts') OPERATOR(pg_catalog.<>) 'on' OR ",
            ids_made!(),
            " OPERATOR(pg_catalog.<>) COALESCE(pg_catalog.current_setting('multischema.ids_before', true), '')) AS may_have_ids FROM (",
            standing!("0::pg_catalog.int8"),
            ") s"
        ),
    )
}

/// Sets the search path and returns what came of it: PostgreSQL accepts a schema that does not exist, and
/// would go on with the next one in the path.
pub(super) fn set_path(pg: &mut PgConnection, path: &str) -> QueryResult<Standing> {
    const SET: &str = "SELECT pg_catalog.set_config('search_path', $1, false) AS name";
    named(SET).bind::<Text, _>(path).get_result::<Name>(pg)?;
    place(pg)
}

/// Lets the guard of the template through, for a migration that runs in no transaction.
pub(super) fn let_through(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "SET multischema.migrating TO 'on'")
}

/// Has the guard refuse writes again.
pub(super) fn guard_again(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "SET multischema.migrating TO ''")
}

/// The versions in the history of `schema`, in order; it is made if there is none.
pub(super) fn history_or_new(pg: &mut PgConnection, schema: &str) -> QueryResult<Vec<String>> {
    if let Some(history) = history(pg, schema)? {
        return Ok(history);
    }
    let text = format!(
        "CREATE TABLE IF NOT EXISTS {}.__diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
        Identifier(schema)
    );
    run(pg, &text)?;
    Ok(Vec::new())
}

#[derive(QueryableByName)]
struct Versions {
    #[diesel(sql_type = Nullable<Array<Text>>)]
    versions: Option<Vec<String>>,
}

/// The versions in the history of `schema`, in order; none if it has no history.
#[expect(clippy::disallowed_methods, reason = "the name is quoted")]
pub(super) fn history(pg: &mut PgConnection, schema: &str) -> QueryResult<Option<Vec<String>>> {
    let table = format!("{}.__diesel_schema_migrations", Identifier(schema));
    let exists = format!(
        "SELECT ARRAY[]::pg_catalog.text[] AS versions \
         WHERE pg_catalog.to_regclass({}) IS NOT NULL",
        Literal(&table)
    );
    if sql_query(exists).load::<Versions>(pg)?.is_empty() {
        return Ok(None);
    }
    let query = format!(
        "SELECT ARRAY(SELECT h.version::pg_catalog.text FROM {table} h ORDER BY 1) AS versions"
    );
    Ok(sql_query(query).get_result::<Versions>(pg)?.versions)
}

/// The indexes of `schema` that a `CREATE INDEX CONCURRENTLY` has left behind.
pub(super) fn invalid_indexes(pg: &mut PgConnection, schema: &str) -> QueryResult<Vec<String>> {
    const INVALID: &str = "\
        SELECT ARRAY(SELECT c.relname::pg_catalog.text FROM pg_catalog.pg_index i \
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid \
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE n.nspname = $1 AND NOT i.indisvalid AND t.relkind <> 'p' ORDER BY 1) AS versions";
    let found: Versions = named(INVALID).bind::<Text, _>(schema).get_result(pg)?;
    Ok(found.versions.unwrap_or_default())
}

/// A relation of a shared schema.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(super) struct Shared {
    #[diesel(sql_type = Text)]
    pub(super) schema: String,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
}

/// Returns the tables and views of shared schemata whose name one of the template has too. Diesel's history is in each.
pub(super) fn shadowed(pg: &mut PgConnection, shared: &SharedSchemata) -> QueryResult<Vec<Shared>> {
    const SHADOWED: &str = "\
        SELECT n.nspname::text AS schema, shared.relname::text AS name \
        FROM pg_catalog.pg_class own \
        JOIN pg_catalog.pg_class shared ON shared.relname = own.relname \
        JOIN pg_catalog.pg_namespace n ON n.oid = shared.relnamespace \
        WHERE own.relnamespace = pg_catalog.to_regnamespace('__template__') \
          AND own.relkind IN ('r', 'p', 'v', 'm', 'f') AND shared.relkind IN ('r', 'p', 'v', 'm', 'f') \
          AND n.nspname = ANY ($1) AND n.nspname <> '__template__' \
          AND own.relname <> '__diesel_schema_migrations' \
        ORDER BY 1, 2";
    named(SHADOWED)
        .bind::<Array<Text>, _>(shared.names())
        .load(pg)
}

/// What the registry says of each schema, in order.
pub(super) fn noted(pg: &mut PgConnection) -> QueryResult<HashMap<i32, Vec<String>>> {
    let mut noted: HashMap<i32, Vec<String>> = HashMap::new();
    let rows: Vec<(i32, String)> = applied::table.load(pg)?;
    for (id, version) in rows {
        noted.entry(id).or_default().push(version);
    }
    noted
        .values_mut()
        .for_each(|versions| versions.sort_unstable());
    Ok(noted)
}

/// Whether the database has a registry.
pub(super) fn has_registry(pg: &mut PgConnection) -> QueryResult<bool> {
    const FOUND: &str =
        "SELECT 'found' AS name WHERE pg_catalog.to_regclass('multischema.applied') IS NOT NULL";
    Ok(!named(FOUND).load::<Name>(pg)?.is_empty())
}

/// Has the registry say of a schema what its history says, and returns whether it said something else. It has another shape
/// than it had then.
pub(super) fn note_history(
    pg: &mut PgConnection,
    id: i32,
    history: &[String],
) -> QueryResult<bool> {
    pg.transaction(|pg| {
        let noted = applied::table.filter(applied::schema_id.eq(id));
        let gone = noted.filter(applied::version.ne_all(history));
        let mut changed = diesel::delete(gone).execute(pg)?;
        let rows: Vec<_> = history
            .iter()
            .map(|version| (applied::schema_id.eq(id), applied::version.eq(version)))
            .collect();
        let insert = diesel::insert_into(applied::table).values(rows);
        changed += insert.on_conflict_do_nothing().execute(pg)?;
        if changed > 0 {
            begin_generation(pg, id)?;
        }
        Ok(changed > 0)
    })
}

/// Removes, in one message, what migrations can leave on a connection, as `scope` does, and prepared statements
/// as well: this connection keeps none of its own. The role is that of the connection string or of the login again.
///
/// Then a statement waits for the lock of a table for so many milliseconds.
pub(super) fn cleaning(lock_timeout: i32) -> String {
    format!(
        "RESET ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; DEALLOCATE ALL; \
         CLOSE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; \
         SET TIME ZONE 'UTC'; SET client_encoding TO 'UTF8'; SET standard_conforming_strings TO on; \
         SET search_path TO ''; SET lock_timeout TO {lock_timeout}"
    )
}

/// The same without giving locks back, on a path again.
pub(super) fn refreshing(lock_timeout: i32, path: &str) -> String {
    format!(
        "RESET ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ROLE; DEALLOCATE ALL; CLOSE ALL; UNLISTEN *; \
         DISCARD TEMP; DISCARD SEQUENCES; SET TIME ZONE 'UTC'; SET client_encoding TO 'UTF8'; \
         SET standard_conforming_strings TO on; SET lock_timeout TO {lock_timeout}; \
         SELECT pg_catalog.set_config('search_path', {}, false)",
        Literal(path)
    )
}

/// Has a statement wait so long for the lock of a table, in milliseconds.
pub(super) fn wait_for_locks(pg: &mut PgConnection, milliseconds: i32) -> QueryResult<()> {
    run(pg, &format!("SET lock_timeout TO {milliseconds}"))
}

/// Whether the server speaks English, as far as its locale says.
pub(super) fn is_english(pg: &mut PgConnection) -> QueryResult<bool> {
    const ENGLISH: &str = "SELECT 'found' AS name WHERE pg_catalog.current_setting('lc_messages') \
        OPERATOR(pg_catalog.~) '^(en|C|POSIX|$)'";
    Ok(!named(ENGLISH).load::<Name>(pg)?.is_empty())
}

/// Keeps the server from ending a session that holds locks and is idle. PostgreSQL 13 has no such setting.
pub(super) fn stay(pg: &mut PgConnection) -> QueryResult<()> {
    run(
        pg,
        "SELECT CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 OPERATOR(pg_catalog.>=) 140000 \
         THEN pg_catalog.set_config('idle_session_timeout', '0', false) END",
    )
}

/// Returns the name and the status of the schema with this number in the registry, if it is there.
pub(super) fn row(pg: &mut PgConnection, id: i32) -> QueryResult<Option<(String, SchemaStatus)>> {
    let rows = schemas::table.select((schemas::name, schemas::status));
    rows.find(id).first(pg).optional()
}

/// Tells pools and caches of other processes that many schemata have another shape: a transaction of its own, as commits that
/// notify wait for each other.
pub(super) fn notify(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "SELECT pg_catalog.pg_notify('multischema', '*')")
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

/// Sends a text that this file wrote.
#[expect(
    clippy::disallowed_methods,
    reason = "all texts of a run are in this file"
)]
pub(super) fn run(pg: &mut PgConnection, text: &str) -> QueryResult<()> {
    pg.batch_execute(text)
}
