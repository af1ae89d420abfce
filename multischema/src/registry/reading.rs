//! Which schemata there are.

use diesel::prelude::*;
use diesel::result::Error;

use super::asking::not_found;
use super::error::RegistryError;
use super::filter::Filter;
use super::obstacle::Need;
use super::preflight::ids_of;
use super::registry::Registry;
use super::schema::{Row, Schema};
use super::sql;
use super::table::{schemas, settings};
use crate::model::RunQueryDsl;
use crate::name::SchemaName;
use crate::template::Ids;

impl Registry {
    /// Returns the schema `name`.
    ///
    /// # Errors
    ///
    /// * [`RegistryError::NotFound`] if there is none;
    /// * [`RegistryError::Template`] if it is the template;
    /// * [`RegistryError::NotInstalled`] if [`init`](Self::init) was never called;
    /// * [`RegistryError::NotAllowed`] if the role may not read the registry;
    /// * [`RegistryError::Checkout`] if the pool has no connection;
    /// * [`RegistryError::Query`] if the database fails.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let school = registry.get(&"school_a".parse()?)?;
    /// println!("{} since {:?}", school.label, school.created_at);
    /// # Ok(()) }
    /// ```
    pub fn get(&self, name: &SchemaName) -> Result<Schema, RegistryError> {
        self.find(name)?.ok_or_else(|| not_found(name))
    }

    /// Returns the schema `name`, if there is one.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), but for `NotFound`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let taken = registry.find(&"school_a".parse()?)?.is_some();
    /// # Ok(()) }
    /// ```
    pub fn find(&self, name: &SchemaName) -> Result<Option<Schema>, RegistryError> {
        self.about(name, Need::Read, |conn| {
            let query = schemas::table.filter(schemas::name.eq(name.as_str()));
            let row: Option<Row> = query.select(Row::as_select()).first(conn).optional()?;
            Ok(row.map(Row::checked).transpose()?)
        })
    }

    /// Returns all schemata, or those of some statuses, in the order in which they were made.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), but for `NotFound` and `Template`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::{Filter, SchemaStatus};
    ///
    /// # fn example(registry: multischema::Registry) -> Result<(), multischema::RegistryError> {
    /// for school in registry.list(SchemaStatus::Active)? {
    ///     println!("{}: {}", school.name, school.label);
    /// }
    /// let all = registry.list(Filter::all())?;
    /// # Ok(()) }
    /// ```
    pub fn list(&self, filter: impl Into<Filter>) -> Result<Vec<Schema>, RegistryError> {
        let Filter { statuses } = filter.into();
        self.run(None, Need::Read, |conn| {
            let mut query = schemas::table.select(Row::as_select()).into_boxed();
            if let Some(statuses) = statuses {
                query = query.filter(schemas::status.eq_any(statuses));
            }
            let rows: Vec<Row> = query.order(schemas::id).load(conn)?;
            let checked: QueryResult<_> = rows.into_iter().map(Row::checked).collect();
            Ok(checked?)
        })
    }

    /// Returns whether ids are unique across schemata.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), multischema::RegistryError> {
    /// assert_eq!(registry.ids()?, multischema::Ids::Unique);
    /// # Ok(()) }
    /// ```
    pub fn ids(&self) -> Result<Ids, RegistryError> {
        self.run(None, Need::Read, |conn| {
            let word = settings::table.find(Ids::SETTING).select(settings::value);
            let word: Option<String> = word.first(conn).optional()?;
            let ids = ids_of(word);
            Ok(ids.map_err(|error| Error::DeserializationError(error.into()))?)
        })
    }

    /// Returns the schemata that PostgreSQL has, and neither the registry nor anybody else: not those that all share, nor
    /// PostgreSQL's own, nor an extension's.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), multischema::RegistryError> {
    /// for name in registry.strays()? {
    ///     eprintln!("who needs {name}?");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn strays(&self) -> Result<Vec<String>, RegistryError> {
        let mut strays = self.run(None, Need::Read, |conn| {
            let strays = conn.lend(sql::strays);
            Ok(strays.map_err(Error::from)??)
        })?;
        let shared = self.pool.shared_schemata();
        let is_shared = |name: &String| name.parse().is_ok_and(|name| shared.contains(&name));
        strays.retain(|name| !is_shared(name));
        Ok(strays)
    }

    /// Returns the schemata that have the name of a role. Where that role connects with PostgreSQL's own search path, which
    /// begins with `"$user"`, it works in the schema without asking anybody.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), multischema::RegistryError> {
    /// assert!(registry.named_like_roles()?.is_empty());
    /// # Ok(()) }
    /// ```
    pub fn named_like_roles(&self) -> Result<Vec<SchemaName>, RegistryError> {
        let roles = self.run(None, Need::Read, |conn| {
            let roles = conn.lend(sql::roles);
            Ok(roles.map_err(Error::from)??)
        })?;
        let names = self.list(Filter::all())?.into_iter().map(|it| it.name);
        Ok(names
            .filter(|name| roles.iter().any(|role| role == name.as_str()))
            .collect())
    }
}
