//! The runs that there were, whoever has started them.

use std::collections::BTreeMap;

use diesel::QueryResult;
use multischema::ScopedConnection;
use serde::Deserialize;

use crate::rows::{Sql, add, parsed};

/// A run that had something to do.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Past {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) state: String,
    /// In UTC, for people.
    pub(crate) started: String,
    pub(crate) seconds: Option<f64>,
    pub(crate) message: Option<String>,
    /// How many schemata had this come of it.
    pub(crate) outcomes: BTreeMap<String, i64>,
    /// The first that failed.
    pub(crate) failed: Vec<FailedSchema>,
}

/// What came of a schema.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FailedSchema {
    pub(crate) name: String,
    pub(crate) message: Option<String>,
}

/// Schemata that are listed of a run.
const LISTED: usize = 20;

/// The last runs, the last one first.
pub(crate) fn past<C: ScopedConnection>(conn: &mut C, limit: usize) -> QueryResult<Vec<Past>> {
    let mut sql = Sql::new();
    add!(
        sql,
        "SELECT pg_catalog.json_build_object('id', r.id, 'kind', r.kind, 'state', r.state, \
         'started', pg_catalog.to_char(r.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), \
         'seconds', extract(epoch FROM r.finished_at - r.started_at)::float8, 'message', r.message, \
         'outcomes', (SELECT coalesce(pg_catalog.json_object_agg(o.state, o.count), '{{}}') FROM \
             (SELECT s.state, count(*) FROM multischema.run_schemas s WHERE s.run_id = r.id GROUP BY s.state) o), \
         'failed', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('name', f.name, 'message', f.message)), '[]') FROM \
             (SELECT s.name, s.message FROM multischema.run_schemas s WHERE s.run_id = r.id AND s.state IN ('failed', 'missing') \
              ORDER BY s.name LIMIT {LISTED}) f))::text AS line \
         FROM multischema.runs r ORDER BY r.id DESC LIMIT {limit}"
    );
    let lines = sql.lines(conn)?;
    lines.iter().map(|it| parsed(it)).collect()
}

/// What failed in the last run, by the names of schemata.
pub(super) fn last_failures<C: ScopedConnection>(
    conn: &mut C,
) -> QueryResult<BTreeMap<String, Option<String>>> {
    let mut sql = Sql::new();
    add!(
        sql,
        "SELECT pg_catalog.json_build_array(name, message)::text AS line FROM multischema.run_schemas \
         WHERE run_id = (SELECT max(id) FROM multischema.runs) AND state = 'failed'"
    );
    let lines = sql.lines(conn)?;
    lines.iter().map(|it| parsed(it)).collect()
}
