//! What is sent to the server. Texts are constant, or were written by PostgreSQL and by this module around names that it
//! gave, in quotes.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::{Array, BigInt, Bool, Oid as SqlOid, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use crate::catalog::{ObjectId, Oid};

/// Sends several statements in one message.
#[expect(
    clippy::disallowed_methods,
    reason = "all texts of a replay pass through here"
)]
pub(super) fn run(pg: &mut PgConnection, text: &str) -> QueryResult<()> {
    pg.batch_execute(text)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[expect(clippy::disallowed_methods, reason = "the texts are constant")]
fn number(pg: &mut PgConnection, text: &'static str) -> QueryResult<i64> {
    Ok(diesel::sql_query(text).get_result::<Number>(pg)?.number)
}

/// The number of the server's process.
pub(super) fn pid(pg: &mut PgConnection) -> QueryResult<i64> {
    number(
        pg,
        "SELECT pg_catalog.pg_backend_pid()::pg_catalog.int8 AS number",
    )
}

/// How many locks this connection holds in the table that all share.
pub(crate) fn locks(pg: &mut PgConnection) -> QueryResult<i64> {
    number(
        pg,
        "SELECT pg_catalog.count(*) AS number FROM pg_catalog.pg_locks l \
         WHERE l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND NOT l.fastpath",
    )
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

/// Asks a question whose text was made of names in quotes.
#[expect(
    clippy::disallowed_methods,
    reason = "the names come from the catalogs and are quoted"
)]
pub(super) fn ask(pg: &mut PgConnection, question: &str) -> QueryResult<bool> {
    let query = diesel::sql_query(format!("SELECT {question} AS answer"));
    Ok(query.get_result::<Answer>(pg)?.answer)
}

/// A dependency of an object on one of the template.
#[derive(Debug, QueryableByName)]
pub(super) struct Leak {
    #[diesel(sql_type = SqlOid)]
    class: Oid,
    #[diesel(sql_type = SqlOid)]
    oid: Oid,
    #[diesel(sql_type = Text)]
    pub(super) object: String,
    #[diesel(sql_type = Text)]
    pub(super) on: String,
}

impl Leak {
    pub(super) fn from(&self) -> ObjectId {
        ObjectId::new(self.class, self.oid)
    }
}

/// Finds which of the objects `own`, and of some others, depend on any of `theirs`.
///
/// What a schema's objects are numbered is most often without gaps, as they were made one after the other. So each catalog
/// is read from the first of them to the last, which is several times faster than to look for each.
#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the objects are values"
)]
pub(super) fn leaks(
    pg: &mut PgConnection,
    own: &[ObjectId],
    theirs: &[ObjectId],
) -> QueryResult<Vec<Leak>> {
    let mut ranges: BTreeMap<Oid, (Oid, Oid)> = BTreeMap::new();
    for id in own {
        let (first, last) = ranges.entry(id.class).or_insert((id.oid, id.oid));
        *first = id.oid.min(*first);
        *last = id.oid.max(*last);
    }
    let query = diesel::sql_query(
        "SELECT d.classid AS class, d.objid AS oid, \
         pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS object, \
         pg_catalog.pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) AS on \
         FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) AS r (class, first, last) \
         CROSS JOIN LATERAL (SELECT d.* FROM pg_catalog.pg_depend d WHERE d.classid OPERATOR(pg_catalog.=) r.class \
         AND d.objid OPERATOR(pg_catalog.>=) r.first AND d.objid OPERATOR(pg_catalog.<=) r.last OFFSET 0) d \
         WHERE (d.refclassid, d.refobjid) OPERATOR(pg_catalog.=) ANY (SELECT t.class, t.oid \
         FROM ROWS FROM (pg_catalog.unnest($4), pg_catalog.unnest($5)) AS t (class, oid) OFFSET 0)",
    );
    let (classes, ranges): (Vec<Oid>, Vec<(Oid, Oid)>) = ranges.into_iter().unzip();
    let (first, last): (Vec<Oid>, Vec<Oid>) = ranges.into_iter().unzip();
    let (their_classes, their_oids): (Vec<Oid>, Vec<Oid>) =
        theirs.iter().map(|it| (it.class, it.oid)).unzip();
    query
        .bind::<Array<SqlOid>, _>(classes)
        .bind::<Array<SqlOid>, _>(first)
        .bind::<Array<SqlOid>, _>(last)
        .bind::<Array<SqlOid>, _>(their_classes)
        .bind::<Array<SqlOid>, _>(their_oids)
        .load(pg)
}

/// Evaluates an expression.
#[expect(
    clippy::disallowed_methods,
    reason = "it is made of constants, numbers and names in quotes"
)]
pub(super) fn value(pg: &mut PgConnection, expression: &str) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Value {
        #[diesel(sql_type = Text)]
        value: String,
    }
    let query = diesel::sql_query(format!("SELECT COALESCE({expression}, '') AS value"));
    Ok(query.get_result::<Value>(pg)?.value)
}

/// Whether the table `f.oid` takes up room.
pub(super) const HAS_ROWS: &str = "pg_catalog.pg_relation_size(f.oid::pg_catalog.regclass) OPERATOR(pg_catalog.>) 0::pg_catalog.int8";

/// Which of these tables may have rows.
#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the numbers are values"
)]
pub(super) fn filled(pg: &mut PgConnection, tables: &[Oid]) -> QueryResult<Vec<Oid>> {
    #[derive(QueryableByName)]
    struct Filled {
        #[diesel(sql_type = SqlOid)]
        oid: Oid,
    }
    let query = diesel::sql_query(format!(
        "SELECT f.oid FROM pg_catalog.unnest($1) AS f (oid) WHERE {HAS_ROWS}"
    ));
    let filled: Vec<Filled> = query.bind::<Array<SqlOid>, _>(tables).load(pg)?;
    Ok(filled.into_iter().map(|it| it.oid).collect())
}

/// The major and minor version of the server.
pub(crate) fn version(pg: &mut PgConnection) -> QueryResult<u32> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        version: i32,
    }
    #[expect(clippy::disallowed_methods, reason = "the text is constant")]
    let query = diesel::sql_query(
        "SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version",
    );
    let found: Version = query.get_result(pg)?;
    Ok(u32::try_from(found.version).unwrap_or(0))
}
