//! What the site does with the fleet: one run at a time, and one comparison.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use multischema::{OnError, TenantPool};

use super::comparison::Comparison;
use super::migrations::{Migrations, explain};
use super::run::{Ending, Run};

/// The fleet, as this process knows it.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(super) migrations: Option<Migrations>,
    /// The one that is under way, or the last one.
    run: Mutex<Option<Arc<Run>>>,
    comparison: Arc<Mutex<Comparison>>,
}

/// Why no run was started.
#[derive(Debug)]
pub(crate) enum NoRun {
    /// The site has no migrations.
    NoMigrations,
    /// One is under way.
    Running(Arc<Run>),
    /// There is no thread for it.
    NoThread(std::io::Error),
}

impl Fleet {
    pub(crate) fn new(migrations: Option<Migrations>) -> Self {
        Self {
            migrations,
            run: Mutex::default(),
            comparison: Arc::default(),
        }
    }

    pub(crate) fn has_migrations(&self) -> bool {
        self.migrations.is_some()
    }

    /// The run that was started last.
    pub(crate) fn run(&self) -> Option<Arc<Run>> {
        self.run
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Starts a run, in a thread of its own: a request that ends does not end it, and nor does it keep the program from ending. If that
    /// ends first, the next run goes on where this one was.
    pub(crate) fn start(&self, by: &str, on_error: OnError) -> Result<Arc<Run>, NoRun> {
        let migrations = self.migrations.clone().ok_or(NoRun::NoMigrations)?;
        let mut current = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = current.as_ref().filter(|it| it.ended().is_none()) {
            return Err(NoRun::Running(Arc::clone(run)));
        }
        let run = Run::new(by);
        let hears = Arc::clone(&run);
        let Migrations { url, migrator } = migrations;
        let migrator = migrator
            .on_error(on_error)
            .stop(run.stopper())
            .on_event(move |event| hears.hear(event));
        let ending = Ending(Arc::clone(&run));
        let thread = thread::Builder::new().name("fleet".to_owned());
        let started = thread.spawn(move || {
            let (is_ok, message) = match migrator.run(&url) {
                Ok(report) => (report.is_ok(), report.to_string()),
                Err(error) => (false, explain(&error)),
            };
            ending.0.end(is_ok, message);
        });
        started.map_err(NoRun::NoThread)?;
        *current = Some(Arc::clone(&run));
        Ok(run)
    }

    /// What the last comparison with the template found.
    pub(crate) fn comparison(&self) -> Comparison {
        self.comparison
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Begins to compare all schemata with the template, unless that is being done.
    pub(crate) fn compare(&self, pool: &TenantPool) -> bool {
        {
            let mut now = self
                .comparison
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if matches!(*now, Comparison::UnderWay) {
                return false;
            }
            *now = Comparison::UnderWay;
        }
        let (comparison, pool) = (Arc::clone(&self.comparison), pool.clone());
        tokio::spawn(async move {
            let found = tokio::task::spawn_blocking(move || Comparison::make(&pool)).await;
            let found = found.unwrap_or_else(|error| Comparison::Failed(error.to_string()));
            *comparison.lock().unwrap_or_else(PoisonError::into_inner) = found;
        });
        true
    }
}
