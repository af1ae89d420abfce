//! Several schemata at once.

use std::collections::HashSet;

use diesel::pg::PgConnection;
use diesel::prelude::*;

use super::create_error::CreateError;
use super::provision::{Failed, already_exists, label_taken};
use super::registry::Registry;
use super::schema::{NewSchema, Schema};
use super::sql;
use super::table::schemas;

/// Why not all schemata were made.
#[derive(Debug, thiserror::Error)]
#[error("{} of {wanted} schemata were made, and then one could not be", made.len())]
#[non_exhaustive]
pub struct CreateManyError {
    /// Those that were made, in the order given.
    pub made: Vec<Schema>,
    /// How many were wanted.
    pub wanted: usize,
    /// Why the next one was not.
    pub source: CreateError,
}

impl Registry {
    /// Makes several schemata, and returns them in the order given. All names and labels are checked first: if one cannot be
    /// had, none is made. Then each is made as by [`create`](Self::create), in a transaction of its own.
    ///
    /// # Errors
    ///
    /// [`CreateManyError`], which says which were made before one could not be, and why not, as [`create`](Self::create)
    /// does.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::SchemaName;
    ///
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let names = ["school_a", "school_b"].map(|name| name.parse::<SchemaName>());
    /// let schools = registry.create_many(names.into_iter().collect::<Result<Vec<_>, _>>()?)?;
    /// assert_eq!(schools.len(), 2);
    /// # Ok(()) }
    /// ```
    pub fn create_many<N: Into<NewSchema>>(
        &self,
        new: impl IntoIterator<Item = N>,
    ) -> Result<Vec<Schema>, CreateManyError> {
        let new: Vec<NewSchema> = new.into_iter().map(Into::into).collect();
        let wanted = new.len();
        let mut made = Vec::with_capacity(wanted);
        let failed = |made, source| CreateManyError {
            made,
            wanted,
            source,
        };
        if let Err(source) = self.check_all(&new) {
            return Err(failed(made, source));
        }
        for new in new {
            match self.create(new) {
                Ok(schema) => made.push(schema),
                Err(source) => return Err(failed(made, source)),
            }
        }
        Ok(made)
    }

    fn check_all(&self, new: &[NewSchema]) -> Result<(), CreateError> {
        let Some(first) = new.first() else {
            return Ok(());
        };
        let (mut names, mut labels) = (HashSet::new(), HashSet::new());
        for it in new {
            self.check(it)?;
            let failed = if !names.insert(it.name.as_str()) {
                already_exists(it)
            } else if !labels.insert(it.label_or_name()) {
                label_taken(it)
            } else {
                continue;
            };
            return Err(failed);
        }
        let checkout = |source| CreateError::Checkout {
            schema: first.name.clone(),
            source,
        };
        let mut conn = self.pool.global().map_err(checkout)?;
        let checked = conn.lend(|pg| {
            let taken = taken(pg, new);
            taken.map_err(|failed| failed.explain(pg, &first.name, std::time::Duration::ZERO))
        });
        checked.map_err(|error| checkout(error.into()))?
    }
}

/// Fails if a schema has one of the names or labels already.
fn taken(pg: &mut PgConnection, new: &[NewSchema]) -> Result<(), Failed> {
    let names: Vec<&str> = new.iter().map(|it| it.name.as_str()).collect();
    let labels: Vec<&str> = new.iter().map(NewSchema::label_or_name).collect();
    let found = schemas::table
        .filter(
            schemas::name
                .eq_any(&names)
                .or(schemas::label.eq_any(&labels)),
        )
        .select((schemas::name, schemas::label));
    let found: Vec<(String, String)> = found.load(pg)?;
    for it in new {
        if found.iter().any(|(name, _)| name == it.name.as_str()) {
            return Err(already_exists(it).into());
        }
        if found.iter().any(|(_, label)| label == it.label_or_name()) {
            return Err(label_taken(it).into());
        }
        if sql::schema_exists(pg, it.name.as_str())? {
            return Err(Failed::Known(CreateError::StraySchema {
                schema: it.name.clone(),
            }));
        }
    }
    Ok(())
}
