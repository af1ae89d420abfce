//! Reverting what was applied last, everywhere.

use std::collections::{BTreeSet, HashSet};

use super::error::MigrateError;
use super::event::FleetEvent;
use super::list::List;
use super::place::Place;
use super::report::FleetReport;
use super::run::Run;
use super::sql;
use super::survey::Survey;
use super::target::Target;
use super::work::{Goal, Work};
use crate::name::SchemaName;

impl Run<'_> {
    /// Reverts the last `count` tenant migrations of the template, one after the other, each there first and then in every
    /// schema that has it; or does that and applies them again.
    pub(super) fn back(mut self, work: Work, count: usize) -> Result<FleetReport, MigrateError> {
        let done = self.all_back(work, count);
        self.end(done)
    }

    fn all_back(&mut self, work: Work, count: usize) -> Result<(), MigrateError> {
        let tenant = List::read("tenant", &self.migrator.tenant)?;
        let asked = MigrateError::query(&Place::Global);
        // There is nothing to revert in a database that was never migrated.
        if !sql::has_registry(&mut self.holder).map_err(&asked)? {
            return Ok(());
        }
        let shared = &self.migrator.shared;
        let mut survey = Survey::of(&mut self.holder, shared).map_err(&asked)?;
        if survey.is_none() {
            // By an earlier version of the library.
            self.install()?;
            survey = Survey::of(&mut self.holder, shared).map_err(&asked)?;
        }
        let Some(survey) = survey else {
            return Ok(());
        };
        self.ids = survey.ids;
        if self.migrator.verify {
            self.verify()?;
        }
        let none = Goal {
            work,
            versions: Vec::new(),
        };
        let targets = Target::all(&mut self.holder, &none)?;
        self.select(&targets)?;
        let versions = self.last(&survey.template, count)?;
        let template = SchemaName::template;
        if let Some(unknown) = versions.iter().find(|it| tenant.get(it).is_none()) {
            return Err(MigrateError::UnknownVersion {
                schema: Some(template()),
                version: unknown.clone(),
            });
        }
        if let (Work::Redo, Some(version)) = (work, versions.first()) {
            self.check_behind(version, survey.template.contains(version))?;
        }
        if let Some(run) = survey.unended {
            self.report.resumed = Some(run);
            self.tell(&FleetEvent::Resumed { run });
        }
        self.report.work = Some(work);
        for (index, version) in versions.into_iter().enumerate() {
            let goal = Goal {
                work,
                versions: vec![version],
            };
            let is_first = index == 0;
            if !is_first && self.migrator.stop.is_stopped() {
                self.notice_stop();
                return self.leave_after(&goal, None);
            }
            match self.one_back(&tenant, &goal) {
                Err(error) if !is_first => return self.leave_after(&goal, Some(error)),
                done => done?,
            }
            if !self.report.is_ok() {
                break;
            }
            self.end_record();
        }
        Ok(())
    }

    /// Reverts one migration everywhere.
    fn one_back(&mut self, tenant: &List, goal: &Goal) -> Result<(), MigrateError> {
        let targets = Target::all(&mut self.holder, goal)?;
        let pending = self.pending(&targets, &HashSet::new()).len();
        self.tell_began(goal.work, targets.len(), pending);
        self.begin_record(goal.work, pending)?;
        self.template(tenant, goal)?;
        // Asked for anew: one may have been made before the template was changed.
        self.fleet(goal, None)
    }

    /// Ends a run that has reverted something already: that is not to be lost, whatever keeps it from going on.
    fn leave_after(
        &mut self,
        goal: &Goal,
        trouble: Option<MigrateError>,
    ) -> Result<(), MigrateError> {
        let left = self.leave(goal);
        self.report.trouble = trouble.or(left.err());
        Ok(())
    }

    /// The last versions that the template has, or any schema: where a run before did not come to its end, it is gone from the
    /// template already.
    fn last(&mut self, template: &[String], count: usize) -> Result<Vec<String>, MigrateError> {
        let noted = sql::noted(&mut self.holder).map_err(MigrateError::query(&Place::Global))?;
        let mut versions: BTreeSet<String> = noted.into_values().flatten().collect();
        versions.extend(template.iter().cloned());
        Ok(versions.into_iter().rev().take(count).collect())
    }

    /// Refuses to do again what was not done everywhere: where an attempt has reverted it and then failed, only `run` helps.
    fn check_behind(&mut self, version: &str, has_template: bool) -> Result<(), MigrateError> {
        let goal = Goal {
            work: Work::Run,
            versions: vec![version.to_owned()],
        };
        let targets = Target::all(&mut self.holder, &goal)?;
        let behind = self.pending(&targets, &HashSet::new());
        let template = (!has_template).then(|| SchemaName::TEMPLATE.to_owned());
        let schemata = behind.into_iter().map(|it| it.name.to_string());
        let names: Vec<String> = template.into_iter().chain(schemata).collect();
        if names.is_empty() {
            return Ok(());
        }
        let version = version.to_owned();
        Err(MigrateError::Behind { version, names })
    }
}
