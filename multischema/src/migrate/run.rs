//! One run: locks, order, and what follows from a failure.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::prelude::*;

use super::checked::run_pending;
use super::error::MigrateError;
use super::list::List;
use super::migrator::{Migrator, OnError};
use super::place::Place;
use super::report::{FleetReport, Outcome, SchemaReport};
use super::sql;
use super::weights::Weights;
use super::worker::{Worker, connect};
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::registry::{
    Lock, adopt, choose_ids, found_ids, guard_template, install, schema_exists, schemas,
};
use crate::template::Ids;

/// A run that has the lock of all schemata.
pub(super) struct Run<'a> {
    migrator: &'a Migrator,
    /// The connection that has the locks. It runs no migration and is in no transaction, so that nothing which a
    /// migration does ends it, and no `CREATE INDEX CONCURRENTLY` waits for it.
    holder: PgConnection,
    worker: Worker<'a>,
    /// What the database was prepared with.
    ids: Ids,
    weights: Weights,
    /// The schemata that are next.
    waiting: VecDeque<(i32, SchemaName)>,
}

impl<'a> Run<'a> {
    pub(super) fn start(migrator: &'a Migrator, url: &'a str) -> Result<Self, MigrateError> {
        let mut holder = connect(url)?;
        sql::stay(&mut holder).map_err(MigrateError::query(&Place::Global))?;
        // A time-out of 0 is none for PostgreSQL.
        let lock_timeout = i32::try_from(migrator.lock_timeout.as_millis()).unwrap_or(i32::MAX);
        let mut run = Self {
            migrator,
            holder,
            worker: Worker::new(url, lock_timeout.max(1), &migrator.shared),
            ids: Ids::default(),
            weights: Weights::default(),
            waiting: VecDeque::new(),
        };
        run.lock(Lock::Fleet, None)?;
        Ok(run)
    }

    pub(super) fn finish(
        mut self,
        global: &List,
        tenant: &List,
    ) -> Result<FleetReport, MigrateError> {
        self.prepare()?;
        let global = self.migrate(&Place::Global, global)?;
        let template = self.template(tenant)?;
        let mut report = FleetReport {
            global,
            template,
            schemata: Vec::new(),
        };
        let mut stopped = false;
        let mut visited = HashSet::new();
        // Again until there are no more: one may have been copied meanwhile from another that was not migrated yet. Whoever
        // copies a schema has its lock, so all are there once the last is migrated.
        while let Some((id, schema)) = self.next(&mut visited)? {
            let reported = if stopped {
                let outcome = Outcome::NotReached;
                Some(SchemaReport { schema, outcome })
            } else {
                self.schema(id, schema, tenant)
            };
            let failed = |it: &SchemaReport| matches!(it.outcome, Outcome::Failed { .. });
            stopped |=
                self.migrator.on_error == OnError::Stop && reported.as_ref().is_some_and(failed);
            report.schemata.extend(reported);
        }
        Ok(report)
    }

    /// The library's tables, the template, and that no name is in use twice.
    fn prepare(&mut self) -> Result<(), MigrateError> {
        let pg = self.worker.pg()?;
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
        self.lock(Lock::Template, Some(&SchemaName::template()))?;
        let ids = self.ids;
        let (pg, _) = self.worker.at(&Place::Global)?;
        let asked = MigrateError::query(&Place::Template);
        adopt(pg, ids).map_err(&asked)?;
        let shadowed = sql::shadowed(pg).map_err(&asked)?;
        self.unlock(Lock::Template);
        MigrateError::shadowed(None, shadowed)
    }

    fn template(&mut self, list: &List) -> Result<Vec<String>, MigrateError> {
        self.lock(Lock::Template, Some(&SchemaName::template()))?;
        // A global migration may have made a table.
        let (pg, _) = self.worker.at(&Place::Template)?;
        guard_template(pg).map_err(MigrateError::query(&Place::Template))?;
        let applied = self.migrate(&Place::Template, list)?;
        self.unlock(Lock::Template);
        Ok(applied)
    }

    /// Migrates one place, all or an error.
    fn migrate(&mut self, place: &Place, list: &List) -> Result<Vec<String>, MigrateError> {
        let mut applied = Vec::new();
        let (pg, standing) = self.worker.at(place)?;
        run_pending(
            pg,
            place,
            &standing,
            self.ids,
            &self.weights,
            list,
            &mut applied,
        )?;
        Ok(applied)
    }

    /// A schema that was not visited yet.
    fn next(
        &mut self,
        visited: &mut HashSet<i32>,
    ) -> Result<Option<(i32, SchemaName)>, MigrateError> {
        if self.waiting.is_empty() {
            self.waiting = self.rows()?.into();
            self.waiting.retain(|(id, _)| !visited.contains(id));
        }
        let next = self.waiting.pop_front();
        visited.extend(next.iter().map(|(id, _)| *id));
        Ok(next)
    }

    /// All schemata of the registry.
    fn rows(&mut self) -> Result<Vec<(i32, SchemaName)>, MigrateError> {
        let rows: Vec<(i32, String)> = schemas::table
            .select((schemas::id, schemas::name))
            .order(schemas::id)
            .load(self.worker.pg()?)
            .map_err(MigrateError::query(&Place::Global))?;
        let named = rows.into_iter().map(|(id, name)| Ok((id, name.parse()?)));
        named.collect()
    }

    /// What came of a schema; none if its row is gone.
    fn schema(&mut self, id: i32, mut schema: SchemaName, list: &List) -> Option<SchemaReport> {
        let mut applied = Vec::new();
        let lock = Lock::Schema(id);
        let worked = self.lock(lock, Some(&schema)).and_then(|()| {
            let worked = self.work(id, &mut schema, list, &mut applied);
            if worked.is_err() {
                self.worker.replace();
            }
            self.unlock(lock);
            worked
        });
        let outcome = match worked {
            Ok(Found::Nothing) => return None,
            Ok(Found::Row) => Outcome::Missing,
            Ok(Found::Remains) => Outcome::Purging,
            Ok(Found::Schema) if applied.is_empty() => Outcome::UpToDate,
            Ok(Found::Schema) => Outcome::Applied(applied),
            Err(error) => Outcome::Failed { applied, error },
        };
        Some(SchemaReport { schema, outcome })
    }

    /// Migrates a schema whose lock is held.
    fn work(
        &mut self,
        id: i32,
        schema: &mut SchemaName,
        list: &List,
        applied: &mut Vec<String>,
    ) -> Result<Found, MigrateError> {
        let about = |name: &SchemaName, called: &SchemaName| Place::Schema {
            id,
            name: name.clone(),
            called: called.clone(),
        };
        let asked = MigrateError::query(&about(schema, schema));
        let pg = self.worker.pg()?;
        // It may have been purged, renamed or archived while another was worked on.
        let status = match sql::row(pg, id).map_err(&asked)? {
            Some((name, status)) => {
                *schema = name.parse()?;
                status
            }
            None => return Ok(Found::Nothing),
        };
        let called = match status {
            SchemaStatus::Purging => return Ok(Found::Remains),
            SchemaStatus::Archived => SchemaName::archived(id),
            _ => schema.clone(),
        };
        if !schema_exists(pg, called.as_str()).map_err(&asked)? {
            return Ok(Found::Row);
        }
        let place = about(schema, &called);
        let (pg, standing) = self.worker.at(&place)?;
        run_pending(
            pg,
            &place,
            &standing,
            self.ids,
            &self.weights,
            list,
            applied,
        )?;
        // A schema that was migrated by hand, or by a run that ended in the middle.
        sql::note_history(pg, id).map_err(&asked)?;
        Ok(Found::Schema)
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

/// What there is of a schema.
enum Found {
    Nothing,
    Row,
    /// What a purge has not removed yet.
    Remains,
    Schema,
}
