//! Reverting what was applied last, everywhere.

use std::collections::HashSet;

use super::error::MigrateError;
use super::event::FleetEvent;
use super::list::List;
use super::place::Place;
use super::report::FleetReport;
use super::run::Run;
use super::survey::Survey;
use super::target::Target;
use super::work::{Goal, Work};
use crate::name::SchemaName;

impl Run<'_> {
    /// Reverts the last `count` tenant migrations of the template, one after the other, each there first and then in every
    /// schema that has it; or does that and applies them again.
    pub(super) fn back(mut self, work: Work, count: usize) -> Result<FleetReport, MigrateError> {
        let tenant = List::read("tenant", &self.migrator.tenant)?;
        let survey = Survey::of(&mut self.holder, &self.migrator.shared);
        let survey = survey.map_err(MigrateError::query(&Place::Global))?;
        // There is nothing to revert in a database that was never migrated.
        let Some(survey) = survey else {
            return self.end();
        };
        self.ids = survey.ids;
        if self.migrator.verify {
            self.verify()?;
        }
        let mut versions = survey.template;
        versions.sort_unstable();
        let versions: Vec<String> = versions.into_iter().rev().take(count).collect();
        if let Some(unknown) = versions.iter().find(|it| tenant.get(it).is_none()) {
            return Err(MigrateError::UnknownVersion {
                schema: Some(SchemaName::template()),
                version: unknown.clone(),
            });
        }
        if let Some(run) = survey.unended {
            self.report.resumed = Some(run);
            self.tell(&FleetEvent::Resumed { run });
        }
        for version in versions {
            let goal = Goal {
                work,
                versions: vec![version],
            };
            let targets = Target::all(&mut self.holder, &goal)?;
            self.check_names(&targets)?;
            let pending = self.pending(&targets, &HashSet::new()).len();
            self.tell(&FleetEvent::Began {
                work,
                schemata: targets.len(),
                pending,
            });
            self.begin_record(work, pending)?;
            let done = self.template(&tenant, &goal);
            self.after_template(done)?;
            self.fleet(&goal, Some(targets))?;
            self.end_record()?;
            if !self.report.is_ok() {
                break;
            }
        }
        self.end()
    }
}
