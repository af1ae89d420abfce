//! All migrations that one place lacks, each tried again while others have what it needs.

use std::thread;
use std::time::{Duration, Instant};

use super::error::MigrateError;
use super::last_error::LastError;
use super::list::List;
use super::place::Place;
use super::sql::Standing;
use super::step::Step;
use super::stop::Stop;
use super::weights::Weights;
use super::work::{Goal, Way};
use super::worker::Worker;
use crate::patience::pause;
use crate::template::Ids;

/// For how long at most a statement waits for the lock of a table before it gives way: whoever wants the table as well waits
/// behind it.
const TURN: Duration = Duration::from_secs(1);

/// What is the same for all places of a run.
pub(super) struct Orders<'a> {
    pub(super) goal: &'a Goal,
    pub(super) ids: Ids,
    pub(super) weights: &'a Weights,
    /// How long a migration is tried again, and a schema waited for.
    pub(super) patience: Duration,
    pub(super) stop: &'a Stop,
    /// Hears of each attempt that failed: the place, the migration, how many there were.
    pub(super) retried: &'a (dyn Fn(&Place, &str, u32) + Sync),
}

impl Orders<'_> {
    /// How long a statement waits for the lock of a table, in milliseconds.
    pub(super) fn turn(patience: Duration) -> i32 {
        milliseconds(patience.min(TURN))
    }

    /// What is to be done with each of the migrations `todo`, in order.
    pub(super) fn steps(&self, todo: &[String]) -> Vec<(String, Way)> {
        let ways = self.goal.ways();
        let each = |version: &String| {
            ways.iter()
                .map(move |way| (version.clone(), *way))
                .collect()
        };
        todo.iter().flat_map(|it| -> Vec<_> { each(it) }).collect()
    }

    pub(super) fn step<'s>(
        &'s self,
        (place, standing): (&'s Place, &'s Standing),
        shared: &'s crate::path::SharedSchemata,
        list: &'s List,
        (version, way): &(String, Way),
        last_error: &'s LastError,
    ) -> Result<Step<'s>, MigrateError> {
        let Some(migration) = list.get(version) else {
            let (schema, version) = (place.schema(), version.clone());
            return Err(MigrateError::UnknownVersion { schema, version });
        };
        Ok(Step {
            migration,
            way: *way,
            place,
            standing,
            shared,
            ids: self.ids,
            weights: self.weights,
            last_error,
            patience: milliseconds(self.patience),
            turn: Self::turn(self.patience),
        })
    }

    /// Takes `steps` at `place`, where the worker is, and leaves it clean; or returns why it is not, although all was done. Each
    /// that is done is noted in `done`.
    ///
    /// `has_begun` says whether the transaction of the first is open.
    pub(super) fn take(
        &self,
        worker: &mut Worker<'_>,
        (place, standing): (&Place, &Standing),
        list: &List,
        steps: &[(String, Way)],
        mut has_begun: bool,
        done: &mut Vec<String>,
    ) -> Result<Option<MigrateError>, MigrateError> {
        let mut trouble = None;
        let shared = worker.shared();
        let cleaning = format!("; {}", worker.cleaning());
        let last_error = worker.last_error();
        for (index, it) in steps.iter().enumerate() {
            if let Some(trouble) = trouble {
                return Err(trouble);
            }
            let step = self.step((place, standing), shared, list, it, &last_error)?;
            if index > 0 {
                worker.refresh(place, &standing.search_path)?;
            }
            let is_last = index + 1 == steps.len();
            let then = if is_last { cleaning.as_str() } else { "" };
            let start = Instant::now();
            let mut attempts = 1;
            trouble = loop {
                let turn = Instant::now();
                let taken = step.take(worker.pg()?, std::mem::take(&mut has_begun), then);
                let error = match taken {
                    Ok(trouble) => break trouble,
                    Err(error) => error,
                };
                let is_over = start.elapsed() >= self.patience;
                let took = turn.elapsed();
                let is_lock = is_lock(&error, worker.is_english(), took, self.patience);
                if is_over || !step.in_transaction() || !is_lock || self.stop.is_stopped() {
                    return Err(error);
                }
                (self.retried)(place, &step.migration.name().to_string(), attempts);
                attempts += 1;
                thread::sleep(pause());
            };
            let (version, way) = it;
            // What is done again is told once.
            if *way == self.goal.ways()[0] {
                done.push(version.clone());
            }
        }
        worker.forget_types();
        Ok(trouble)
    }
}

/// A time-out of 0 would be none for PostgreSQL.
fn milliseconds(patience: Duration) -> i32 {
    i32::try_from(patience.as_millis()).map_or(i32::MAX, |it| it.max(1))
}

/// Whether a migration failed as others had what it wanted. Where the server speaks another language, it may be so after a turn.
fn is_lock(error: &MigrateError, is_english: bool, took: Duration, patience: Duration) -> bool {
    match error {
        MigrateError::Migration {
            is_locked,
            sqlstate: None,
            ..
        } => *is_locked || (!is_english && took >= patience.min(TURN)),
        _ => false,
    }
}
