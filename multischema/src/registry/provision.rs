//! The steps that make a schema, in a transaction that is open.

use std::error::Error as StdError;
use std::time::Duration;

use diesel::pg::{GetPgMetadataCache, PgConnection};
use diesel::prelude::*;
use diesel::result::Error;

use super::asking::violated;
use super::create_error::CreateError;
use super::lock::Lock;
use super::obstacle::{Need, Obstacle};
use super::registry::Registry;
use super::schema::{NewSchema, Row, Schema};
use super::sql::{self, Standing};
use super::table::schemas;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::path::SearchPath;
use crate::scope::depth;

impl Registry {
    pub(super) fn make(&self, pg: &mut PgConnection, new: &NewSchema) -> Result<Schema, Failed> {
        if !Lock::Template.try_share_in_transaction(pg)? {
            return Err(Failed::Busy);
        }
        refuse_taken(pg, new)?;
        let before = sql::search_path(pg)?;
        // Before the schema itself, as this is where two who make the same meet.
        let id = insert(pg, new)?;
        sql::create_schema(pg, &new.name).map_err(Failed::CreateSchema)?;
        self.fill(pg, id, &new.name)?;
        sql::set_path(pg, &before)?;
        activate(pg, id)
    }

    /// Fills the schema, and proves that this was all that was done to the connection.
    fn fill(&self, pg: &mut PgConnection, id: i32, name: &SchemaName) -> Result<(), Failed> {
        let Some(fill) = &self.fill else {
            return Ok(());
        };
        let path = SearchPath::tenant(name, self.pool.shared_schemata());
        let depth_before = depth(pg);
        let before = sql::enter(pg, &path)?;
        // The types of this schema are not those of where the connection was.
        let types = std::mem::take(pg.get_metadata_cache());
        let filled = fill(pg);
        *pg.get_metadata_cache() = types;
        // Asked even after an error: it may come from after a `COMMIT`.
        let after = sql::standing(pg);
        if let Ok(after) = &after {
            if after.transaction != before.transaction {
                return Err(Failed::Ended { id });
            }
        }
        filled.map_err(|source| Failed::Fill { id, source })?;
        // After an error that `fill` kept to itself, PostgreSQL refuses everything.
        let after = after.map_err(|error| Failed::Fill {
            id,
            source: error.into(),
        })?;
        if depth(pg) != depth_before {
            return Err(Failed::Unbalanced);
        }
        if after != before {
            return Err(Failed::Moved(after));
        }
        Ok(())
    }
}

/// Refuses what the registry or PostgreSQL has already. An insert that fails would find out as well, but use up
/// a number, and there are 2^21 of them for all times.
fn refuse_taken(pg: &mut PgConnection, new: &NewSchema) -> Result<(), Failed> {
    let same_name = schemas::name.eq(new.name.as_str());
    let same_label = schemas::label.eq(new.label_or_name());
    let taken = schemas::table.filter(same_name.or(same_label));
    let taken: Vec<String> = taken.select(schemas::name).load(pg)?;
    if taken.iter().any(|name| name == new.name.as_str()) {
        return Err(already_exists(new));
    }
    if !taken.is_empty() {
        return Err(label_taken(new));
    }
    if sql::schema_exists(pg, new.name.as_str())? {
        return Err(Failed::Known(CreateError::StraySchema {
            schema: new.name.clone(),
        }));
    }
    Ok(())
}

fn already_exists(new: &NewSchema) -> Failed {
    Failed::Known(CreateError::AlreadyExists {
        schema: new.name.clone(),
    })
}

fn label_taken(new: &NewSchema) -> Failed {
    Failed::Known(CreateError::LabelTaken {
        schema: new.name.clone(),
        label: new.label_or_name().to_owned(),
    })
}

/// Makes the row. It is not active before all is done: if what fills the schema commits half of it, nobody can
/// use that.
fn insert(pg: &mut PgConnection, new: &NewSchema) -> Result<i32, Failed> {
    let row = (
        schemas::name.eq(new.name.as_str()),
        schemas::label.eq(new.label_or_name()),
        schemas::status.eq(SchemaStatus::Provisioning),
    );
    let insert = diesel::insert_into(schemas::table).values(row);
    let id = insert.returning(schemas::id).get_result(pg);
    id.map_err(|error| match violated(&error) {
        Some("schemas_name_key") => already_exists(new),
        Some("schemas_label_key") => label_taken(new),
        _ => Failed::Query(error),
    })
}

fn activate(pg: &mut PgConnection, id: i32) -> Result<Schema, Failed> {
    let update = diesel::update(schemas::table.filter(schemas::id.eq(id)))
        // What filled it is no change to it.
        .set((
            schemas::status.eq(SchemaStatus::Active),
            schemas::generation.eq(1),
        ))
        .returning(Row::as_returning());
    let row: Option<Row> = update.get_result(pg).optional()?;
    // It is not there if what fills the schema rolled back to a savepoint from before.
    Ok(row.ok_or(Failed::Unbalanced)?.checked()?)
}

fn exists(pg: &mut PgConnection, id: i32) -> QueryResult<bool> {
    let row = schemas::table.find(id).select(schemas::id);
    Ok(row.first::<i32>(pg).optional()?.is_some())
}

/// Why no schema was made, as far as the step that failed knows.
pub(super) enum Failed {
    Busy,
    Known(CreateError),
    Query(Error),
    CreateSchema(Error),
    Fill {
        id: i32,
        source: Box<dyn StdError + Send + Sync>,
    },
    Moved(Standing),
    /// Our transaction is over, and the row may be committed.
    Ended {
        id: i32,
    },
    /// Savepoints are open that were not, or ours is not.
    Unbalanced,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Query(error)
    }
}

impl Failed {
    /// Finds out why, after all was rolled back.
    pub(super) fn explain(
        self,
        pg: &mut PgConnection,
        name: &SchemaName,
        waited: Duration,
    ) -> CreateError {
        let schema = name.clone();
        match self {
            Self::Busy => CreateError::Busy { schema, waited },
            Self::Known(error) => error,
            Self::CreateSchema(_) if sql::schema_exists(pg, schema.as_str()).unwrap_or(false) => {
                CreateError::StraySchema { schema }
            }
            Self::Query(source) | Self::CreateSchema(source) => {
                match Obstacle::find(pg, Need::Create, &source) {
                    Some(Obstacle::NotInstalled) => CreateError::NotInstalled { schema },
                    Some(Obstacle::NotAllowed { role, needs }) => CreateError::NotAllowed {
                        schema,
                        role,
                        needs,
                    },
                    None => CreateError::Query { schema, source },
                }
            }
            Self::Fill { id, source } => match exists(pg, id) {
                // It was rolled back, so there was a `COMMIT` before the error.
                Ok(true) => Self::Ended { id }.explain(pg, name, waited),
                Ok(false) | Err(_) => CreateError::Fill { schema, source },
            },
            Self::Moved(found) => CreateError::FillMoved {
                schema,
                found: format!(
                    "search_path = '{}' as role `{}`",
                    found.search_path, found.role
                ),
            },
            Self::Unbalanced => CreateError::FillEndedTransaction { schema },
            Self::Ended { id } => match sql::undo(pg, id, name) {
                Ok(()) => CreateError::FillEndedTransaction { schema },
                Err(source) => CreateError::Query { schema, source },
            },
        }
    }
}
