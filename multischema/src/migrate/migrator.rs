//! What is migrated, and how patiently.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use diesel::migration::MigrationSource;
use diesel::pg::Pg;

use super::error::MigrateError;
use super::event::FleetEvent;
use super::list::Source;
use super::report::FleetReport;
use super::run::Run;
use super::stop::Stop;
use super::work::Work;
use crate::name::SchemaName;
use crate::path::SharedSchemata;
use crate::template::Ids;

/// Brings the database at `url` up to date: the library's tables, `global` migrations in `public`, `tenant`
/// migrations on the template and then on every schema of the registry.
///
/// It is [`Migrator::run`] with all defaults.
///
/// # Errors
///
/// Those of [`Migrator::run`]. That a schema failed is no error: look at [`FleetReport::is_ok`].
///
/// # Examples
///
/// ```no_run
/// use diesel_migrations::{EmbeddedMigrations, FileBasedMigrations, embed_migrations};
///
/// // Most often both are embedded: `embed_migrations!("migrations/global")`.
/// const GLOBAL: EmbeddedMigrations = embed_migrations!("migrations");
///
/// let tenant = FileBasedMigrations::from_path("migrations/tenant").expect("a folder of migrations");
/// let report = multischema::migrate_all("postgres://localhost/app", GLOBAL, tenant)?;
/// assert!(report.is_ok(), "{report}");
/// # Ok::<(), multischema::MigrateError>(())
/// ```
pub fn migrate_all(
    url: &str,
    global: impl MigrationSource<Pg> + Send + Sync + 'static,
    tenant: impl MigrationSource<Pg> + Send + Sync + 'static,
) -> Result<FleetReport, MigrateError> {
    Migrator::new(global, tenant).run(url)
}

#[doc = include_str!("../docs/migrations.md")]
#[derive(Clone)]
pub struct Migrator {
    pub(super) global: Source,
    pub(super) tenant: Source,
    pub(super) on_error: OnError,
    pub(super) shared: SharedSchemata,
    pub(super) lock_timeout: Duration,
    pub(super) ids: Option<Ids>,
    pub(super) jobs: usize,
    pub(super) canary: usize,
    pub(super) wave: usize,
    pub(super) only: Option<BTreeSet<SchemaName>>,
    pub(super) verify: bool,
    pub(super) on_event: Option<Arc<Hear>>,
    pub(super) stop: Stop,
}

type Hear = dyn Fn(&FleetEvent) + Send + Sync;

/// How many connections work at most, if nothing else is said: more would only wait for the server.
const JOBS: usize = 8;

/// What becomes of the schemata after one that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnError {
    /// They are not touched, and reported as [`NotReached`](crate::Outcome::NotReached).
    #[default]
    Stop,
    /// They are migrated.
    Continue,
    /// They are migrated until so many have failed.
    StopAfter(NonZeroUsize),
}

impl Migrator {
    /// Takes `global` migrations for `public` and `tenant` ones for every schema: `embed_migrations!`,
    /// `FileBasedMigrations`, or any other [`MigrationSource`].
    pub fn new(
        global: impl MigrationSource<Pg> + Send + Sync + 'static,
        tenant: impl MigrationSource<Pg> + Send + Sync + 'static,
    ) -> Self {
        Self {
            global: Arc::new(global),
            tenant: Arc::new(tenant),
            on_error: OnError::default(),
            shared: SharedSchemata::default(),
            lock_timeout: Duration::from_secs(30),
            ids: None,
            jobs: thread::available_parallelism().map_or(1, |cores| cores.get().min(JOBS)),
            canary: 0,
            wave: usize::MAX,
            only: None,
            verify: false,
            on_event: None,
            stop: Stop::new(),
        }
    }

    /// Sets what becomes of the schemata after one that failed. Defaults to [`OnError::Stop`].
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// Sets the schemata that all share; `public` comes first, as global migrations run there. Defaults to `public`.
    #[must_use]
    pub fn shared(mut self, shared: SharedSchemata) -> Self {
        self.shared = shared;
        self
    }

    /// Sets how long to wait: for another run, for a schema that someone else works on, and for the locks of tables that a
    /// migration takes. Defaults to 30 seconds.
    ///
    /// While a migration waits for a table's lock, all who want that table wait behind it. So it waits for one second at most
    /// (PostgreSQL's `lock_timeout`), gives way, and is tried again, after a moment, until the time is over. Zero is not to wait at
    /// all, and not, as for PostgreSQL, to wait for ever.
    #[must_use]
    pub fn lock_timeout(mut self, patience: Duration) -> Self {
        self.lock_timeout = patience;
        self
    }

    /// Sets how many schemata are migrated at once, each on a connection of its own. Defaults to the number of this machine's
    /// cores, 8 at most. 0 is 1.
    #[must_use]
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }

    /// Sets how many schemata are migrated before all others. If one of them fails, the run stops, whatever
    /// [`on_error`](Self::on_error) says. Defaults to 0, which is none.
    #[must_use]
    pub fn canary(mut self, canary: usize) -> Self {
        self.canary = canary;
        self
    }

    /// Sets how many schemata are migrated in one wave. Between two waves what came of the first is written down, and pools and
    /// caches elsewhere are told. Defaults to all. 0 is 1.
    #[must_use]
    pub fn wave(mut self, wave: usize) -> Self {
        self.wave = wave.max(1);
        self
    }

    /// Sets which schemata are migrated, after `public` and the template; the others are not in the report. Defaults to all.
    #[must_use]
    pub fn only(mut self, schemata: impl IntoIterator<Item = SchemaName>) -> Self {
        self.only = Some(schemata.into_iter().collect());
        self
    }

    /// Sets whether a run reads the history of every schema first, and has the registry say what they say. Without that, it
    /// believes `multischema.applied`, which is right unless somebody changed a history by hand. Defaults to `false`.
    #[must_use]
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Sets who hears of what happens in a run. It is called from the thread that called [`run`](Self::run), one event after the
    /// other.
    #[must_use]
    pub fn on_event(mut self, hear: impl Fn(&FleetEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Arc::new(hear));
        self
    }

    /// Sets by what a run can be asked to stop.
    #[must_use]
    pub fn stop(mut self, stop: &Stop) -> Self {
        self.stop = stop.clone();
        self
    }

    /// Sets whether ids are unique across schemata, where that was not chosen yet: once there is a schema, it cannot be
    /// changed. Defaults to what the database was prepared with, or else to [`Ids::Unique`].
    #[must_use]
    pub fn ids(mut self, ids: Ids) -> Self {
        self.ids = Some(ids);
        self
    }

    /// Migrates the database at `url`: the library's tables, `public`, the template (which is made if it is not
    /// there), then every schema of the registry, whatever their status, several at a time and begun in the order of their numbers.
    ///
    /// Where nothing is pending it asks six statements at most, however many schemata there are.
    ///
    /// A run that had something to do is in `multischema.runs`, and each schema that it visited in `multischema.run_schemas`. One
    /// that was killed is found there by the next, which goes on where it stopped and [says so](FleetReport::resumed).
    ///
    /// # Errors
    ///
    /// What fails before the first schema. No schema is touched then, and what was applied stays.
    ///
    /// * [`MigrateError::Source`], [`SameVersion`](MigrateError::SameVersion): the migrations cannot be read.
    /// * [`MigrateError::ConnectionString`], [`Connect`](MigrateError::Connect): there is no connection.
    /// * [`MigrateError::Busy`]: another run took longer than this one waits.
    /// * [`MigrateError::Install`], [`NotEntered`](MigrateError::NotEntered), [`Query`](MigrateError::Query),
    ///   [`Name`](MigrateError::Name): the library's tables, the template or the registry are not as they should be.
    /// * [`MigrateError::OtherIds`]: there are schemata already that count their ids otherwise.
    /// * [`MigrateError::UnknownSchemata`]: the registry does not have all that [`only`](Self::only) names.
    /// * [`MigrateError::Shadowed`]: a tenant's table has the name of one in a shared schema.
    /// * [`MigrateError::Migration`], [`Moved`](MigrateError::Moved), [`TransactionEnded`](MigrateError::TransactionEnded),
    ///   [`TransactionLeftOpen`](MigrateError::TransactionLeftOpen), [`Ids`](MigrateError::Ids), [`Locks`](MigrateError::Locks),
    ///   [`InvalidIndexes`](MigrateError::InvalidIndexes): a migration failed, or was refused, in `public` or
    ///   on the template.
    ///
    /// That a schema failed is no error, but an [`Outcome`](crate::Outcome) in the report.
    pub fn run(&self, url: &str) -> Result<FleetReport, MigrateError> {
        Run::start(self, url)?.up_to_date()
    }
}

impl Migrator {
    /// Reverts the last `count` tenant migrations, one after the other: each in the template first, and then in every schema that
    /// has it. What the template or any schema has last is what is reverted: where a run before did not come to its end, the next
    /// goes on with it. Global migrations are left alone: `diesel migration revert
    /// --migration-dir migrations/global` reverts them.
    ///
    /// [`canary`](Self::canary), [`wave`](Self::wave) and [`on_error`](Self::on_error) hold as in [`run`](Self::run). Where a schema
    /// failed, the migrations before are not reverted anywhere.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run), and [`MigrateError::UnknownVersion`] if the template has a migration that the source lacks:
    /// nothing is touched then. A migration without a `down.sql` is a [`MigrateError::Migration`], before any schema is touched. What
    /// keeps the run from going on after the first of several is [in the report](FleetReport::trouble), with what was reverted.
    pub fn revert(&self, url: &str, count: usize) -> Result<FleetReport, MigrateError> {
        Run::start(self, url)?.back(Work::Revert, count)
    }

    /// Reverts the last tenant migration of the template and applies it again, there first, and then in every schema that has it.
    ///
    /// # Errors
    ///
    /// Those of [`revert`](Self::revert), and [`MigrateError::Behind`] if a schema or the template lacks it: nothing is touched then.
    pub fn redo(&self, url: &str) -> Result<FleetReport, MigrateError> {
        Run::start(self, url)?.back(Work::Redo, 1)
    }
}

// By hand, as a source may have no `Debug`.
impl fmt::Debug for Migrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migrator")
            .field("on_error", &self.on_error)
            .field("shared", &self.shared)
            .field("lock_timeout", &self.lock_timeout)
            .field("ids", &self.ids)
            .field("jobs", &self.jobs)
            .field("canary", &self.canary)
            .field("wave", &self.wave)
            .field("only", &self.only)
            .field("verify", &self.verify)
            .finish_non_exhaustive()
    }
}
