//! Putting a schema away, and taking it back.

use diesel::pg::PgConnection;
use diesel::prelude::*;

use super::alone::with_row;
use super::asking::Failed;
use super::error::RegistryError;
use super::obstacle::Need;
use super::registry::Registry;
use super::schema::{Row, Schema};
use super::sql;
use super::table::schemas;
use crate::catalog::{Catalog, Detail, Grants, Kinds, Namespace};
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::template::{rights_to_schema, version};

impl Registry {
    /// Puts the schema away, and returns it: nobody can check it out until it is [restored](Self::restore), and only its
    /// owner has rights to it. Its rows are kept, its migrations run, and nobody else gets its name. If it is archived
    /// already, nothing changes.
    ///
    /// PostgreSQL calls it `__trash_` with its number in the registry meanwhile. The rights that others had to it are kept
    /// in the registry.
    ///
    /// # Errors
    ///
    /// * [`RegistryError::WrongStatus`] if it is neither active nor suspended nor archived;
    /// * [`RegistryError::MissingSchema`] if PostgreSQL has no such schema;
    /// * [`RegistryError::Busy`] if others migrate or change it;
    /// * else as [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let school = registry.archive(&"school_a".parse()?)?;
    /// assert_eq!(school.status, multischema::SchemaStatus::Archived);
    /// # Ok(()) }
    /// ```
    pub fn archive(&self, name: &SchemaName) -> Result<Schema, RegistryError> {
        let archived = self.alone(name, Need::Own, |pg, found| {
            let expected = [SchemaStatus::Active, SchemaStatus::Suspended];
            if found.status == SchemaStatus::Archived {
                return Ok(found);
            }
            found.expect_status(SchemaStatus::Archived, &expected)?;
            with_row(pg, &found, |pg| archive(pg, &found))
        })?;
        self.pool.invalidate(name);
        Ok(archived)
    }

    /// Takes a schema back that was [archived](Self::archive), with the rights to it that there were, and returns it. It is
    /// active then. If it is active already, nothing changes.
    ///
    /// Rights of roles that are not there any more are left out.
    ///
    /// # Errors
    ///
    /// * [`RegistryError::WrongStatus`] if it is neither archived nor active;
    /// * [`RegistryError::StraySchema`] if somebody made a PostgreSQL schema of its name meanwhile;
    /// * else as [`archive`](Self::archive).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// registry.restore(&"school_a".parse()?)?;
    /// # Ok(()) }
    /// ```
    pub fn restore(&self, name: &SchemaName) -> Result<Schema, RegistryError> {
        let restored = self.alone(name, Need::Own, |pg, found| {
            if found.status == SchemaStatus::Active {
                return Ok(found);
            }
            found.expect_status(SchemaStatus::Active, &[SchemaStatus::Archived])?;
            with_row(pg, &found, |pg| restore(pg, &found))
        })?;
        self.pool.invalidate(name);
        Ok(restored)
    }
}

fn archive(pg: &mut PgConnection, schema: &Schema) -> Result<Schema, Failed> {
    let namespace = namespace(pg, schema)?;
    sql::keep_grants(pg, schema.id, &schema.name)?;
    let grants = namespace.grants.own.into_iter().flatten();
    let others = grants.filter(|grant| grant.grantee.as_ref() != Some(&namespace.owner));
    let mut others: Vec<Option<String>> = others.map(|grant| grant.grantee).collect();
    others.dedup();
    sql::revoke_all(pg, &schema.name, &others)?;
    sql::rename(pg, &schema.name, &SchemaName::archived(schema.id), "")?;
    turn(pg, schema.id, SchemaStatus::Archived)
}

fn restore(pg: &mut PgConnection, schema: &Schema) -> Result<Schema, Failed> {
    let name = &schema.name;
    if sql::schema_exists(pg, name.as_str())? {
        let schema = name.clone();
        return Err(RegistryError::StraySchema { schema }.into());
    }
    let namespace = namespace(pg, schema)?;
    sql::rename(pg, &schema.called(), name, "")?;
    if let Some(kept) = sql::take_grants(pg, schema.id)? {
        let by_default = namespace.grants.by_default.clone();
        let wanted = Grants::of(kept, by_default);
        let mut wanted = wanted.map_err(diesel::result::Error::DeserializationError)?;
        let roles = sql::roles(pg)?;
        if let Some(own) = &mut wanted.own {
            let is_there = |role: &String| roles.contains(role);
            own.retain(|it| it.grantee.as_ref().is_none_or(is_there) && is_there(&it.grantor));
        }
        let role = sql::role(pg)?;
        sql::give_back(pg, &rights_to_schema(&wanted, &namespace, name, &role))?;
    }
    turn(pg, schema.id, SchemaStatus::Active)
}

/// The schema as PostgreSQL has it.
fn namespace(pg: &mut PgConnection, schema: &Schema) -> Result<Namespace, Failed> {
    let version = version(pg)?;
    let kinds = Kinds::schema();
    let called = schema.called();
    match Catalog::read(pg, called.as_str(), Detail::Facts(&kinds), version)? {
        Some(catalog) => Ok(catalog.namespace),
        None => Err(Failed::Known(RegistryError::MissingSchema {
            schema: schema.name.clone(),
        })),
    }
}

/// The schema is called otherwise now, and nobody's statements are of use any more.
fn turn(pg: &mut PgConnection, id: i32, status: SchemaStatus) -> Result<Schema, Failed> {
    let row = diesel::update(schemas::table.find(id));
    let row = row.set((
        schemas::status.eq(status),
        schemas::generation.eq(schemas::generation + 1),
    ));
    let row: Row = row.returning(Row::as_returning()).get_result(pg)?;
    Ok(row.checked()?)
}
