//! What is migrated, and how patiently.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel::migration::MigrationSource;
use diesel::pg::Pg;

use super::error::MigrateError;
use super::list::{List, Source};
use super::report::FleetReport;
use super::run::Run;
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

/// Migrates what is shared, the template, and every schema.
///
/// Each schema, the template and `public` have a history of their own, where Diesel's program finds it too:
/// `diesel migration run --migration-dir migrations/global` agrees with this.
///
/// # What a migration may do
///
/// * All that Diesel's migrations may, without naming the schema: it runs once in each. It also runs on the
///   template, and rows that it writes there stay.
/// * It may begin with `SET TRANSACTION ISOLATION LEVEL`.
/// * It may not leave the search path or the role changed, nor end the transaction it runs in: it is refused, and
///   rolled back where that is possible.
/// * With `run_in_transaction = false` in its `metadata.toml` it may be one `CREATE INDEX CONCURRENTLY`. If such a one
///   is interrupted, what it did stays without a row in the history, and it runs again: write it so that it can
///   (`IF NOT EXISTS`), and drop the invalid index that PostgreSQL leaves.
/// * A tenant's table or view may not have the name of one in a shared schema.
///
/// # Two at once
///
/// A run takes advisory locks, so that a second one waits, and then finds nothing to do. They belong to a session:
/// connect to PostgreSQL itself, and not to a pooler in transaction mode.
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
///
/// use diesel_migrations::FileBasedMigrations;
/// use multischema::{Migrator, OnError};
///
/// let [global, tenant] = ["migrations/global", "migrations/tenant"]
///     .map(|folder| FileBasedMigrations::from_path(folder).expect("a folder of migrations"));
/// let report = Migrator::new(global, tenant)
///     .on_error(OnError::Continue)
///     .lock_timeout(Duration::from_secs(5))
///     .run("postgres://localhost/app")?;
/// println!("{report}");
/// # Ok::<(), multischema::MigrateError>(())
/// ```
#[derive(Clone)]
pub struct Migrator {
    pub(super) global: Source,
    pub(super) tenant: Source,
    pub(super) on_error: OnError,
    pub(super) shared: SharedSchemata,
    pub(super) lock_timeout: Duration,
    pub(super) ids: Option<Ids>,
}

/// What becomes of the schemata after one that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnError {
    /// They are not touched, and reported as [`NotReached`](crate::Outcome::NotReached).
    #[default]
    Stop,
    /// They are migrated.
    Continue,
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

    /// Sets how long to wait each time: for another run, for a schema that someone else works on, and, in every
    /// statement of a migration, for the lock of a table (PostgreSQL's `lock_timeout`). Defaults to 30 seconds.
    ///
    /// While a migration waits for a table's lock, all who want that table wait behind it. So where many are at
    /// work, a short time is better, and to run again.
    #[must_use]
    pub fn lock_timeout(mut self, patience: Duration) -> Self {
        self.lock_timeout = patience;
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
    /// there), then every schema of the registry in the order of their numbers, whatever their status.
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
    /// * [`MigrateError::Shadowed`]: a tenant's table has the name of one in a shared schema.
    /// * [`MigrateError::Migration`], [`Moved`](MigrateError::Moved), [`TransactionEnded`](MigrateError::TransactionEnded),
    ///   [`TransactionLeftOpen`](MigrateError::TransactionLeftOpen), [`Ids`](MigrateError::Ids): a migration failed, or was refused, in `public` or
    ///   on the template.
    ///
    /// That a schema failed is no error, but an [`Outcome`](crate::Outcome) in the report.
    pub fn run(&self, url: &str) -> Result<FleetReport, MigrateError> {
        let global = List::read("global", &self.global)?;
        let tenant = List::read("tenant", &self.tenant)?;
        Run::start(self, url)?.finish(&global, &tenant)
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
            .finish_non_exhaustive()
    }
}
