//! Rows of the registry without a PostgreSQL schema, and PostgreSQL schemata without a row.

use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::Error;

use super::alone::PATIENCE;
use super::attempt::patiently;
use super::create_error::CreateError;
use super::error::RegistryError;
use super::filter::Filter;
use super::lock::Lock;
use super::obstacle::Need;
use super::preflight::Preflight;
use super::provision::{Failed, Filling, fill};
use super::registry::Registry;
use super::schema::{Row, Schema};
use super::sql;
use super::table::{applied, schemas};
use crate::catalog::Block;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::template::Difference;

/// What was put right, and what was not.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct HealReport {
    /// Schemata that were in the registry alone. They are made anew, and have no rows.
    pub created: Vec<Schema>,
    /// Schemata that were in PostgreSQL alone and are equal to the template. They are in the registry now.
    pub adopted: Vec<Schema>,
    /// Schemata whose [purge](Registry::purge) was not finished, and is now.
    pub purged: Vec<SchemaName>,
    /// What was left as it is.
    pub left: Vec<Unhealed>,
}

impl HealReport {
    /// Returns whether registry and PostgreSQL agree now.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.left.is_empty()
    }
}

/// Why something was not put right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unhealed {
    /// A schema of the registry that PostgreSQL does not have could not be made.
    #[error("schema `{schema}` of the registry is not in PostgreSQL, and could not be made")]
    NotMade {
        /// The schema.
        schema: SchemaName,
        /// Why not.
        source: CreateError,
    },
    /// An archived schema is gone, with its rows. Restore a backup, or purge it.
    #[error(
        "schema `{schema}` was archived, and PostgreSQL does not have it any more; restore a backup, or purge it"
    )]
    Lost {
        /// The schema.
        schema: SchemaName,
    },
    /// A schema of the registry could not be looked after, most often as others migrate it; or its purge was not finished.
    #[error("schema `{schema}` of the registry could not be put right")]
    NotHealed {
        /// The schema.
        schema: SchemaName,
        /// Why not.
        source: RegistryError,
    },
    /// A PostgreSQL schema that is not in the registry is not equal to the template.
    #[error(
        "PostgreSQL's schema `{schema}` is not in the registry, and not equal to the template (in {} objects)",
        differences.len()
    )]
    Different {
        /// The schema.
        schema: SchemaName,
        /// In what it differs.
        differences: Vec<Difference>,
    },
    /// A PostgreSQL schema that is not in the registry is equal to the template, but its ids are those of another schema.
    #[error("PostgreSQL's schema `{schema}` is not in the registry, and its ids are not its own")]
    OthersIds {
        /// The schema.
        schema: SchemaName,
    },
    /// A PostgreSQL schema that is not in the registry could not be compared with the template, or taken in.
    #[error("PostgreSQL's schema `{schema}` is not in the registry, and could not be taken in")]
    NotAdopted {
        /// The schema.
        schema: SchemaName,
        /// Why not.
        source: CreateError,
    },
    /// A PostgreSQL schema has a name that no schema of the registry can have.
    #[error("PostgreSQL's schema {schema:?} is not in the registry, and cannot be, by its name")]
    Unnamable {
        /// The name.
        schema: String,
    },
}

impl Registry {
    /// Brings the registry and PostgreSQL together: makes the schemata that only the registry has, takes those into the
    /// registry that only PostgreSQL has and that are equal to the template, and finishes what was to be purged. What else
    /// does not fit is reported and left as it is. Nothing but what was to be purged is removed.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list). What stands in the way of one schema is in the report.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let report = registry.heal()?;
    /// for problem in &report.left {
    ///     eprintln!("{problem}");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn heal(&self) -> Result<HealReport, RegistryError> {
        let mut report = HealReport::default();
        for schema in self.list(Filter::all())? {
            self.heal_row(&schema, &mut report)?;
        }
        for name in self.strays()? {
            match name.parse() {
                Ok(name) => self.adopt(&name, &mut report)?,
                Err(_) => report.left.push(Unhealed::Unnamable { schema: name }),
            }
        }
        Ok(report)
    }

    fn heal_row(&self, schema: &Schema, report: &mut HealReport) -> Result<(), RegistryError> {
        let name = &schema.name;
        if schema.status == SchemaStatus::Purging {
            match self.purge(name) {
                Ok(_) => report.purged.push(name.clone()),
                Err(source) => report.left.push(Unhealed::NotHealed {
                    schema: name.clone(),
                    source,
                }),
            }
            return Ok(());
        }
        // Most are there, and nobody has to wait for those.
        if self.is_there(schema)? {
            return Ok(());
        }
        let made = self.alone(name, Need::Create, |pg, found| {
            if sql::schema_exists(pg, found.called().as_str())? {
                return Ok(None);
            }
            if found.status == SchemaStatus::Archived {
                return Ok(Some(Err(Unhealed::Lost {
                    schema: name.clone(),
                })));
            }
            let made = patiently(pg, name, PATIENCE, |pg, left| {
                pg.transaction(|pg| self.make_again(pg, &found, left))
            });
            Ok(Some(made.map_err(|source| Unhealed::NotMade {
                schema: name.clone(),
                source,
            })))
        });
        match made {
            Ok(None) | Err(RegistryError::NotFound { .. }) => {}
            Ok(Some(Ok(made))) => {
                self.pool.invalidate(name);
                report.created.push(made);
            }
            Ok(Some(Err(problem))) => report.left.push(problem),
            Err(source) => report.left.push(Unhealed::NotHealed {
                schema: name.clone(),
                source,
            }),
        }
        Ok(())
    }

    fn is_there(&self, schema: &Schema) -> Result<bool, RegistryError> {
        self.run(Some(&schema.name), Need::Read, |conn| {
            let called = schema.called();
            let found = conn.lend(|pg| sql::schema_exists(pg, called.as_str()));
            Ok(found.map_err(Error::from)??)
        })
    }

    /// Makes the PostgreSQL schema of a row.
    fn make_again(
        &self,
        pg: &mut PgConnection,
        schema: &Schema,
        patience: Duration,
    ) -> Result<Schema, Failed> {
        let found = Preflight::of(
            pg,
            Lock::Template,
            schema.name.as_str(),
            &schema.label,
            false,
        )?;
        if !found.is_shared {
            return Err(Failed::Busy);
        }
        self.plans.forget();
        let (plan, _) = self.plans.find(pg, found.ids, &found.ground.role)?;
        let known = applied::table.filter(applied::schema_id.eq(schema.id));
        diesel::delete(known).execute(pg)?;
        let filling = Filling {
            elsewhere: None,
            copying: None,
            patience,
        };
        fill(pg, &plan, schema, &found.ground, filling)?;
        sql::leave(pg)?;
        let row = diesel::update(schemas::table.find(schema.id));
        let row = row.set(schemas::generation.eq(schemas::generation + 1));
        let row: Row = row.returning(Row::as_returning()).get_result(pg)?;
        Ok(row.checked()?)
    }

    /// Takes a PostgreSQL schema into the registry.
    fn adopt(&self, name: &SchemaName, report: &mut HealReport) -> Result<(), RegistryError> {
        let adopted = self.run(Some(name), Need::Create, |conn| {
            let adopted = conn.lend(|pg| {
                let adopted = patiently(pg, name, PATIENCE, |pg, _| {
                    pg.transaction(|pg| self.take_in(pg, name))
                });
                adopted.unwrap_or_else(|source| {
                    Err(Unhealed::NotAdopted {
                        schema: name.clone(),
                        source,
                    })
                })
            });
            Ok(adopted.map_err(Error::from)?)
        })?;
        match adopted {
            Ok(schema) => {
                self.pool.invalidate(name);
                report.adopted.push(schema);
            }
            Err(problem) => report.left.push(problem),
        }
        Ok(())
    }

    fn take_in(
        &self,
        pg: &mut PgConnection,
        name: &SchemaName,
    ) -> Result<Result<Schema, Unhealed>, Failed> {
        let found = Preflight::of(pg, Lock::Template, name.as_str(), name.as_str(), false)?;
        if !found.is_shared {
            return Err(Failed::Busy);
        }
        if !found.taken.is_empty() {
            return Err(Failed::Known(CreateError::LabelTaken {
                schema: name.clone(),
                label: name.to_string(),
            }));
        }
        self.plans.forget();
        let (plan, _) = self.plans.find(pg, found.ids, &found.ground.role)?;
        let (differences, block) = plan.verify_in_block(pg, name)?;
        if !differences.is_empty() {
            return Ok(Err(Unhealed::Different {
                schema: name.clone(),
                differences,
            }));
        }
        // The ids in it name its number.
        let number = block.map(Block::number);
        if let Some(number) = number {
            let other = schemas::table.find(number).select(schemas::id);
            let other: Option<i32> = other.first(pg).optional()?;
            if number < 1 || other.is_some() {
                return Ok(Err(Unhealed::OthersIds {
                    schema: name.clone(),
                }));
            }
        }
        let id = sql::adopt(pg, name, number)?;
        if plan.has_history() {
            sql::note_history(pg, id, name)?;
        }
        let row: Row = schemas::table.find(id).select(Row::as_select()).first(pg)?;
        Ok(Ok(row.checked()?))
    }
}
