//! Several schemata at once: each of several workers takes the next.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::error::MigrateError;
use super::list::{List, Source};
use super::place::Place;
use super::report::SchemaReport;
use super::steps::Orders;
use super::stop::Stop;
use super::target::Target;
use super::visit::Visitor;
use super::weights::Weights;
use super::work::Goal;
use super::worker::Worker;
use crate::name::SchemaName;
use crate::template::Ids;

/// What the workers tell.
pub(super) enum Heard {
    Visited {
        /// None if the schema is gone.
        report: Option<Box<SchemaReport>>,
        took: Duration,
    },
    Retried {
        schema: SchemaName,
        migration: String,
        attempts: u32,
    },
    /// The run is asked to stop. It is told again and again.
    Stopping,
}

/// How long it takes at most until a run notices that it is asked to stop.
const NOTICE: Duration = Duration::from_millis(50);

/// What is the same for all waves of a run.
pub(super) struct Wave<'a> {
    pub(super) source: &'a Source,
    pub(super) goal: &'a Goal,
    pub(super) ids: Ids,
    pub(super) weights: &'a Weights,
    pub(super) patience: Duration,
    pub(super) stop: &'a Stop,
    /// How many have failed in waves before, and of how many it is enough.
    pub(super) failed: usize,
    pub(super) enough: usize,
}

impl Wave<'_> {
    /// Visits `targets`, and returns those that were not reached, as enough have failed, the run was asked to stop, or a worker could
    /// not begin.
    pub(super) fn run(
        &self,
        workers: &mut [Worker<'_>],
        targets: Vec<Target>,
        mut hear: impl FnMut(Heard),
    ) -> (Vec<Target>, Result<(), MigrateError>) {
        let queue = Mutex::new(VecDeque::from(targets));
        // Counted where it happens: who hears of it later could not keep the next from being begun.
        let failed = AtomicUsize::new(self.failed);
        let next = || {
            if self.stop.is_stopped() || failed.load(Ordering::SeqCst) >= self.enough {
                return None;
            }
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.pop_front()
        };
        let (sender, heard) = mpsc::channel();
        let worked = thread::scope(|scope| {
            let (next, failed) = (&next, &failed);
            let threads = workers.iter_mut().map(|worker| {
                let sender = sender.clone();
                scope.spawn(move || self.work(worker, next, failed, &sender))
            });
            let threads: Vec<_> = threads.collect();
            drop(sender);
            // Whoever asks the run to stop may be a handler of signals, which can wake nobody.
            loop {
                match heard.recv_timeout(NOTICE) {
                    Ok(it) => hear(it),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                if self.stop.is_stopped() {
                    hear(Heard::Stopping);
                }
            }
            let joined = threads.into_iter().map(|thread| {
                let joined = thread.join();
                // A panic of a migration is the caller's.
                joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            // All are joined before the first error is returned.
            joined.collect::<Vec<_>>()
        });
        let worked = worked.into_iter().collect();
        let left = queue.into_inner().unwrap_or_else(PoisonError::into_inner);
        (left.into(), worked)
    }

    fn work(
        &self,
        worker: &mut Worker<'_>,
        next: &dyn Fn() -> Option<Target>,
        failed: &AtomicUsize,
        sender: &mpsc::Sender<Heard>,
    ) -> Result<(), MigrateError> {
        // Nobody may be there any more to hear it.
        let tell = |heard| drop(sender.send(heard));
        let retried = |place: &Place, migration: &str, attempts| {
            tell(Heard::Retried {
                schema: place.schema().unwrap_or_else(SchemaName::template),
                migration: migration.to_owned(),
                attempts,
            });
        };
        let orders = Orders {
            goal: self.goal,
            ids: self.ids,
            weights: self.weights,
            patience: self.patience,
            stop: self.stop,
            retried: &retried,
        };
        let list = List::read("tenant", self.source)?;
        let mut visitor = Visitor {
            worker,
            list,
            orders: &orders,
            trouble: None,
        };
        while let Some(target) = next() {
            let start = Instant::now();
            let report = visitor.visit(target).map(Box::new);
            if report.as_ref().is_some_and(|it| !it.is_ok()) {
                failed.fetch_add(1, Ordering::SeqCst);
            }
            let took = start.elapsed();
            tell(Heard::Visited { report, took });
        }
        Ok(())
    }
}
