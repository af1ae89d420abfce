//! One migration in one place: what is done around it, in its transaction.

use diesel::connection::{
    AnsiTransactionManager, BoxableConnection, TransactionManager, TransactionManagerStatus,
};
use diesel::migration::{self, Migration};
use diesel::pg::{Pg, PgConnection};

use super::BoxError;
use super::error::MigrateError;
use super::last_error::{LastError, Said};
use super::message::{self, Refusal};
use super::place::Place;
use super::sql::{self, Standing};
use super::weights::{Weight, Weights};
use super::work::Way;
use crate::name::SchemaName;
use crate::path::SharedSchemata;
use crate::registry::guard_template;
use crate::template::{Ids, keep_ids_apart, locks, room};
use crate::transaction::{depth, roll_back_to};

/// A migration, its way, and where it is to run.
pub(super) struct Step<'a> {
    pub(super) migration: &'a dyn Migration<Pg>,
    pub(super) way: Way,
    pub(super) place: &'a Place,
    /// Where the connection was proven to be.
    pub(super) standing: &'a Standing,
    pub(super) shared: &'a SharedSchemata,
    pub(super) ids: Ids,
    pub(super) weights: &'a Weights,
    pub(super) last_error: &'a LastError,
    /// For how many milliseconds a statement waits for the lock of a table, where it cannot be tried again; and where it can.
    pub(super) patience: i32,
    pub(super) turn: i32,
}

impl Step<'_> {
    /// Runs the migration and writes its history, in one transaction if the migration wants one. That may have
    /// [begun](message::BEGIN) with the message before. `then` is sent with the end of it.
    ///
    /// Nothing of it is left if it fails, but for a migration in no transaction. Where it is done, and what was sent `then` fails,
    /// that is returned as no failure.
    pub(super) fn take(
        &self,
        pg: &mut PgConnection,
        has_begun: bool,
        then: &str,
    ) -> Result<Option<MigrateError>, MigrateError> {
        self.last_error.clear();
        if !self.in_transaction() {
            self.check_locks(pg)?;
            let worked = self.alone(pg, then);
            return self.taken(pg, worked);
        }
        if !has_begun {
            self.check_locks(pg)?;
            AnsiTransactionManager::begin_transaction_sql(pg, message::BEGIN)
                .map_err(MigrateError::query(self.place))?;
        }
        let mut worked = self.work(pg, then);
        if worked.as_ref().is_err_and(|error| error.is::<OtherIds>()) {
            roll_back_to(pg, 0);
            AnsiTransactionManager::begin_transaction_sql(pg, message::BEGIN)
                .map_err(MigrateError::query(self.place))?;
            worked = self.work(pg, then);
        }
        self.taken(pg, worked)
    }

    /// What is left of a failure once it is known whether the transaction was committed before it.
    fn taken(
        &self,
        pg: &mut PgConnection,
        worked: migration::Result<()>,
    ) -> Result<Option<MigrateError>, MigrateError> {
        let Err(error) = worked else { return Ok(None) };
        roll_back_to(pg, 0);
        match error.downcast::<NotEnded>() {
            Ok(error) if self.is_committed(pg) => Ok(Some(MigrateError::NotCleaned {
                schema: self.place.schema(),
                source: error.0,
            })),
            Ok(error) => Err(self.failed(pg, error.0.into())),
            Err(error) => Err(self.failed(pg, error)),
        }
    }

    /// Whether the history says that the migration is done. Where nobody answers any more, the next run finds it out.
    fn is_committed(&self, pg: &mut PgConnection) -> bool {
        let Ok(Some(history)) = sql::history(pg, self.place.called()) else {
            return false;
        };
        let version = self.migration.name().version().to_string();
        history.contains(&version) == (self.way == Way::Up)
    }

    pub(super) fn in_transaction(&self) -> bool {
        self.migration.metadata().run_in_transaction()
    }

    /// Whether it has to be asked for room first.
    pub(super) fn is_heavy(&self) -> bool {
        self.weights.of(self.migration, self.way).is_some()
    }

    /// Does what the migration does, checks that it did no more, and ends the transaction that is open.
    fn work(&self, pg: &mut PgConnection, then: &str) -> migration::Result<()> {
        let migrated = self.migrate(pg);
        // Diesel sees that a transaction has ended, but not that another has begun.
        if depth(pg) == 0 && !is_broken(pg) {
            return Err(self.ended().into());
        }
        migrated?;
        let weight = self.weights.get(self.migration, self.way);
        let has_no_ids = weight.is_some_and(|it| !it.may_have_ids);
        // In one message with the end, where nothing has to be looked for.
        if !(has_no_ids && self.place.id().is_some()) {
            let after = sql::migrated(pg)?;
            self.check_standing(&after)?;
            self.complete(pg, after.may_have_ids)?;
        }
        self.end(pg, has_no_ids, then)
    }

    /// Writes the history and ends the transaction, which Diesel sees. Where the connection is lost before it can say that it was
    /// committed, the next run finds that it was.
    fn end(&self, pg: &mut PgConnection, has_no_ids: bool, then: &str) -> migration::Result<()> {
        let version = self.migration.name().version().to_string();
        let called = self.place.called();
        let written = match self.place.id() {
            Some(id) => message::note(self.standing, has_no_ids, (id, called), &version, self.way),
            None => message::record(called, &version, self.way),
        };
        let sent = sql::run(pg, &format!("{written}; COMMIT{then}"));
        sent.map_err(|error| match Refusal::of(&error) {
            Some(Refusal::Moved(found)) => match self.check_standing(&found) {
                Err(moved) => moved.into(),
                Ok(()) => NotEnded(error).into(),
            },
            Some(Refusal::Ids) => {
                // Next time it is looked at.
                if let Some(weight) = self.weights.get(self.migration, self.way) {
                    let may_have_ids = true;
                    let weight = Weight {
                        may_have_ids,
                        ..weight
                    };
                    self.weights.note(self.migration, self.way, weight);
                }
                OtherIds.into()
            }
            None => NotEnded(error).into(),
        })
    }

    /// The same for a migration that runs in no transaction: nothing can be taken back.
    fn alone(&self, pg: &mut PgConnection, then: &str) -> migration::Result<()> {
        self.check_place(&sql::place(pg)?)?;
        sql::let_through(pg)?;
        // An index that is built concurrently waits for all who are at work in the database, and locks nobody out meanwhile.
        sql::wait_for_locks(pg, self.patience)?;
        self.migrate(pg)?;
        let after = sql::standing(pg)?;
        if sql::standing(pg)?.transaction == after.transaction {
            let (schema, migration) = self.about();
            return Err(MigrateError::TransactionLeftOpen { schema, migration }.into());
        }
        self.check_place(&after)?;
        sql::wait_for_locks(pg, self.turn)?;
        sql::guard_again(pg)?;
        let invalid = sql::invalid_indexes(pg, self.place.called())?;
        if !invalid.is_empty() {
            let (schema, migration) = self.about();
            return Err(MigrateError::InvalidIndexes {
                schema,
                migration,
                indexes: invalid,
            }
            .into());
        }
        AnsiTransactionManager::begin_transaction_sql(pg, message::BEGIN)?;
        let completed = self.complete(pg, true);
        completed.and_then(|()| self.end(pg, false, then))
    }

    fn migrate(&self, pg: &mut PgConnection) -> migration::Result<()> {
        let conn: &mut dyn BoxableConnection<Pg> = pg;
        match self.way {
            Way::Up => self.migration.run(conn),
            Way::Down => self.migration.revert(conn),
        }
    }

    /// What is to hold of a place after each migration.
    fn complete(&self, pg: &mut PgConnection, may_have_ids: bool) -> migration::Result<()> {
        match self.place {
            Place::Global => self.check_names(pg)?,
            Place::Template => {
                self.weigh(pg, may_have_ids)?;
                guard_template(pg)?;
                self.check_names(pg)?;
                self.keep_ids_apart(pg, &SchemaName::template(), 0)?;
            }
            Place::Schema { id, called, .. } => {
                if self.weights.get(self.migration, self.way).is_none() {
                    self.weigh(pg, may_have_ids)?;
                }
                if may_have_ids {
                    self.keep_ids_apart(pg, called, *id)?;
                }
            }
        }
        Ok(())
    }

    /// Notes what it has done so far in its transaction.
    fn weigh(&self, pg: &mut PgConnection, may_have_ids: bool) -> migration::Result<()> {
        let weight = Weight {
            locks: locks(pg)?,
            may_have_ids,
        };
        self.weights.note(self.migration, self.way, weight);
        Ok(())
    }

    /// Refuses what would fail half-way for want of locks, and others' statements with it.
    pub(super) fn check_locks(&self, pg: &mut PgConnection) -> Result<(), MigrateError> {
        let Some(needed) = self.weights.of(self.migration, self.way) else {
            return Ok(());
        };
        let (capacity, free) = room(pg).map_err(MigrateError::query(self.place))?;
        if needed <= free {
            return Ok(());
        }
        Err(self.too_many_locks(Some(needed), capacity, free))
    }

    fn too_many_locks(&self, needed: Option<i64>, capacity: i64, free: i64) -> MigrateError {
        let (schema, migration) = self.about();
        MigrateError::Locks {
            schema,
            migration,
            needed,
            free,
            capacity,
        }
    }

    fn failed(&self, pg: &mut PgConnection, cause: BoxError) -> MigrateError {
        let said = self.last_error.of(&*cause);
        let by_locks = said.as_ref().is_some_and(Said::is_out_of_locks);
        if let (true, Ok((capacity, free))) = (by_locks, room(pg)) {
            let needed = self.weights.of(self.migration, self.way);
            return self.too_many_locks(needed, capacity, free);
        }
        match cause.downcast::<MigrateError>() {
            Ok(error) => *error,
            Err(source) => {
                let (schema, migration) = self.about();
                MigrateError::Migration {
                    schema,
                    migration,
                    sqlstate: said.as_ref().and_then(|said| said.sqlstate),
                    is_locked: said.is_some_and(|said| said.is_lock()),
                    source,
                }
            }
        }
    }

    /// A migration in a transaction may neither move the connection nor begin another transaction.
    fn check_standing(&self, found: &Standing) -> Result<(), MigrateError> {
        // It is not let through either after `RESET ALL`, which also moves.
        if !found.let_through && self.standing.is_at(found) {
            return Err(self.ended());
        }
        self.check_place(found)
    }

    /// A migration may not move the connection: what it makes would be somewhere else.
    fn check_place(&self, found: &Standing) -> Result<(), MigrateError> {
        if self.standing.is_at(found) {
            return Ok(());
        }
        let (schema, migration) = self.about();
        Err(MigrateError::Moved {
            schema,
            migration,
            expected: self.standing.to_string(),
            found: found.to_string(),
        })
    }

    fn check_names(&self, pg: &mut PgConnection) -> migration::Result<()> {
        let migration = Some(self.migration.name().to_string());
        let shadowed = sql::shadowed(pg, self.shared)?;
        Ok(MigrateError::shadowed(migration, shadowed)?)
    }

    /// A sequence that the migration made counts where no other schema's does.
    fn keep_ids_apart(
        &self,
        pg: &mut PgConnection,
        called: &SchemaName,
        number: i32,
    ) -> migration::Result<()> {
        let issues = keep_ids_apart(pg, called, number, self.ids)?;
        let Some(source) = issues.into_iter().next() else {
            return Ok(());
        };
        let (schema, migration) = self.about();
        Err(MigrateError::Ids {
            schema,
            migration,
            source,
        }
        .into())
    }

    fn ended(&self) -> MigrateError {
        let (schema, migration) = self.about();
        MigrateError::TransactionEnded { schema, migration }
    }

    fn about(&self) -> (Option<SchemaName>, String) {
        (self.place.schema(), self.migration.name().to_string())
    }
}

/// Whether Diesel has given up on the connection.
fn is_broken(pg: &mut PgConnection) -> bool {
    let status = AnsiTransactionManager::transaction_manager_status_mut(pg);
    matches!(status, TransactionManagerStatus::InError)
}

/// What failed in the message that ends the transaction: before the commit, in it, or after it.
#[derive(Debug, thiserror::Error)]
#[error("the transaction could not be ended")]
struct NotEnded(#[source] diesel::result::Error);

/// A migration may have made what ids are drawn from, and had not in the template.
#[derive(Debug, thiserror::Error)]
#[error("there may be other ids than in the template")]
struct OtherIds;
