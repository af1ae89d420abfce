//! Which schemata a user may use.

use diesel::prelude::*;

use super::error::RegistryError;
use super::obstacle::Need;
use super::registry::Registry;
use super::schema::{Row, Schema};
use super::table::{members, schemas};
use super::user::{self, User};
use crate::model::RunQueryDsl;
use crate::name::SchemaName;

impl Registry {
    /// Returns the schemata that the user may use now, in the order in which they were made.
    ///
    /// A superuser may use all that are active or suspended; others those that are active and that they are members of. An
    /// archived one is nobody's: [restore](Self::restore) it first.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::User;
    ///
    /// # fn example(registry: multischema::Registry) -> Result<(), multischema::RegistryError> {
    /// for school in registry.visible(&User::new("ann@example.com"))? {
    ///     println!("{}", school.label);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn visible(&self, user: &User) -> Result<Vec<Schema>, RegistryError> {
        if user.is_superuser() {
            return self.list(user.usable().to_vec());
        }
        if user::check(user.id()).is_err() {
            return Ok(Vec::new());
        }
        self.run(None, Need::ReadMembers, |conn| {
            let own = members::table.filter(members::user_id.eq(user.id()));
            let own = own.select(members::schema_id);
            let rows = schemas::table.filter(schemas::status.eq_any(user.usable()));
            let rows = rows.filter(schemas::id.eq_any(own));
            let rows = rows.select(Row::as_select()).order(schemas::id);
            let rows: Vec<Row> = rows.load(conn)?;
            let checked: QueryResult<_> = rows.into_iter().map(Row::checked).collect();
            Ok(checked?)
        })
    }

    /// Returns whether the user may use the schema now, by the same rule as [`visible`](Self::visible): asked in one
    /// statement. Nobody may use the template, nor a schema that is not there.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::User;
    ///
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let ann = User::new("ann@example.com");
    /// if !registry.may_use(&ann, &"school_a".parse()?)? {
    ///     return Err("you may not select that schema".into());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn may_use(&self, user: &User, schema: &SchemaName) -> Result<bool, RegistryError> {
        Ok(self.usable(user, schema)?.is_some())
    }

    /// Returns the number of the schema, if the user may use it now.
    pub(crate) fn usable(
        &self,
        user: &User,
        schema: &SchemaName,
    ) -> Result<Option<i32>, RegistryError> {
        if schema.is_template() {
            return Ok(None);
        }
        let row = || {
            let row = schemas::table.filter(schemas::name.eq(schema.as_str()));
            let row = row.filter(schemas::status.eq_any(user.usable()));
            row.select(schemas::id)
        };
        if user.is_superuser() {
            return self.run(Some(schema), Need::Read, |conn| {
                Ok(row().first(conn).optional()?)
            });
        }
        if user::check(user.id()).is_err() {
            return Ok(None);
        }
        self.run(Some(schema), Need::ReadMembers, |conn| {
            let own = members::table.filter(members::user_id.eq(user.id()));
            let own = own.select(members::schema_id);
            let row = row().filter(schemas::id.eq_any(own));
            Ok(row.first(conn).optional()?)
        })
    }

    /// Returns the roles that the user has in the schema, in the order of their bytes: none if the user is no member, or if
    /// the user may not use the schema now. A superuser who is no member may use it and has none.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::User;
    ///
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// let roles = registry.roles(&User::new("ann@example.com"), &"school_a".parse()?)?;
    /// let may_grade = roles.iter().any(|role| role == "teacher");
    /// # Ok(()) }
    /// ```
    pub fn roles(&self, user: &User, schema: &SchemaName) -> Result<Vec<String>, RegistryError> {
        if schema.is_template() || user::check(user.id()).is_err() {
            return Ok(Vec::new());
        }
        self.run(Some(schema), Need::ReadMembers, |conn| {
            let rows = members::table.inner_join(schemas::table);
            let rows = rows.filter(schemas::name.eq(schema.as_str()));
            let rows = rows.filter(schemas::status.eq_any(user.usable()));
            let rows = rows.filter(members::user_id.eq(user.id()));
            Ok(rows.select(members::role).order(members::role).load(conn)?)
        })
    }
}
