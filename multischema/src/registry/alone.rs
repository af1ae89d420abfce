//! One schema that nobody else migrates or changes meanwhile.

use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::prelude::*;

use super::asking::{Failed, not_found};
use super::error::RegistryError;
use super::lock::Lock;
use super::obstacle::Need;
use super::registry::Registry;
use super::schema::Schema;
use super::sql;
use super::table::schemas;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::template::timed_out;

/// How long to wait for others.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

impl Registry {
    /// Lets `work` change a schema while it has the lock of it.
    pub(super) fn alone<T>(
        &self,
        name: &SchemaName,
        need: Need,
        work: impl FnOnce(&mut PgConnection, Schema) -> Result<T, Failed>,
    ) -> Result<T, RegistryError> {
        if name.is_template() {
            return Err(RegistryError::Template);
        }
        let checkout = |source| RegistryError::Checkout {
            schema: Some(name.clone()),
            source,
        };
        let mut conn = self.pool.global().map_err(checkout)?;
        let done = conn.lend(|pg| {
            alone(pg, name, work).map_err(|failed| match failed {
                Failed::Known(error) => error,
                Failed::Query(error) => RegistryError::explain(pg, need, Some(name), error),
            })
        });
        done.map_err(|error| checkout(error.into()))?
    }
}

fn alone<T>(
    pg: &mut PgConnection,
    name: &SchemaName,
    work: impl FnOnce(&mut PgConnection, Schema) -> Result<T, Failed>,
) -> Result<T, Failed> {
    let found = read(pg, name)?;
    let lock = Lock::Schema(found.id);
    let start = Instant::now();
    if !lock.poll(pg, PATIENCE)? {
        return Err(Failed::Known(RegistryError::Busy {
            schema: name.clone(),
            waited: start.elapsed(),
        }));
    }
    // Who had it before may have changed anything.
    let done = read(pg, name).and_then(|again| {
        if again.id == found.id {
            work(pg, again)
        } else {
            Err(not_found(name).into())
        }
    });
    // If the connection is gone, so is the lock.
    let _ = lock.release(pg);
    done
}

/// Changes the row of a schema in a transaction, and what goes with it, unless others have the row.
pub(super) fn with_row<T>(
    pg: &mut PgConnection,
    schema: &Schema,
    work: impl FnOnce(&mut PgConnection) -> Result<T, Failed>,
) -> Result<T, Failed> {
    pg.transaction(|pg| {
        sql::be_quick(pg)?;
        let start = Instant::now();
        let row = schemas::table.find(schema.id).select(schemas::id);
        let locked: QueryResult<i32> = row.for_update().first(pg);
        locked.map_err(|error| {
            let waited = start.elapsed();
            if timed_out(&error, waited) {
                let schema = schema.name.clone();
                return RegistryError::Busy { schema, waited }.into();
            }
            Failed::Query(error)
        })?;
        work(pg)
    })
}

fn read(pg: &mut PgConnection, name: &SchemaName) -> Result<Schema, Failed> {
    Ok(Schema::find(pg, name)?.ok_or_else(|| not_found(name))?)
}

impl Schema {
    /// Fails if it is at another time of its life than those `expected`.
    pub(super) fn expect_status(
        &self,
        wanted: SchemaStatus,
        expected: &[SchemaStatus],
    ) -> Result<(), RegistryError> {
        match expected {
            [first, ..] if !expected.contains(&self.status) => Err(RegistryError::WrongStatus {
                schema: self.name.clone(),
                wanted,
                expected: *first,
                found: self.status,
            }),
            _ => Ok(()),
        }
    }

    /// What PostgreSQL calls the schema.
    pub(super) fn called(&self) -> SchemaName {
        match self.status {
            SchemaStatus::Archived | SchemaStatus::Purging => SchemaName::archived(self.id),
            _ => self.name.clone(),
        }
    }
}
