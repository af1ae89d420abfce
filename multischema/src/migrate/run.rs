//! One run: locks, order, and what follows from a failure.

use std::collections::HashSet;
use std::time::Duration;

use diesel::pg::PgConnection;

use super::error::{Chain, MigrateError};
use super::event::FleetEvent;
use super::list::List;
use super::migrator::Migrator;
use super::place::Place;
use super::record::{Record, State};
use super::report::FleetReport;
use super::sql;
use super::steps::Orders;
use super::survey::Survey;
use super::target::Target;
use super::weights::Weights;
use super::work::{Goal, Work};
use super::worker::{Worker, connect};
use crate::name::SchemaName;
use crate::registry::{Lock, adopt, choose_ids, found_ids, guard_template, install};
use crate::template::Ids;

/// A run that has the lock of all schemata.
pub(super) struct Run<'a> {
    pub(super) migrator: &'a Migrator,
    pub(super) url: &'a str,
    /// The connection that has the lock of the fleet. It runs no migration and is in no transaction, so that nothing which a
    /// migration does ends it, and no `CREATE INDEX CONCURRENTLY` waits for it.
    pub(super) holder: PgConnection,
    pub(super) workers: Vec<Worker<'a>>,
    /// What the database was prepared with.
    pub(super) ids: Ids,
    pub(super) weights: Weights,
    /// The numbers of the schemata that were named, if any were: a name may change meanwhile.
    pub(super) selected: Option<HashSet<i32>>,
    /// Whether its beginning was told.
    pub(super) has_begun: bool,
    pub(super) record: Option<Record>,
    pub(super) report: FleetReport,
}

impl<'a> Run<'a> {
    pub(super) fn start(migrator: &'a Migrator, url: &'a str) -> Result<Self, MigrateError> {
        let mut run = Self {
            migrator,
            url,
            holder: connect(url)?,
            workers: vec![worker(migrator, url)],
            ids: Ids::default(),
            weights: Weights::default(),
            selected: None,
            has_begun: false,
            record: None,
            report: FleetReport::default(),
        };
        run.hold()?;
        Ok(run)
    }

    /// Takes the lock of the fleet.
    pub(super) fn hold(&mut self) -> Result<(), MigrateError> {
        sql::stay(&mut self.holder).map_err(MigrateError::query(&Place::Global))?;
        self.lock(Lock::Fleet, None)
    }

    /// Brings everything up to date.
    pub(super) fn up_to_date(mut self) -> Result<FleetReport, MigrateError> {
        let done = self.all();
        self.end(done)
    }

    fn all(&mut self) -> Result<(), MigrateError> {
        let migrator = self.migrator;
        let global = List::read("global", &migrator.global)?;
        let tenant = List::read("tenant", &migrator.tenant)?;
        let goal = Goal {
            work: Work::Run,
            versions: tenant.versions(),
        };
        let of_global = Goal {
            work: Work::Run,
            versions: global.versions(),
        };
        let survey = Survey::of(&mut self.holder, &migrator.shared);
        let survey = survey.map_err(MigrateError::query(&Place::Global))?;
        if let Some(survey) = &survey {
            self.ids = survey.ids;
            if migrator.verify {
                self.verify()?;
            }
        }
        let targets = match &survey {
            Some(_) => Target::all(&mut self.holder, &goal)?,
            None => Vec::new(),
        };
        self.select(&targets)?;
        let is_ready = survey.as_ref().is_some_and(|survey| {
            of_global.todo(&survey.global).is_empty()
                && goal.todo(&survey.template).is_empty()
                && survey.is_guarded
                && !survey.is_shadowed
                && migrator.ids.is_none_or(|wanted| wanted == survey.ids)
        });
        let pending = self.pending(&targets, &HashSet::new()).len();
        self.tell_began(Work::Run, targets.len(), pending);
        if let Some(run) = survey.and_then(|it| it.unended) {
            self.report.resumed = Some(run);
            self.tell(&FleetEvent::Resumed { run });
        }
        if !is_ready {
            self.install()?;
        }
        if !is_ready || pending > 0 || self.report.resumed.is_some() {
            self.begin_record(Work::Run, pending)?;
        }
        if !is_ready {
            self.before_the_schemata((&global, &of_global), (&tenant, &goal))?;
        }
        self.fleet(&goal, is_ready.then_some(targets))
    }

    /// Finds the schemata that were named, and refuses names that there are not.
    pub(super) fn select(&mut self, targets: &[Target]) -> Result<(), MigrateError> {
        let Some(only) = &self.migrator.only else {
            return Ok(());
        };
        Target::check_names(Some(only), targets)?;
        let named = targets.iter().filter(|it| only.contains(&it.name));
        self.selected = Some(named.map(|it| it.id).collect());
        Ok(())
    }

    /// What all share, and the template.
    fn before_the_schemata(
        &mut self,
        (global, of_global): (&List, &Goal),
        (tenant, goal): (&List, &Goal),
    ) -> Result<(), MigrateError> {
        self.prepare()?;
        let (applied, taken) = self.migrate(&Place::Global, global, of_global)?;
        let noted = self.note(&Place::Global, applied);
        taken.and(noted)?;
        self.template(tenant, goal)
    }

    /// Writes down and tells what was done in `public` or the template, whether it is all or not.
    fn note(&mut self, place: &Place, versions: Vec<String>) -> Result<(), MigrateError> {
        if versions.is_empty() {
            return Ok(());
        }
        let noted = match &self.record {
            Some(record) => record.note(&mut self.holder, place, &versions),
            None => Ok(()),
        };
        let (done, event) = match place {
            Place::Global => (
                &mut self.report.global,
                FleetEvent::Global {
                    versions: versions.clone(),
                },
            ),
            _ => (
                &mut self.report.template,
                FleetEvent::Template {
                    versions: versions.clone(),
                },
            ),
        };
        done.extend(versions);
        self.tell(&event);
        noted.map_err(MigrateError::query(&Place::Global))
    }

    /// The library's tables, and how ids are to count.
    pub(super) fn install(&mut self) -> Result<(), MigrateError> {
        let pg = self.workers[0].pg()?;
        install(pg).map_err(MigrateError::Install)?;
        self.ids = match self.migrator.ids {
            None => found_ids(pg).map_err(|error| MigrateError::Install(error.into()))?,
            Some(wanted) => {
                let found = choose_ids(pg, wanted).map_err(MigrateError::Install)?;
                if found != wanted {
                    return Err(MigrateError::OtherIds { wanted, found });
                }
                found
            }
        };
        Ok(())
    }

    /// The template, and that no name is in use twice.
    fn prepare(&mut self) -> Result<(), MigrateError> {
        self.lock(Lock::Template, Some(&SchemaName::template()))?;
        let (ids, shared) = (self.ids, &self.migrator.shared);
        let (pg, _) = self.workers[0].at(&Place::Global)?;
        let asked = MigrateError::query(&Place::Template);
        adopt(pg, ids).map_err(&asked)?;
        let shadowed = sql::shadowed(pg, shared).map_err(&asked)?;
        self.unlock(Lock::Template);
        MigrateError::shadowed(None, shadowed)
    }

    /// Migrates the template.
    pub(super) fn template(&mut self, list: &List, goal: &Goal) -> Result<(), MigrateError> {
        self.lock(Lock::Template, Some(&SchemaName::template()))?;
        // A global migration may have made a table.
        let (pg, _) = self.workers[0].at(&Place::Template)?;
        guard_template(pg).map_err(MigrateError::query(&Place::Template))?;
        let (applied, taken) = self.migrate(&Place::Template, list, goal)?;
        let noted = self.note(&Place::Template, applied);
        self.unlock(Lock::Template);
        taken.and(noted)
    }

    /// Migrates one place, and returns what was done there, also if not all could be.
    fn migrate(
        &mut self,
        place: &Place,
        list: &List,
        goal: &Goal,
    ) -> Result<(Vec<String>, Result<(), MigrateError>), MigrateError> {
        let worker = &mut self.workers[0];
        let (pg, standing) = worker.at(place)?;
        let asked = MigrateError::query(place);
        let history = sql::history_or_new(pg, place.called()).map_err(&asked)?;
        let orders = Orders {
            goal,
            ids: self.ids,
            weights: &self.weights,
            patience: self.migrator.lock_timeout,
            stop: &self.migrator.stop,
            retried: &|_, _, _| {},
        };
        let steps = orders.steps(&goal.todo(&history));
        let mut done = Vec::new();
        let taken = orders.take(worker, (place, &standing), list, &steps, false, &mut done);
        // A connection that is not clean is no trouble of anybody's, as long as another can be made.
        if !matches!(taken, Ok(None)) {
            worker.replace();
        }
        self.notice_stop();
        Ok((done, taken.map(|_| ())))
    }

    pub(super) fn begin_record(&mut self, work: Work, pending: usize) -> Result<(), MigrateError> {
        let record = Record::begin(&mut self.holder, work, pending);
        let record = record.map_err(MigrateError::query(&Place::Global))?;
        self.report.run = Some(record.id);
        self.record = Some(record);
        Ok(())
    }

    /// Writes down how the run ended.
    pub(super) fn end_record(&mut self) {
        let state = match (self.report.is_ok(), self.report.stopped) {
            (true, _) => State::Done,
            (false, true) => State::Stopped,
            (false, false) => State::Failed,
        };
        let Some(mut record) = self.record.take() else {
            return;
        };
        let trouble = self.report.trouble.as_ref();
        let message = trouble.map(|error| Chain(error).to_string());
        let ended = record.end(&mut self.holder, state, message);
        if let Err(error) = ended {
            let error = MigrateError::query(&Place::Global)(error);
            self.report.trouble.get_or_insert(error);
        }
    }

    /// Returns the report, or why the run has failed before the first schema, once that is written down.
    pub(super) fn end(
        mut self,
        done: Result<(), MigrateError>,
    ) -> Result<FleetReport, MigrateError> {
        if let (Err(error), Some(record)) = (&done, &mut self.record) {
            let message = Chain(error).to_string();
            // What failed is returned, whether it could be written or not.
            let _ = record.end(&mut self.holder, State::Failed, Some(message));
        } else {
            self.end_record();
        }
        let is_ok = done.is_ok() && self.report.is_ok();
        if done.is_ok() || self.has_begun {
            self.tell(&FleetEvent::Ended { is_ok });
        }
        done.map(|()| self.report)
    }

    pub(super) fn tell_began(&mut self, work: Work, schemata: usize, pending: usize) {
        self.has_begun = true;
        self.tell(&FleetEvent::Began {
            work,
            schemata,
            pending,
        });
    }

    /// Tells once that the run is asked to stop.
    pub(super) fn notice_stop(&mut self) {
        if self.migrator.stop.is_stopped() && !self.report.stopped {
            self.report.stopped = true;
            self.tell(&FleetEvent::Stopping);
        }
    }

    pub(super) fn tell(&self, event: &FleetEvent) {
        if let Some(hear) = &self.migrator.on_event {
            hear(event);
        }
    }

    fn lock(&mut self, lock: Lock, schema: Option<&SchemaName>) -> Result<(), MigrateError> {
        let waited: Duration = self.migrator.lock_timeout;
        match lock.poll(&mut self.holder, waited) {
            Ok(true) => Ok(()),
            Ok(false) => Err(MigrateError::Busy {
                schema: schema.cloned(),
                waited,
            }),
            Err(source) => Err(MigrateError::Query {
                schema: schema.cloned(),
                source,
            }),
        }
    }

    fn unlock(&mut self, lock: Lock) {
        // If the connection is gone, so is the lock, and taking the next one tells.
        let _ = lock.release(&mut self.holder);
    }
}

pub(super) fn worker<'a>(migrator: &'a Migrator, url: &'a str) -> Worker<'a> {
    let turn = Orders::turn(migrator.lock_timeout);
    Worker::new(url, turn, &migrator.shared)
}
