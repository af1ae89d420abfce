//! Another name for a schema, in the registry and in PostgreSQL.

use diesel::pg::PgConnection;
use diesel::prelude::*;

use super::alone::with_row;
use super::asking::{Failed, violated};
use super::error::RegistryError;
use super::obstacle::Need;
use super::registry::Registry;
use super::schema::{Row, Schema};
use super::sql;
use super::table::schemas;
use crate::catalog::{Catalog, Detail};
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::template::{naming_the_schema, paths_of_functions, version};

impl Registry {
    /// Gives the schema another name, and returns it. Everything in it goes along: rows, sequences, foreign keys, views, and
    /// the search paths of its functions. The label stays.
    ///
    /// Whoever has checked the schema out by its old name gets an error from then on, unless another schema gets that name at
    /// once: then that is what a connection that is still checked out finds.
    ///
    /// # Errors
    ///
    /// * [`RegistryError::NameTaken`] if the registry has a schema `to`, or all tenants share one, [`StraySchema`](RegistryError::StraySchema) if only
    ///   PostgreSQL has;
    /// * [`RegistryError::NamesItself`] if functions have the old name in their bodies, which PostgreSQL keeps as strings;
    /// * [`RegistryError::WrongStatus`] if it is neither active nor suspended;
    /// * [`RegistryError::MissingSchema`] if PostgreSQL has no such schema;
    /// * [`RegistryError::Busy`] if others migrate or change it;
    /// * else as [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let school = registry.rename(&"school_a".parse()?, &"elm_street".parse()?)?;
    /// assert_eq!(school.name.as_str(), "elm_street");
    /// # Ok(()) }
    /// ```
    pub fn rename(&self, name: &SchemaName, to: &SchemaName) -> Result<Schema, RegistryError> {
        if to.is_template() {
            return Err(RegistryError::Template);
        }
        if self.pool.shared_schemata().contains(to) {
            return Err(RegistryError::NameTaken {
                schema: name.clone(),
                name: to.clone(),
            });
        }
        let renamed = self.alone(name, Need::Own, |pg, found| {
            found.expect_status(
                SchemaStatus::Active,
                &[SchemaStatus::Active, SchemaStatus::Suspended],
            )?;
            if name == to {
                return Ok(found);
            }
            with_row(pg, &found, |pg| rename(pg, &found, to))
        })?;
        self.pool.invalidate(name);
        self.pool.invalidate(to);
        Ok(renamed)
    }
}

fn rename(pg: &mut PgConnection, schema: &Schema, to: &SchemaName) -> Result<Schema, Failed> {
    let name = &schema.name;
    let taken = || RegistryError::NameTaken {
        schema: name.clone(),
        name: to.clone(),
    };
    let others = schemas::table.filter(schemas::name.eq(to.as_str()));
    let other: Option<i32> = others.select(schemas::id).first(pg).optional()?;
    if other.is_some() {
        return Err(taken().into());
    }
    if sql::schema_exists(pg, to.as_str())? {
        let schema = to.clone();
        return Err(RegistryError::StraySchema { schema }.into());
    }
    sql::enter(pg, name)?;
    let version = version(pg)?;
    let Some(catalog) = Catalog::read(pg, name.as_str(), Detail::Definitions, version)? else {
        let schema = name.clone();
        return Err(RegistryError::MissingSchema { schema }.into());
    };
    let naming = naming_the_schema(&catalog);
    if !naming.is_empty() {
        return Err(Failed::Known(RegistryError::NamesItself {
            schema: name.clone(),
            functions: naming.iter().map(ToString::to_string).collect(),
        }));
    }
    sql::rename(pg, name, to, &paths_of_functions(&catalog, to))?;
    sql::leave(pg)?;
    sql::allow_renaming(pg, name)?;
    let row = diesel::update(schemas::table.find(schema.id));
    let row = row.set((
        schemas::name.eq(to.as_str()),
        schemas::generation.eq(schemas::generation + 1),
    ));
    let row: QueryResult<Row> = row.returning(Row::as_returning()).get_result(pg);
    let row = row.map_err(|error| match violated(&error) {
        Some("schemas_name_key") => taken().into(),
        _ => Failed::Query(error),
    })?;
    Ok(row.checked()?)
}
