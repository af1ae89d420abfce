//! What is done around each migration, in its transaction.

use std::cell::RefCell;

use diesel::connection::BoxableConnection;
use diesel::migration::{self, Migration, MigrationMetadata, MigrationName};
use diesel::pg::{Pg, PgConnection};
use diesel::{Connection, QueryResult, RunQueryDsl};
use diesel_migrations::MigrationHarness;

use super::BoxError;
use super::error::MigrateError;
use super::list::List;
use super::place::Place;
use super::sql::{self, Standing};
use super::weights::Weights;
use crate::name::SchemaName;
use crate::registry::{applied, guard_template};
use crate::template::{Ids, is_out_of_locks, keep_ids_apart, locks, room};

/// Runs what is pending on a connection that is proven to be at `place`, and notes each version in `done`.
pub(super) fn run_pending(
    pg: &mut PgConnection,
    place: &Place,
    standing: &Standing,
    ids: Ids,
    weights: &Weights,
    list: &List,
    done: &mut Vec<String>,
) -> Result<(), MigrateError> {
    // This makes the history where there is none: hence the proof before it.
    let history = pg.applied_migrations().map_err(asked(place))?;
    for migration in list.pending(&history) {
        let checked = Checked {
            migration,
            place,
            standing,
            ids,
            weights,
            cause: RefCell::default(),
        };
        done.push(checked.apply(pg)?);
    }
    Ok(())
}

/// Turns what Diesel says of a history into ours.
fn asked(place: &Place) -> impl Fn(BoxError) -> MigrateError + use<> {
    let schema = place.schema();
    move |error| MigrateError::Query {
        schema: schema.clone(),
        source: match error.downcast::<diesel::result::Error>() {
            Ok(error) => *error,
            Err(other) => diesel::result::Error::QueryBuilderError(other),
        },
    }
}

/// A migration that is watched.
struct Checked<'a> {
    pub(super) migration: &'a dyn Migration<Pg>,
    pub(super) place: &'a Place,
    /// Where the connection was proven to be.
    pub(super) standing: &'a Standing,
    pub(super) ids: Ids,
    pub(super) weights: &'a Weights,
    /// What went wrong. If the migration has ended its transaction, Diesel cannot roll back and returns that
    /// instead.
    pub(super) cause: RefCell<Option<BoxError>>,
}

impl Checked<'_> {
    /// Runs the migration by Diesel's harness, which writes the history, and returns its version.
    pub(super) fn apply(&self, pg: &mut PgConnection) -> Result<String, MigrateError> {
        self.check_locks(pg)?;
        let version = pg.run_migration(self);
        let version = version.map_err(|error| self.failed(pg, error))?;
        if !self.in_transaction() {
            // After the history, so that a run which ends here does it again, and not the other way round.
            let noted = pg.transaction(|pg| self.note(pg));
            noted.map_err(MigrateError::query(self.place))?;
        }
        Ok(version.to_string())
    }

    fn in_transaction(&self) -> bool {
        self.migration.metadata().run_in_transaction()
    }

    /// Refuses what would fail half-way for want of locks, and others' statements with it.
    fn check_locks(&self, pg: &mut PgConnection) -> Result<(), MigrateError> {
        let Some(needed) = self.weights.of(self.migration) else {
            return Ok(());
        };
        let (capacity, free) = room(pg).map_err(MigrateError::query(self.place))?;
        if needed <= free {
            return Ok(());
        }
        Err(self.too_many_locks(Some(needed), capacity, free))
    }

    fn too_many_locks(&self, needed: Option<i64>, capacity: i64, free: i64) -> MigrateError {
        MigrateError::Locks {
            schema: self.place.schema(),
            migration: self.migration.name().to_string(),
            needed,
            free,
            capacity,
        }
    }

    fn failed(&self, pg: &mut PgConnection, error: BoxError) -> MigrateError {
        let cause = self.cause.take().unwrap_or(error);
        let by_locks = cause.downcast_ref().is_some_and(is_out_of_locks);
        if let (true, Ok((capacity, free))) = (by_locks, room(pg)) {
            return self.too_many_locks(self.weights.of(self.migration), capacity, free);
        }
        match cause.downcast::<MigrateError>() {
            Ok(error) => *error,
            Err(source) => MigrateError::Migration {
                schema: self.place.schema(),
                migration: self.migration.name().to_string(),
                source,
            },
        }
    }

    fn watch(&self, conn: &mut dyn BoxableConnection<Pg>) -> migration::Result<()> {
        let in_transaction = self.in_transaction();
        let pg = own(conn)?;
        if !in_transaction {
            // Nothing can be taken back. In a transaction, no query may come before the migration's.
            self.check_place(&sql::place(pg)?)?;
        }
        sql::let_through(pg, in_transaction)?;

        self.migration.run(conn)?;

        let pg = own(conn)?;
        let after = sql::standing(pg)?;
        self.check_transaction(pg, &after)?;
        self.check_place(&after)?;
        sql::guard_again(pg, in_transaction)?;
        match self.place {
            Place::Global => self.check_names(pg)?,
            Place::Template => {
                self.weights.note(self.migration, locks(pg)?);
                guard_template(pg)?;
                self.check_names(pg)?;
                self.keep_ids_apart(pg, &SchemaName::template(), 0)?;
            }
            Place::Schema { id, called, .. } => {
                if !self.weights.knows(self.migration) {
                    self.weights.note(self.migration, locks(pg)?);
                }
                self.keep_ids_apart(pg, called, *id)?;
                if in_transaction {
                    self.note(pg)?;
                }
            }
        }
        Ok(())
    }

    /// A migration may not move the connection: the row of the history would be written there.
    fn check_place(&self, found: &Standing) -> Result<(), MigrateError> {
        if self.standing.is_at(found) {
            return Ok(());
        }
        Err(MigrateError::Moved {
            schema: self.place.schema(),
            migration: self.migration.name().to_string(),
            expected: self.standing.to_string(),
            found: found.to_string(),
        })
    }

    /// A migration may not end the transaction it runs in, nor leave one open if it runs in none.
    fn check_transaction(&self, pg: &mut PgConnection, after: &Standing) -> migration::Result<()> {
        let schema = self.place.schema();
        let migration = self.migration.name().to_string();
        let is_open = sql::standing(pg)?.transaction == after.transaction;
        // One that was begun since is not let through. So it is after `RESET ALL`, which also moves.
        let is_another = !after.let_through && self.standing.is_at(after);
        if self.in_transaction() && (!is_open || is_another) {
            return Err(MigrateError::TransactionEnded { schema, migration }.into());
        }
        if !self.in_transaction() && is_open {
            return Err(MigrateError::TransactionLeftOpen { schema, migration }.into());
        }
        Ok(())
    }

    fn check_names(&self, pg: &mut PgConnection) -> migration::Result<()> {
        let migration = Some(self.migration.name().to_string());
        Ok(MigrateError::shadowed(migration, sql::shadowed(pg)?)?)
    }

    /// A sequence that the migration made counts where no other schema's does.
    fn keep_ids_apart(
        &self,
        pg: &mut PgConnection,
        called: &SchemaName,
        number: i32,
    ) -> migration::Result<()> {
        let issues = keep_ids_apart(pg, called, number, self.ids)?;
        match issues.into_iter().next() {
            None => Ok(()),
            Some(source) => {
                let schema = self.place.schema();
                let migration = self.migration.name().to_string();
                Err(MigrateError::Ids {
                    schema,
                    migration,
                    source,
                }
                .into())
            }
        }
    }

    /// Notes the version for the schema, and that it has another shape now.
    fn note(&self, pg: &mut PgConnection) -> QueryResult<()> {
        use diesel::ExpressionMethods as _;

        let Place::Schema { id, .. } = *self.place else {
            return Ok(());
        };
        let version = self.migration.name().version().to_string();
        diesel::insert_into(applied::table)
            .values((applied::schema_id.eq(id), applied::version.eq(version)))
            .on_conflict_do_nothing()
            .execute(pg)?;
        sql::begin_generation(pg, id)
    }
}

/// The harness calls a migration with the connection that it was called on.
fn own(conn: &mut dyn BoxableConnection<Pg>) -> migration::Result<&mut PgConnection> {
    let pg = conn.downcast_mut::<PgConnection>();
    pg.ok_or_else(|| "Diesel's harness runs migrations on another type of connection".into())
}

impl Migration<Pg> for Checked<'_> {
    fn run(&self, conn: &mut dyn BoxableConnection<Pg>) -> migration::Result<()> {
        self.watch(conn).map_err(|error| {
            let text = error.to_string();
            self.cause.replace(Some(error));
            text.into()
        })
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<Pg>) -> migration::Result<()> {
        self.migration.revert(conn)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self.migration.metadata()
    }

    fn name(&self) -> &dyn MigrationName {
        self.migration.name()
    }
}
