//! The histories of many schemata, in few statements.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::thread;

use diesel::pg::PgConnection;
use diesel::sql_types::{Array, Integer, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::error::MigrateError;
use super::place::Place;
use super::worker::connect;
use crate::name::SchemaName;
use crate::quoted::Identifier;

/// How many are read in one statement at most. Each table is opened and planned for, so more would only make the statement longer.
const CHUNK: usize = 100;
/// How many are worth a connection more.
const SHARE: usize = 50;

/// The versions in each history, in order, by the number of the schema. One that has no history has no versions.
pub(super) type Histories = HashMap<i32, Vec<String>>;

/// Reads the histories of `schemata`, each with what PostgreSQL calls it, on a connection and on others beside it, as many as
/// `jobs` in all. While the others are being opened, this one is lent to `meanwhile`.
pub(super) fn read<T>(
    pg: &mut PgConnection,
    url: &str,
    jobs: usize,
    schemata: &[(i32, SchemaName)],
    meanwhile: impl FnOnce(&mut PgConnection) -> Result<T, MigrateError>,
) -> Result<(Histories, T), MigrateError> {
    let jobs = jobs.min(schemata.len().div_ceil(SHARE)).max(1);
    let size = schemata.len().div_ceil(jobs).clamp(1, CHUNK);
    let queue = Mutex::new(schemata.chunks(size).collect::<VecDeque<_>>());
    let work = |pg: &mut PgConnection| -> Result<Histories, MigrateError> {
        let mut read = Histories::new();
        loop {
            let next = queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            let Some(chunk) = next else { return Ok(read) };
            read.extend(chunk_of(pg, chunk).map_err(MigrateError::query(&Place::Global))?);
        }
    };
    let (read, other) = thread::scope(|scope| {
        let others = (1..jobs).map(|_| scope.spawn(|| work(&mut connect(url)?)));
        let others: Vec<_> = others.collect();
        let other = meanwhile(pg);
        let own = work(pg);
        let joined = others.into_iter().map(|thread| {
            let joined = thread.join();
            joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        let read = joined.chain([own]).collect::<Result<Vec<_>, _>>();
        (read, other)
    });
    Ok((read?.into_iter().flatten().collect(), other?))
}

#[derive(QueryableByName)]
struct Called {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Text)]
    version: String,
}

fn chunk_of(pg: &mut PgConnection, chunk: &[(i32, SchemaName)]) -> QueryResult<Histories> {
    // One may lack a history, which few do; and one may be dropped once it was found.
    let all = chunk_once(pg, chunk, |_| true).or_else(|_| of_those_with_one(pg, chunk));
    all.or_else(|_| of_those_with_one(pg, chunk))
}

#[expect(clippy::disallowed_methods, reason = "the text is constant")]
fn of_those_with_one(pg: &mut PgConnection, chunk: &[(i32, SchemaName)]) -> QueryResult<Histories> {
    const WITH_HISTORY: &str = "\
        SELECT n.nspname::pg_catalog.text AS name FROM pg_catalog.pg_namespace n \
        JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid \
        AND c.relname OPERATOR(pg_catalog.=) '__diesel_schema_migrations' \
        WHERE n.nspname OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.name[])";
    let names: Vec<&str> = chunk.iter().map(|(_, name)| name.as_str()).collect();
    let found: Vec<Called> = sql_query(WITH_HISTORY)
        .bind::<Array<Text>, _>(names)
        .load(pg)?;
    chunk_once(pg, chunk, |called| {
        found.iter().any(|it| it.name == called.as_str())
    })
}

/// Reads those that have a history.
#[expect(
    clippy::disallowed_methods,
    reason = "the texts are constant, but for names in quotes and numbers"
)]
fn chunk_once(
    pg: &mut PgConnection,
    chunk: &[(i32, SchemaName)],
    has_history: impl Fn(&SchemaName) -> bool,
) -> QueryResult<Histories> {
    let mut text = String::new();
    for (id, called) in chunk {
        if !has_history(called) {
            continue;
        }
        let union = if text.is_empty() { "" } else { " UNION ALL " };
        text.push_str(&format!(
            "{union}SELECT {id} AS id, version::pg_catalog.text FROM {}.__diesel_schema_migrations",
            Identifier(called.as_str())
        ));
    }
    let read: Vec<Applied> = match text.as_str() {
        "" => Vec::new(),
        text => sql_query(text).load(pg)?,
    };
    let mut histories: Histories = chunk.iter().map(|(id, _)| (*id, Vec::new())).collect();
    for Applied { id, version } in read {
        histories.entry(id).or_default().push(version);
    }
    histories.values_mut().for_each(|it| it.sort_unstable());
    Ok(histories)
}
