//! All SQL that a scope sends of its own: to put a connection somewhere, to ask where it is, to clean it.
//!
//! Every text is constant, but for one name that PostgreSQL gave us, quoted. Names in the texts are
//! qualified, so that no function in anybody's schema can answer in PostgreSQL's place.

use std::fmt;
use std::marker::PhantomData;

use diesel::connection::SimpleConnection;
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Nullable, Text};
use diesel::{QueryResult, RunQueryDsl};

use super::error::Whereabouts;
use crate::name::{SchemaName, quote};
use crate::path::SearchPath;

/// A query of ours, with at most one value in the middle. Its id is static, so that it is prepared once
/// per connection.
struct Ours<'a, Id> {
    text: [&'static str; 2],
    value: Option<&'a str>,
    id: PhantomData<Id>,
}

/// What a query of ours returns.
trait Returns: 'static {
    type SqlType;
}

impl<'a, Id> Ours<'a, Id> {
    fn new(text: &'static str) -> Self {
        Self {
            text: [text, ""],
            value: None,
            id: PhantomData,
        }
    }

    fn with(before: &'static str, value: &'a str, after: &'static str) -> Self {
        Self {
            text: [before, after],
            value: Some(value),
            id: PhantomData,
        }
    }
}

impl<Id: Returns> QueryId for Ours<'_, Id> {
    type QueryId = Id;
}

impl<Id: Returns> Query for Ours<'_, Id> {
    type SqlType = Id::SqlType;
}

impl<Id> QueryFragment<Pg> for Ours<'_, Id> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql(self.text[0]);
        if let Some(value) = &self.value {
            pass.push_bind_param::<Text, _>(value)?;
        }
        pass.push_sql(self.text[1]);
        Ok(())
    }
}

impl<Id> RunQueryDsl<PgConnection> for Ours<'_, Id> {}

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

enum Enter {}

impl Returns for Enter {
    type SqlType = (Text, Nullable<Text>, Text, Bool);
}

/// Sets the search path and reads back, in the same statement, what came of it: PostgreSQL accepts a
/// schema that does not exist, and would go on with the next one in the path.
///
/// It also gives back the advisory locks that functions took, which no list of what ran would tell of.
pub(super) fn enter(pg: &mut PgConnection, path: &SearchPath) -> QueryResult<Entered> {
    const BEFORE: &str = concat!(
        where_it_is!(),
        ", pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0::pg_catalog.oid",
        // The sub-select runs first: PostgreSQL does not flatten one that calls a volatile function.
        " FROM (SELECT pg_catalog.pg_advisory_unlock_all(), pg_catalog.set_config('search_path', ",
    );
    const AFTER: &str = ", false)) AS entered (unlocked, path) WHERE path IS NOT NULL";

    let (search_path, current_schema, role, has_temporary_schema) =
        Ours::<Enter>::with(BEFORE, path.as_str(), AFTER).get_result(pg)?;
    Ok(Entered {
        whereabouts: whereabouts((search_path, current_schema, role), path),
        has_temporary_schema,
    })
}

enum TransactionStart {}

impl Returns for TransactionStart {
    type SqlType = Text;
}

/// Returns whether a transaction is open, Diesel's or not: two statements in one say that it began at the
/// same time.
pub(super) fn in_transaction(pg: &mut PgConnection) -> QueryResult<bool> {
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
    let row = Ours::<Locate>::new(where_it_is!()).get_result(pg)?;
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

/// Empties the search path, removes what functions can leave, and acts as `role` again.
pub(super) fn empty(pg: &mut PgConnection, role: Option<&str>) -> QueryResult<()> {
    const EMPTY: &str = concat!(
        "SET search_path TO ''; CLOSE ALL; SELECT pg_catalog.pg_advisory_unlock_all();",
        " DISCARD TEMP; DISCARD SEQUENCES"
    );
    run(pg, &format!("{EMPTY}{}", SetRole(role)))
}

/// Acts as a role that PostgreSQL named, if one is known.
struct SetRole<'a>(Option<&'a str>);

impl fmt::Display for SetRole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(role) = self.0 else {
            return Ok(());
        };
        f.write_str("; SET ROLE ")?;
        quote(role, f)
    }
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
