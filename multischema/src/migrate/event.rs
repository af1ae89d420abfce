//! What happens in a run, as data.

use std::time::Duration;

use super::report::SchemaReport;
use super::work::Work;
use crate::name::SchemaName;

/// What happens in a run over the fleet, one after the other, for a progress bar, a log, or a page: see
/// [`Migrator::on_event`](crate::Migrator::on_event).
///
/// # Examples
///
/// ```no_run
/// # use diesel_migrations::FileBasedMigrations;
/// use multischema::{FleetEvent, Migrator};
///
/// # let [global, tenant] = ["global", "tenant"].map(|dir| FileBasedMigrations::from_path(dir).unwrap());
/// let migrator = Migrator::new(global, tenant).on_event(|event| {
///     if let FleetEvent::Visited { schema, done, pending, .. } = event {
///         eprintln!("{schema}: {done} of {pending}");
///     }
/// });
/// # let _ = migrator.run("postgres://localhost/app");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "event", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum FleetEvent {
    /// A run begins. One that has nothing to do has no other event but the end.
    Began {
        /// What it does.
        work: Work,
        /// How many schemata the registry has.
        schemata: usize,
        /// How many of them are to be visited, as far as is known yet.
        pending: usize,
    },
    /// The run before was killed, and this one goes on where it stopped.
    Resumed {
        /// The number of that run in `multischema.runs`.
        run: i64,
    },
    /// Migrations were applied in `public`.
    Global {
        /// Their versions.
        versions: Vec<String>,
    },
    /// Migrations were applied to the template, or reverted.
    Template {
        /// Their versions.
        versions: Vec<String>,
    },
    /// A wave begins.
    Wave {
        /// Its number; that of the canary is 0.
        number: usize,
        /// How many schemata it visits.
        schemata: usize,
    },
    /// A migration could not have the lock of a table in time, and is tried again.
    Retried {
        /// The schema.
        schema: SchemaName,
        /// The name of the migration.
        migration: String,
        /// How many attempts there were.
        attempts: u32,
    },
    /// A schema was visited.
    Visited {
        /// The schema.
        schema: SchemaName,
        /// What came of it, in a word: that of [`Outcome::as_str`](crate::Outcome::as_str).
        outcome: &'static str,
        /// The versions that were applied or reverted.
        versions: Vec<String>,
        /// How long it took. With the feature `serde` it is `took_ms`, a whole number of milliseconds.
        #[cfg_attr(
            feature = "serde",
            serde(rename = "took_ms", serialize_with = "milliseconds")
        )]
        took: Duration,
        /// The error and its causes, if it failed; or what [went wrong](crate::SchemaReport::trouble) although it did not.
        message: Option<String>,
        /// How many were visited by now.
        done: usize,
        /// How many are to be visited, as far as is known yet.
        pending: usize,
    },
    /// A wave is over, and pools elsewhere were told.
    WaveEnded {
        /// Its number.
        number: usize,
        /// How many of its schemata failed.
        failed: usize,
    },
    /// The run was asked to stop, and has noticed it: what is in flight is finished, and nothing else begun.
    Stopping,
    /// The run is over.
    Ended {
        /// Whether every schema is as it should be.
        is_ok: bool,
    },
}

impl FleetEvent {
    pub(super) fn visited(
        report: &SchemaReport,
        took: Duration,
        (done, pending): (usize, usize),
    ) -> Self {
        Self::Visited {
            schema: report.schema.clone(),
            outcome: report.outcome.as_str(),
            versions: report.versions().to_vec(),
            took,
            message: report.message(),
            done,
            pending,
        }
    }
}

#[cfg(feature = "serde")]
fn milliseconds<S: serde::Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(took.as_millis().try_into().unwrap_or(u64::MAX))
}
