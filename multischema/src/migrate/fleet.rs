//! The waves of a run, and what follows from a schema that fails.

use std::collections::{HashMap, HashSet};

use diesel::QueryResult;

use super::error::MigrateError;
use super::event::FleetEvent;
use super::migrator::{Migrator, OnError};
use super::place::Place;
use super::report::{Outcome, SchemaReport};
use super::run::{Run, worker};
use super::sql;
use super::target::Target;
use super::wave::{Heard, Wave};
use super::work::{Goal, Work};
use super::worker::connect;
use crate::lifecycle::SchemaStatus;

impl Run<'_> {
    /// Visits all schemata that have something to do: the canary, then waves, again until there are no more. One may have
    /// been copied meanwhile from another that was not migrated yet; whoever copies a schema has its lock, so all are there
    /// once the last is migrated.
    ///
    /// What goes wrong with the run itself is in the report, with what came of the schemata until then.
    pub(super) fn fleet(
        &mut self,
        goal: &Goal,
        targets: Option<Vec<Target>>,
    ) -> Result<(), MigrateError> {
        let mut targets = match targets {
            Some(targets) => targets,
            None => Target::all(&mut self.holder, goal)?,
        };
        let mut outcomes = HashMap::new();
        self.report.trouble = self.waves(goal, &mut targets, &mut outcomes).err();
        if self.report.trouble.is_some() {
            let reached = outcomes.keys().copied().collect();
            let left = self.pending(&targets, &reached);
            not_reached(&mut outcomes, left);
        }
        let reports = self.reports(goal, targets, outcomes);
        self.report.add(reports);
        Ok(())
    }

    /// Reports as not reached what has something to do.
    pub(super) fn leave(&mut self, goal: &Goal) -> Result<(), MigrateError> {
        self.report.unfinished = true;
        let targets = Target::all(&mut self.holder, goal)?;
        let reports = self.reports(goal, targets, HashMap::new());
        self.report.add(reports);
        Ok(())
    }

    fn waves(
        &mut self,
        goal: &Goal,
        targets: &mut Vec<Target>,
        outcomes: &mut HashMap<i32, SchemaReport>,
    ) -> Result<(), MigrateError> {
        let has_canary = self.migrator.canary > 0;
        let mut visited: HashSet<i32> = HashSet::new();
        let mut course = Course {
            number: usize::from(!has_canary),
            size: if has_canary {
                self.migrator.canary
            } else {
                self.migrator.wave
            },
            ..Course::default()
        };
        loop {
            let mut pending = self.pending(targets, &visited);
            if pending.is_empty() {
                return Ok(());
            }
            course.pending = visited.len() + pending.len();
            while !pending.is_empty() && !course.is_over {
                let rest = pending.split_off(pending.len().min(course.size));
                let wave = std::mem::replace(&mut pending, rest);
                visited.extend(wave.iter().map(|it| it.id));
                self.wave(goal, wave, &mut course, outcomes)?;
                course.number += 1;
                course.size = self.migrator.wave;
            }
            not_reached(outcomes, pending);
            *targets = Target::all(&mut self.holder, goal).or_else(|_| {
                // The connection may have been lost since it was last used.
                self.hold_again()?;
                Target::all(&mut self.holder, goal)
            })?;
            // What is done again is done once.
            if course.is_over || goal.work == Work::Redo {
                return Ok(());
            }
        }
    }

    fn wave(
        &mut self,
        goal: &Goal,
        targets: Vec<Target>,
        course: &mut Course,
        outcomes: &mut HashMap<i32, SchemaReport>,
    ) -> Result<(), MigrateError> {
        let migrator = self.migrator;
        self.tell(&FleetEvent::Wave {
            number: course.number,
            schemata: targets.len(),
        });
        let jobs = migrator.jobs.min(targets.len()).max(1);
        while self.workers.len() < jobs {
            self.workers.push(worker(migrator, self.url));
        }
        let mut workers = std::mem::take(&mut self.workers);
        let weights = std::mem::take(&mut self.weights);
        let wave = Wave {
            source: &migrator.tenant,
            goal,
            ids: self.ids,
            weights: &weights,
            patience: migrator.lock_timeout,
            stop: &migrator.stop,
            failed: course.failed,
            enough: if course.number == 0 {
                1
            } else {
                migrator.enough()
            },
        };
        let failed_before = course.failed;
        let mut unwritten = Ok(());
        let (left, worked) = wave.run(&mut workers[..jobs], targets, |heard| match heard {
            Heard::Retried {
                schema,
                migration,
                attempts,
            } => {
                self.tell(&FleetEvent::Retried {
                    schema,
                    migration,
                    attempts,
                });
            }
            Heard::Stopping => self.notice_stop(),
            Heard::Visited { report, took } => {
                course.done += 1;
                let Some(report) = report else { return };
                let counts = (course.done, course.pending);
                self.tell(&FleetEvent::visited(&report, took, counts));
                course.failed += usize::from(!report.is_ok());
                course.changed |= !report.versions().is_empty();
                if let Some(record) = &mut self.record {
                    record.add(&report, took);
                    if unwritten.is_ok() && record.is_due() {
                        unwritten = record.write(&mut self.holder);
                    }
                }
                outcomes.insert(report.id, *report);
            }
        });
        self.weights = weights;
        self.workers = workers;
        let failed = course.failed - failed_before;
        self.notice_stop();
        course.is_over = course.failed >= migrator.enough()
            || (course.number == 0 && failed > 0)
            || self.report.stopped;
        not_reached(outcomes, left);
        self.write(unwritten, std::mem::take(&mut course.changed))?;
        worked?;
        self.tell(&FleetEvent::WaveEnded {
            number: course.number,
            failed,
        });
        Ok(())
    }

    /// Writes down what came of a wave, and tells pools and caches elsewhere of it. If the connection was lost meanwhile, so was
    /// the lock of the fleet: the locks of schemata have kept others away from each.
    fn write(&mut self, unwritten: QueryResult<()>, changed: bool) -> Result<(), MigrateError> {
        let written = unwritten.and_then(|()| self.write_once(changed));
        if written.is_ok() {
            return Ok(());
        }
        self.hold_again()?;
        let written = self.write_once(changed);
        written.map_err(MigrateError::query(&Place::Global))
    }

    /// Takes the lock of the fleet on another connection.
    fn hold_again(&mut self) -> Result<(), MigrateError> {
        self.holder = connect(self.url)?;
        self.hold()
    }

    fn write_once(&mut self, changed: bool) -> QueryResult<()> {
        if let Some(record) = &mut self.record {
            record.write(&mut self.holder)?;
        }
        if changed {
            sql::notify(&mut self.holder)?;
        }
        Ok(())
    }

    /// What came of each schema, in the order of their numbers.
    fn reports(
        &self,
        goal: &Goal,
        targets: Vec<Target>,
        mut outcomes: HashMap<i32, SchemaReport>,
    ) -> Vec<SchemaReport> {
        let selected = targets.into_iter().filter(|it| self.is_selected(it));
        let reports = selected.map(|target| {
            outcomes.remove(&target.id).unwrap_or_else(|| {
                let outcome = match target.status {
                    SchemaStatus::Purging => Outcome::Purging,
                    _ if !target.exists => Outcome::Missing,
                    _ if target.todo.is_empty() || goal.work == Work::Redo => Outcome::UpToDate,
                    _ => Outcome::NotReached,
                };
                SchemaReport::new((target.id, target.name), outcome, None)
            })
        });
        reports.collect()
    }

    /// Those that have something to do and were not visited yet.
    pub(super) fn pending(&self, targets: &[Target], visited: &HashSet<i32>) -> Vec<Target> {
        let pending = targets
            .iter()
            .filter(|it| it.is_pending() && self.is_selected(it) && !visited.contains(&it.id));
        pending.cloned().collect()
    }

    fn is_selected(&self, target: &Target) -> bool {
        let selected = self.selected.as_ref();
        selected.is_none_or(|it| it.contains(&target.id))
    }
}

fn not_reached(outcomes: &mut HashMap<i32, SchemaReport>, targets: Vec<Target>) {
    for target in targets {
        let (id, name) = (target.id, target.name);
        let report = SchemaReport::new((id, name), Outcome::NotReached, None);
        outcomes.insert(id, report);
    }
}

/// How far the waves have come.
#[derive(Debug, Default)]
struct Course {
    /// The number of the next wave.
    number: usize,
    /// How many schemata it has at most.
    size: usize,
    done: usize,
    failed: usize,
    pending: usize,
    /// Whether any schema of the wave has another shape now.
    changed: bool,
    is_over: bool,
}

impl Migrator {
    /// After how many failures nothing else is begun.
    fn enough(&self) -> usize {
        match self.on_error {
            OnError::Stop => 1,
            OnError::Continue => usize::MAX,
            OnError::StopAfter(most) => most.get(),
        }
    }
}
