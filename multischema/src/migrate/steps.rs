//! All migrations that one place lacks, each tried again while others have what it needs.

use std::error::Error as StdError;
use std::thread;
use std::time::{Duration, Instant};

use diesel::result::{DatabaseErrorKind, Error};

use super::error::MigrateError;
use super::list::List;
use super::place::Place;
use super::sql::Standing;
use super::step::Step;
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
    /// Hears of each attempt that failed: the place, the migration, how many there were.
    pub(super) retried: &'a (dyn Fn(&Place, &str, u32) + Sync),
}

impl Orders<'_> {
    /// How long a statement waits for the lock of a table, in milliseconds. A time-out of 0 would be none for PostgreSQL.
    pub(super) fn turn(patience: Duration) -> i32 {
        i32::try_from(patience.min(TURN).as_millis()).map_or(i32::MAX, |it| it.max(1))
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
        place: &'s Place,
        standing: &'s Standing,
        shared: &'s crate::path::SharedSchemata,
        list: &'s List,
        (version, way): &(String, Way),
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
        })
    }

    /// Takes `steps` at `place`, where the worker is, and leaves it clean. Each that is done is noted in `done`.
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
    ) -> Result<(), MigrateError> {
        let shared = worker.shared();
        let cleaning = format!("; {}", worker.cleaning());
        for (index, it) in steps.iter().enumerate() {
            let step = self.step(place, standing, shared, list, it)?;
            let is_last = index + 1 == steps.len();
            let then = if is_last { cleaning.as_str() } else { "" };
            let start = Instant::now();
            let mut attempts = 1;
            loop {
                let turn = Instant::now();
                let taken = step.take(worker.pg()?, std::mem::take(&mut has_begun), then);
                let Err(error) = taken else { break };
                let is_over = start.elapsed() >= self.patience;
                if is_over
                    || !step.in_transaction()
                    || !is_lock(&error, turn.elapsed(), self.patience)
                {
                    return Err(error);
                }
                (self.retried)(place, &step.migration.name().to_string(), attempts);
                attempts += 1;
                thread::sleep(pause());
            }
            let (version, way) = it;
            // What is done again is done once it is applied.
            if *way == Way::Up || self.goal.ways().len() == 1 {
                done.push(version.clone());
            }
        }
        worker.forget_types();
        Ok(())
    }
}

/// Whether a migration failed as others had what it wanted, as far as can be told: Diesel does not say which error it was,
/// and the server may say it in any language.
fn is_lock(error: &MigrateError, took: Duration, patience: Duration) -> bool {
    let Some(Error::DatabaseError(DatabaseErrorKind::Unknown, information)) = database_error(error)
    else {
        return false;
    };
    let message = information.message();
    let says_so = ["lock timeout", "deadlock detected"];
    says_so.iter().any(|it| message.contains(it)) || took >= patience.min(TURN)
}

/// What Diesel says, among the causes of an error.
pub(super) fn database_error<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}
