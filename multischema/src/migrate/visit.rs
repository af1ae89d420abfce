//! One schema: what is found there, what is done, and what came of it.

use diesel::connection::AnsiTransactionManager;

use super::error::MigrateError;
use super::list::List;
use super::message::{self, Belief};
use super::place::Place;
use super::report::{Outcome, SchemaReport};
use super::sql::{self, Standing};
use super::steps::Orders;
use super::target::Target;
use super::work::{Way, Work};
use super::worker::Worker;
use crate::lifecycle::SchemaStatus;
use crate::registry::{Lock, schema_exists};

/// Who goes from schema to schema.
pub(super) struct Visitor<'a, 'w> {
    pub(super) worker: &'a mut Worker<'w>,
    pub(super) list: List,
    pub(super) orders: &'a Orders<'a>,
    /// What went wrong after all was done: the connection could not be cleaned.
    pub(super) trouble: Option<MigrateError>,
}

/// What there is of a schema.
enum Found {
    Nothing,
    Row,
    /// What a purge has not removed yet.
    Remains,
    Schema,
}

impl Visitor<'_, '_> {
    /// Does in a schema what is left to do; returns what came of it, under the name that it was found to have. None if it is gone.
    pub(super) fn visit(&mut self, mut target: Target) -> Option<SchemaReport> {
        let mut done = Vec::new();
        self.worker.visit();
        let worked = self.work(&mut target, &mut done);
        let trouble = self.trouble.take();
        if worked.is_err() || trouble.is_some() {
            self.worker.replace();
        }
        let outcome = match worked {
            Ok(Found::Nothing) => return None,
            Ok(Found::Row) => Outcome::Missing,
            Ok(Found::Remains) => Outcome::Purging,
            Ok(Found::Schema) if done.is_empty() => Outcome::UpToDate,
            Ok(Found::Schema) => match self.orders.goal.work {
                Work::Run => Outcome::Applied(done),
                Work::Revert => Outcome::Reverted(done),
                Work::Redo => Outcome::Redone(done),
            },
            Err(error) => Outcome::Failed {
                applied: done,
                error,
            },
        };
        Some(SchemaReport::new(
            (target.id, target.name),
            outcome,
            trouble,
        ))
    }

    fn work(&mut self, target: &mut Target, done: &mut Vec<String>) -> Result<Found, MigrateError> {
        let mut has_looked = false;
        loop {
            let steps = self.orders.steps(&target.todo);
            if steps.is_empty() {
                self.trouble = self.worker.clean(&target.place()).err();
                return Ok(Found::Schema);
            }
            let place = target.place();
            match self.enter(target, &place, &steps) {
                Ok((standing, has_begun)) => {
                    let Self {
                        worker,
                        list,
                        orders,
                        trouble,
                    } = self;
                    let at = (&place, &standing);
                    *trouble = orders.take(worker, at, list, &steps, has_begun, done)?;
                    return Ok(Found::Schema);
                }
                Err(error) if has_looked => return Err(error),
                Err(_) => {
                    // It is in use, or another than was believed, or the connection is gone.
                    self.worker.replace();
                    match self.look(target)? {
                        Found::Schema => has_looked = true,
                        other => {
                            self.trouble = self.worker.clean(&place).err();
                            return Ok(other);
                        }
                    }
                }
            }
        }
    }

    /// Puts the connection into a schema that is what it is believed to be, in one message. Returns whether a transaction of
    /// the first step has begun.
    fn enter(
        &mut self,
        target: &Target,
        place: &Place,
        steps: &[(String, Way)],
    ) -> Result<(Standing, bool), MigrateError> {
        let path = place.path(self.worker.shared())?;
        let called = target.called();
        let belief = Belief {
            id: target.id,
            name: &target.name,
            status: target.status,
            called: &called,
            versions: &target.todo,
            are_present: self.orders.goal.is_present(),
        };
        let shared = self.worker.shared();
        self.worker.pg()?;
        let standing = Standing::of(place, &path, self.worker.role());
        let last_error = self.worker.last_error();
        let orders = self.orders;
        let first = orders.step(
            (place, &standing),
            shared,
            &self.list,
            &steps[0],
            &last_error,
        )?;
        let begins = first.in_transaction() && !first.is_heavy();
        let text = message::enter(&belief, &path, begins);
        let pg = self.worker.pg()?;
        let entered = if begins {
            AnsiTransactionManager::begin_transaction_sql(pg, &text)
        } else {
            sql::run(pg, &text)
        };
        entered.map_err(MigrateError::query(place))?;
        Ok((standing, begins))
    }

    /// Finds out what a schema is like now, once it is nobody else's, and has the registry say of it what its history says.
    fn look(&mut self, target: &mut Target) -> Result<Found, MigrateError> {
        let place = target.place();
        self.lock(target)?;
        let asked = MigrateError::query(&place);
        let shared = self.worker.shared();
        let pg = self.worker.pg()?;
        let Some((name, status)) = sql::row(pg, target.id).map_err(&asked)? else {
            return Ok(Found::Nothing);
        };
        target.name = name.parse()?;
        target.status = status;
        if status == SchemaStatus::Purging {
            return Ok(Found::Remains);
        }
        let called = target.called();
        if !schema_exists(pg, called.as_str()).map_err(&asked)? {
            return Ok(Found::Row);
        }
        // It may be there and not for this role.
        target.place().enter(pg, shared)?;
        let history = sql::history_or_new(pg, called.as_str()).map_err(&asked)?;
        sql::note_history(pg, target.id, &history).map_err(&asked)?;
        target.todo = self.orders.goal.todo(&history);
        Ok(Found::Schema)
    }

    /// Takes the lock of a schema, and does not wait inside of PostgreSQL for it.
    fn lock(&mut self, target: &Target) -> Result<(), MigrateError> {
        let patience = self.orders.patience;
        let pg = self.worker.pg()?;
        let taken = Lock::Schema(target.id).poll(pg, patience);
        if taken.map_err(MigrateError::query(&target.place()))? {
            return Ok(());
        }
        Err(MigrateError::Busy {
            schema: Some(target.name.clone()),
            waited: patience,
        })
    }
}
