//! All SQL that a scope sends of its own: to put a connection somewhere, to ask where it is, to clean it.
//!
//! Every text is constant, but for checked names and one that PostgreSQL gave us, quoted. Names in the texts are
//! qualified, so that no function in anybody's schema can answer in PostgreSQL's place.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use diesel::{OptionalExtension, QueryResult, RunQueryDsl};

use super::error::Whereabouts;
use super::limits::TransactionLimits;
use super::prepared::{Ours, Returns};
use super::quoted::{Literal, SetRole};
use super::session::Edition;
use super::status;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::path::SearchPath;
use crate::quoted::Identifier;

/// Search path, current schema, role.
macro_rules! where_it_is {
    () => {
        "SELECT pg_catalog.current_setting('search_path'), \
         pg_catalog.current_schema()::pg_catalog.text, current_user::pg_catalog.text"
    };
}

fn whereabouts(
    (search_path, current_schema, role): (String, Option<String>, String),
    path: &SearchPath,
) -> Whereabouts {
    Whereabouts {
        schema: path.schema().cloned(),
        search_path,
        current_schema,
        role,
    }
}

/// What is found when a path is set.
pub(super) struct Entered {
    pub(super) whereabouts: Whereabouts,
    /// Temporary tables were made on this connection once; they may be gone.
    pub(super) has_temporary_schema: bool,
}

/// What the registry says of a schema.
pub(super) struct Registered {
    pub(super) status: SchemaStatus,
    pub(super) edition: Edition,
}

/// What is read when a path is set.
macro_rules! entered {
    () => {
        concat!(
            where_it_is!(),
            ", pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0::pg_catalog.oid"
        )
    };
}

/// Sets the path, and gives back the advisory locks that functions took, which no list of what ran would
/// tell of. The sub-select runs first: PostgreSQL does not flatten one that calls a volatile function.
macro_rules! set_path {
    () => {
        " FROM (SELECT pg_catalog.pg_advisory_unlock_all(), pg_catalog.set_config('search_path', "
    };
}

enum Enter {}

impl Returns for Enter {
    type SqlType = (Text, Nullable<Text>, Text, Bool);
}

/// Sets the search path and reads back, in the same statement, what came of it: PostgreSQL accepts a
/// schema that does not exist, and would go on with the next one in the path.
pub(super) fn enter(
    pg: &mut PgConnection,
    path: &SearchPath,
    from: Option<&SchemaName>,
) -> QueryResult<Entered> {
    const BEFORE: &str = concat!(entered!(), set_path!());
    const AFTER: &str = ", false)) AS entered (unlocked, path) WHERE path IS NOT NULL";

    let (search_path, current_schema, role, has_temporary_schema) =
        Ours::<Enter>::with(BEFORE, path.as_str(), AFTER)
            .sent_from(from)
            .get_result(pg)?;
    Ok(Entered {
        whereabouts: whereabouts((search_path, current_schema, role), path),
        has_temporary_schema,
    })
}

enum EnterRegistered {}

impl Returns for EnterRegistered {
    type SqlType = (
        Text,
        Nullable<Text>,
        Text,
        Bool,
        Nullable<Text>,
        Nullable<Integer>,
        Nullable<Integer>,
    );
}

/// As [`enter`], and asks the registry for the schema in the same statement.
pub(super) fn enter_registered(
    pg: &mut PgConnection,
    path: &SearchPath,
    schema: &SchemaName,
    from: Option<&SchemaName>,
) -> QueryResult<(Entered, Option<Registered>)> {
    type Row = (
        String,
        Option<String>,
        String,
        bool,
        Option<SchemaStatus>,
        Option<i32>,
        Option<i32>,
    );
    const TEXT: [&str; 3] = [
        concat!(
            entered!(),
            ", registered.status, registered.id, registered.generation",
            set_path!()
        ),
        ", false)) AS entered (unlocked, path) LEFT JOIN multischema.schemas AS registered \
         ON registered.name OPERATOR(pg_catalog.=) ",
        " WHERE path IS NOT NULL",
    ];

    let values = [path.as_str(), schema.as_str()];
    let (search_path, current_schema, role, has_temporary_schema, status, id, generation): Row =
        Ours::<EnterRegistered>::with_two(TEXT, values)
            .sent_from(from)
            .get_result(pg)?;
    let entered = Entered {
        whereabouts: whereabouts((search_path, current_schema, role), path),
        has_temporary_schema,
    };
    let registered = match (status, id, generation) {
        (Some(status), Some(id), Some(generation)) => Some(Registered {
            status,
            edition: Edition { id, generation },
        }),
        _ => None,
    };
    Ok((entered, registered))
}

enum HasRegistry {}

impl Returns for HasRegistry {
    type SqlType = Bool;
}

/// Returns whether the library's own tables are in the database.
pub(super) fn has_registry(pg: &mut PgConnection) -> QueryResult<bool> {
    const TEXT: &str = "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables \
                        WHERE schemaname OPERATOR(pg_catalog.=) 'multischema' \
                        AND tablename OPERATOR(pg_catalog.=) 'schemas')";
    Ours::<HasRegistry>::new(TEXT).get_result(pg)
}

enum TransactionStart {}

impl Returns for TransactionStart {
    type SqlType = Text;
}

/// Returns whether a transaction is open, Diesel's or not: two statements in one say that it began at the
/// same time.
pub(crate) fn in_transaction(pg: &mut PgConnection) -> QueryResult<bool> {
    let mut start = || -> QueryResult<String> {
        const TEXT: &str = "SELECT pg_catalog.transaction_timestamp()::pg_catalog.text";
        Ours::<TransactionStart>::new(TEXT).get_result(pg)
    };
    Ok(start()? == start()?)
}

enum Locate {}

impl Returns for Locate {
    type SqlType = (Text, Nullable<Text>, Text);
}

/// Returns where the connection is; `path` is where it should be.
pub(super) fn locate(pg: &mut PgConnection, path: &SearchPath) -> QueryResult<Whereabouts> {
    let row = Ours::<Locate>::new(where_it_is!())
        .sent_from(path.schema())
        .get_result(pg)?;
    Ok(whereabouts(row, path))
}

enum ShowSearchPath {}

impl Returns for ShowSearchPath {
    type SqlType = Text;
}

/// Returns the search path without taking a snapshot, so that it may come before
/// `SET TRANSACTION ISOLATION LEVEL`.
pub(super) fn show_search_path(pg: &mut PgConnection) -> QueryResult<String> {
    Ours::<ShowSearchPath>::new("SHOW search_path").get_result(pg)
}

enum SchemaExists {}

impl Returns for SchemaExists {
    type SqlType = Bool;
}

/// Tells a schema that is missing from one that the role may not use.
pub(super) fn schema_exists(pg: &mut PgConnection, schema: &SchemaName) -> QueryResult<bool> {
    const BEFORE: &str =
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) ";
    Ours::<SchemaExists>::with(BEFORE, schema.as_str(), ")").get_result(pg)
}

enum Status {}

impl Returns for Status {
    type SqlType = Text;
}

/// Returns what the registry says of a schema.
pub(super) fn status(
    pg: &mut PgConnection,
    schema: &SchemaName,
) -> QueryResult<Option<SchemaStatus>> {
    const BEFORE: &str =
        "SELECT status FROM multischema.schemas WHERE name OPERATOR(pg_catalog.=) ";
    Ours::<Status>::with(BEFORE, schema.as_str(), "")
        .get_result(pg)
        .optional()
}

enum CountRelations {}

impl Returns for CountRelations {
    type SqlType = BigInt;
}

/// Counts the tables, indexes and the like of a schema.
pub(super) fn count_relations(pg: &mut PgConnection, schema: &SchemaName) -> QueryResult<u64> {
    const BEFORE: &str = "SELECT pg_catalog.count(*) FROM pg_catalog.pg_class WHERE relnamespace \
                          OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_namespace \
                          WHERE nspname OPERATOR(pg_catalog.=) ";
    let count: i64 = Ours::<CountRelations>::with(BEFORE, schema.as_str(), ")").get_result(pg)?;
    Ok(count.unsigned_abs())
}

enum RoleAndEdition {}

impl Returns for RoleAndEdition {
    type SqlType = (Text, Nullable<Integer>, Nullable<Integer>);
}

/// Returns the connection's role, and the edition of a schema that the registry knows.
pub(super) fn role_and_edition(
    pg: &mut PgConnection,
    schema: &SchemaName,
) -> QueryResult<(String, Option<Edition>)> {
    const BEFORE: &str = "SELECT current_user::pg_catalog.text, registered.id, registered.generation \
                          FROM (SELECT) AS here LEFT JOIN multischema.schemas AS registered \
                          ON registered.name OPERATOR(pg_catalog.=) ";
    let (role, id, generation): (String, Option<i32>, Option<i32>) =
        Ours::<RoleAndEdition>::with(BEFORE, schema.as_str(), "").get_result(pg)?;
    let edition = id.zip(generation);
    let edition = edition.map(|(id, generation)| Edition { id, generation });
    Ok((role, edition))
}

enum MayUse {}

impl Returns for MayUse {
    type SqlType = Bool;
}

/// Returns whether the role may use a schema, which exists.
pub(super) fn may_use(pg: &mut PgConnection, schema: &SchemaName) -> QueryResult<bool> {
    const BEFORE: &str = "SELECT pg_catalog.has_schema_privilege(";
    Ours::<MayUse>::with(BEFORE, schema.as_str(), ", 'USAGE')").get_result(pg)
}

/// Removes, in one message, all that raw SQL can leave on a connection, an open transaction included
/// if `end_transaction`, and acts as `role` again. Not with `DISCARD ALL`: it would take away the
/// statements that Diesel believes to be prepared.
pub(super) fn clean(
    pg: &mut PgConnection,
    end_transaction: bool,
    role: Option<&str>,
) -> QueryResult<()> {
    const CLEAN: &str = concat!(
        // First, as a time-out may be among the settings.
        "RESET ALL; SET SESSION AUTHORIZATION DEFAULT;",
        " CLOSE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all();",
        " DISCARD TEMP; DISCARD SEQUENCES;",
        // What Diesel sets when it connects.
        " SET TIME ZONE 'UTC'; SET client_encoding TO 'UTF8'; SET search_path TO ''"
    );
    let end = if end_transaction { "ROLLBACK; " } else { "" };
    run(pg, &format!("{end}{CLEAN}{}", SetRole(role)))
}

/// Begins a transaction at `path` and as `role`, whose end brings back those from before, and has it fail if the
/// schema cannot be used, or is another edition of it. What functions left that no text called by name is put
/// right as in [`enter`]. In one message.
pub(super) fn begin(
    pg: &mut PgConnection,
    path: &SearchPath,
    schema: &SchemaName,
    edition: Edition,
    role: &str,
) -> QueryResult<()> {
    let Edition { id, generation } = edition;
    let text = format!(
        "BEGIN; SET LOCAL ROLE {}; DISCARD TEMP; \
         SELECT pg_catalog.pg_advisory_unlock_all(), pg_catalog.set_config('search_path', {}, true); \
         SELECT multischema.assert_active({}, pg_catalog.current_schema(), {id}, {generation})",
        Identifier(role),
        Literal(path.as_str()),
        Literal(schema.as_str())
    );
    AnsiTransactionManager::begin_transaction_sql(pg, &text)
}

/// Begins a transaction with limits, in one message; in a transaction, where they last until its end, a savepoint.
pub(super) fn begin_within(pg: &mut PgConnection, limits: TransactionLimits) -> QueryResult<()> {
    if status::depth(pg) == 0 {
        return AnsiTransactionManager::begin_transaction_sql(pg, &format!("BEGIN; {limits}"));
    }
    AnsiTransactionManager::begin_transaction(pg)?;
    run(pg, &limits.to_string()).or_else(|error| {
        AnsiTransactionManager::rollback_transaction(pg)?;
        Err(error)
    })
}

/// Ends a transaction that Diesel does not know of.
pub(super) fn roll_back(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "ROLLBACK")
}

/// Empties the search path, and nothing else.
pub(super) fn leave(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "SET search_path TO ''")
}

/// Empties the search path, removes what functions can leave, and acts as `role` again.
pub(super) fn empty(pg: &mut PgConnection, role: Option<&str>) -> QueryResult<()> {
    const EMPTY: &str = concat!(
        "SET search_path TO ''; CLOSE ALL; SELECT pg_catalog.pg_advisory_unlock_all();",
        " DISCARD TEMP; DISCARD SEQUENCES"
    );
    run(pg, &format!("{EMPTY}{}", SetRole(role)))
}

/// Sends next to nothing, to find out whether anybody is there.
pub(super) fn probe(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, ";")
}

/// Drops all temporary tables.
pub(super) fn discard_temporary(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "DISCARD TEMP")
}

/// Has PostgreSQL forget all prepared statements; Diesel has to be told as well.
pub(super) fn deallocate(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "DEALLOCATE ALL")
}

#[expect(
    clippy::disallowed_methods,
    reason = "all texts of a scope are in this file"
)]
fn run(pg: &mut PgConnection, text: &str) -> QueryResult<()> {
    pg.batch_execute(text)
}
