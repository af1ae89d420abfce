//! Removing a schema for good.

use std::thread;
use std::time::Instant;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::alone::{PATIENCE, with_row};
use super::asking::Failed;
use super::error::RegistryError;
use super::obstacle::Need;
use super::registry::Registry;
use super::removal::Removal;
use super::schema::Schema;
use super::sql;
use super::table::schemas;
use crate::catalog::{Catalog, Detail};
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::patience::pause;
use crate::template::{Ground, is_busy, is_out_of_locks, version};

/// How far a schema is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurgeProgress<'a> {
    /// The schema.
    pub schema: &'a SchemaName,
    /// How many steps are done.
    pub done: usize,
    /// How many steps there are.
    pub total: usize,
}

impl Registry {
    /// Removes an [archived](Self::archive) schema and all its rows for good, and returns whether the registry had it. A
    /// schema that PostgreSQL has not any more is removed from the registry.
    ///
    /// It is done in steps, each in a short transaction: first, one by one, the foreign keys to tables that all schemata
    /// share, as that locks those for everybody; then tables, as many at a time as the server has locks for. If it fails
    /// half-way, the schema is [`Purging`](SchemaStatus::Purging): purge it again. Nobody can take it back then.
    ///
    /// # Errors
    ///
    /// * [`RegistryError::WrongStatus`] if it is not archived;
    /// * [`RegistryError::DependedOn`] if objects outside of it depend on it;
    /// * [`RegistryError::Locks`] if the server has not enough room for the locks;
    /// * [`RegistryError::Busy`] if others migrate or change it, or use what it shares, for 30 s;
    /// * else as [`get`](Self::get), but for `NotFound`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// registry.archive(&"school_a".parse()?)?;
    /// registry.purge(&"school_a".parse()?)?;
    /// # Ok(()) }
    /// ```
    pub fn purge(&self, name: &SchemaName) -> Result<bool, RegistryError> {
        self.purge_one(name, &mut |_| {})
    }

    /// Removes several schemata, one after the other, as [`purge`](Self::purge) does, and returns what came of each.
    /// `on_progress` hears of each step.
    ///
    /// One that is not removed keeps none of the others.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let gone = [ "school_a".parse()?, "school_b".parse()? ];
    /// let purged = registry.purge_many(&gone, |it| {
    ///     eprintln!("{}: {} of {}", it.schema, it.done, it.total);
    /// });
    /// for (school, outcome) in gone.iter().zip(purged) {
    ///     if let Err(error) = outcome {
    ///         eprintln!("{school}: {error}");
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn purge_many<'a>(
        &self,
        names: impl IntoIterator<Item = &'a SchemaName>,
        mut on_progress: impl FnMut(&PurgeProgress<'_>),
    ) -> Vec<Result<bool, RegistryError>> {
        let names = names.into_iter();
        names
            .map(|name| self.purge_one(name, &mut on_progress))
            .collect()
    }

    fn purge_one(
        &self,
        name: &SchemaName,
        on_progress: &mut dyn FnMut(&PurgeProgress<'_>),
    ) -> Result<bool, RegistryError> {
        let purged = self.alone(name, Need::Remove, |pg, found| {
            let expected = [
                SchemaStatus::Archived,
                SchemaStatus::Purging,
                SchemaStatus::Failed,
                SchemaStatus::Provisioning,
            ];
            found.expect_status(SchemaStatus::Purging, &expected)?;
            purge(pg, &found, on_progress)
        });
        match purged {
            Ok(()) => {
                self.pool.invalidate(name);
                Ok(true)
            }
            Err(RegistryError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn purge(
    pg: &mut PgConnection,
    schema: &Schema,
    on_progress: &mut dyn FnMut(&PurgeProgress<'_>),
) -> Result<(), Failed> {
    let name = &schema.name;
    let catalog = pg.transaction(|pg| read(pg, &schema.called()))?;
    let Some(catalog) = catalog else {
        diesel::delete(schemas::table.find(schema.id)).execute(pg)?;
        return Ok(());
    };
    refuse_if_depended_on(pg, name, &catalog)?;
    let ground = Ground::find(pg)?;
    let free = ground.free();
    let called = SchemaName::archived(schema.id);
    let Removal { steps, locks } = Removal::of(&catalog, &called, free);
    let too_many = |free| RegistryError::Locks {
        schema: name.clone(),
        needed: locks,
        free,
        capacity: ground.lock_capacity,
    };
    if locks > free {
        return Err(too_many(free).into());
    }
    // Others may take them after they were counted.
    let or_too_many = |failed| match failed {
        Failed::Query(error) if is_out_of_locks(&error) => too_many(0).into(),
        failed => failed,
    };
    with_row(pg, schema, |pg| begin(pg, schema, &called))?;

    let total = steps.len() + 1;
    let mut tell = |done| {
        on_progress(&PurgeProgress {
            schema: name,
            done,
            total,
        });
    };
    for (done, step) in steps.iter().enumerate() {
        tell(done);
        let removed = patiently(pg, name, |pg| {
            sql::be_quick(pg)?;
            // What comes to depend on it from now on has to wait, and then finds nothing.
            sql::remove(pg, &step.lock)?;
            refuse_if_depended_on(pg, name, &catalog)?;
            Ok(sql::remove(pg, &step.sql)?)
        });
        removed.map_err(or_too_many)?;
    }
    tell(total - 1);
    let removed = patiently(pg, name, |pg| {
        sql::be_quick(pg)?;
        refuse_if_depended_on(pg, name, &catalog)?;
        sql::drop_schema(pg, &called)?;
        diesel::delete(schemas::table.find(schema.id)).execute(pg)?;
        Ok(())
    });
    removed.map_err(or_too_many)?;
    tell(total);
    Ok(())
}

fn read(pg: &mut PgConnection, name: &SchemaName) -> QueryResult<Option<Catalog>> {
    sql::enter(pg, name)?;
    let version = version(pg)?;
    Catalog::read(pg, name.as_str(), Detail::Definitions, version)
}

/// Nobody takes the schema back from here on.
fn begin(pg: &mut PgConnection, schema: &Schema, called: &SchemaName) -> Result<(), Failed> {
    // Found out now, and not when all rows are gone.
    let tried = pg.transaction(|pg| -> QueryResult<()> {
        sql::check_keys_now(pg)?;
        diesel::delete(schemas::table.find(schema.id)).execute(pg)?;
        Err(Error::RollbackTransaction)
    });
    match tried {
        Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, information)) => {
            let constraint = information.constraint_name().unwrap_or("a foreign key");
            let table = information.table_name().unwrap_or("another");
            return Err(Failed::Known(RegistryError::DependedOn {
                schema: schema.name.clone(),
                objects: vec![format!(
                    "constraint {constraint} on table {table} (on its row in multischema.schemas)"
                )],
            }));
        }
        Ok(()) | Err(Error::RollbackTransaction) => {}
        Err(error) => return Err(error.into()),
    }
    let was = schema.called();
    if was != *called {
        sql::rename(pg, &was, called, "")?;
    }
    let row = diesel::update(schemas::table.find(schema.id));
    row.set(schemas::status.eq(SchemaStatus::Purging))
        .execute(pg)?;
    Ok(())
}

/// What depends on the schema from outside is not ours to remove. Somebody may have made it since it was last asked for.
fn refuse_if_depended_on(
    pg: &mut PgConnection,
    name: &SchemaName,
    catalog: &Catalog,
) -> Result<(), Failed> {
    let objects = catalog.dependents(pg)?;
    if objects.is_empty() {
        return Ok(());
    }
    Err(Failed::Known(RegistryError::DependedOn {
        schema: name.clone(),
        objects,
    }))
}

/// Does a step in a transaction, as soon as nobody has a lock that it needs.
fn patiently(
    pg: &mut PgConnection,
    name: &SchemaName,
    mut step: impl FnMut(&mut PgConnection) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let start = Instant::now();
    loop {
        let Err(failed) = pg.transaction(&mut step) else {
            return Ok(());
        };
        if !matches!(&failed, Failed::Query(error) if is_busy(error)) {
            return Err(failed);
        }
        let waited = start.elapsed();
        let Some(left) = PATIENCE.checked_sub(waited) else {
            return Err(Failed::Known(RegistryError::Busy {
                schema: name.clone(),
                waited,
            }));
        };
        thread::sleep(pause().min(left));
    }
}
