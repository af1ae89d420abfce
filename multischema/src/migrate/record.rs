//! What is kept of a run in the database, for people and for the run after it.

use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::prelude::*;

use super::error::MigrateError;
use super::place::Place;
use super::report::SchemaReport;
use super::work::Work;
use crate::registry::{run_schemas, runs};

/// How many schemata are written down at once at most, and for how long one is kept back at most.
const MOST: usize = 100;
const LONGEST: Duration = Duration::from_secs(1);

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum State {
    Done,
    Failed,
    Stopped,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = run_schemas)]
struct Row {
    run_id: i64,
    schema_id: i32,
    name: String,
    state: &'static str,
    versions: Vec<String>,
    milliseconds: i64,
    sqlstate: Option<&'static str>,
    message: Option<String>,
}

/// The row of a run, and those of its schemata that are not written yet.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) id: i64,
    rows: Vec<Row>,
    written: Instant,
}

impl Record {
    /// Begins one. That of a run which nobody ended is ended: there is no other run, as this one has the lock.
    pub(super) fn begin(pg: &mut PgConnection, work: Work, pending: usize) -> QueryResult<Self> {
        let unended = runs::table.filter(runs::state.eq("running"));
        diesel::update(unended)
            .set((
                runs::state.eq("killed"),
                runs::finished_at.eq(diesel::dsl::now),
            ))
            .execute(pg)?;
        let row = (
            runs::kind.eq(work.as_str()),
            runs::pending.eq(i32::try_from(pending).unwrap_or(i32::MAX)),
        );
        let insert = diesel::insert_into(runs::table).values(row);
        let id = insert.returning(runs::id).get_result(pg)?;
        Ok(Self {
            id,
            rows: Vec::new(),
            written: Instant::now(),
        })
    }

    /// Notes what was done in `public`, or else in the template.
    pub(super) fn note(
        &self,
        pg: &mut PgConnection,
        place: &Place,
        versions: &[String],
    ) -> QueryResult<()> {
        let run = diesel::update(runs::table.find(self.id));
        match place {
            Place::Global => run.set(runs::global.eq(versions)).execute(pg)?,
            _ => run.set(runs::template.eq(versions)).execute(pg)?,
        };
        Ok(())
    }

    /// Notes what came of one schema.
    pub(super) fn add(&mut self, report: &SchemaReport, took: Duration) {
        self.rows.push(Row {
            run_id: self.id,
            schema_id: report.id,
            name: report.schema.to_string(),
            state: report.outcome.as_str(),
            versions: report.versions().to_vec(),
            milliseconds: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
            sqlstate: match report.outcome.error() {
                Some(MigrateError::Migration { sqlstate, .. }) => *sqlstate,
                _ => None,
            },
            message: report.message(),
        });
    }

    /// Whether it is time to write.
    pub(super) fn is_due(&self) -> bool {
        self.rows.len() >= MOST || (!self.rows.is_empty() && self.written.elapsed() >= LONGEST)
    }

    /// Writes what is not written yet.
    pub(super) fn write(&mut self, pg: &mut PgConnection) -> QueryResult<()> {
        let insert = diesel::insert_into(run_schemas::table).values(&self.rows);
        // The connection may have been lost while it was written.
        insert.on_conflict_do_nothing().execute(pg)?;
        self.rows.clear();
        self.written = Instant::now();
        Ok(())
    }

    /// Ends it.
    pub(super) fn end(
        &mut self,
        pg: &mut PgConnection,
        state: State,
        message: Option<String>,
    ) -> QueryResult<()> {
        if !self.rows.is_empty() {
            self.write(pg)?;
        }
        let word = match state {
            State::Done => "done",
            State::Failed => "failed",
            State::Stopped => "stopped",
        };
        let ended = (
            runs::state.eq(word),
            runs::message.eq(message),
            runs::finished_at.eq(diesel::dsl::now),
        );
        diesel::update(runs::table.find(self.id))
            .set(ended)
            .execute(pg)?;
        Ok(())
    }
}
