//! How a run is asked to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks a run to stop, from another thread or a handler of signals: the migrations in flight are finished, no other is begun,
/// and the report says what was not reached. Clones are of the same.
///
/// # Examples
///
/// ```no_run
/// # use diesel_migrations::FileBasedMigrations;
/// use multischema::{Migrator, Stop};
///
/// # let [global, tenant] = ["global", "tenant"].map(|dir| FileBasedMigrations::from_path(dir).unwrap());
/// let stop = Stop::new();
/// let migrator = Migrator::new(global, tenant).stop(&stop);
/// std::thread::spawn(move || {
///     // … when somebody has had enough:
///     stop.stop();
/// });
/// let report = migrator.run("postgres://localhost/app")?;
/// # Ok::<(), multischema::MigrateError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to stop.
    pub fn stop(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Returns whether it was asked.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
