//! Which users belong to which schemata.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;

use super::asking::{Failed, not_found};
use super::error::RegistryError;
use super::label::InvalidLabelKind;
use super::obstacle::Need;
use super::registry::Registry;
use super::schema::{Row, Schema};
use super::table::{members, schemas};
use super::user;
use crate::model::RunQueryDsl;
use crate::name::SchemaName;
use crate::pool::Lease;
use crate::scope::GlobalConnection;

/// A user who belongs to a schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Member {
    /// What the application calls the user.
    pub user: String,
    /// The user's roles in the schema, at least one, in the order of their bytes.
    pub roles: Vec<String>,
}

/// A schema that a user belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Membership {
    /// The schema, whatever its status.
    pub schema: Schema,
    /// The user's roles in it, at least one, in the order of their bytes.
    pub roles: Vec<String>,
}

impl Registry {
    /// Makes a user a member of the schema, or gives a member one more role, and returns whether that is new. What a role
    /// means is for the application to say: all members may use the schema.
    ///
    /// # Errors
    ///
    /// * [`RegistryError::InvalidUser`] if nobody can have this id;
    /// * [`RegistryError::InvalidRole`] if the role breaks a rule; they are those of a
    ///   [label](crate::NewSchema::label);
    /// * else as [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// registry.add_member(&"school_a".parse()?, "ann@example.com", "teacher")?;
    /// # Ok(()) }
    /// ```
    pub fn add_member(
        &self,
        schema: &SchemaName,
        user: &str,
        role: &str,
    ) -> Result<bool, RegistryError> {
        check_user(schema, user)?;
        check_role(schema, role)?;
        let added = self.about(schema, Need::AddMembers, |conn| {
            let row = (
                members::schema_id.eq(id(conn, schema)?),
                members::user_id.eq(user),
                members::role.eq(role),
            );
            let insert = diesel::insert_into(members::table).values(row);
            let inserted = insert.on_conflict_do_nothing().execute(conn);
            inserted.map_err(|error| match error {
                // It was removed in between.
                diesel::result::Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
                    not_found(schema).into()
                }
                error => Failed::Query(error),
            })
        })?;
        self.pool.note_change();
        Ok(added > 0)
    }

    /// Takes a user's membership of the schema, with all roles, and returns whether there was one.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// registry.remove_member(&"school_a".parse()?, "ann@example.com")?;
    /// # Ok(()) }
    /// ```
    pub fn remove_member(&self, schema: &SchemaName, user: &str) -> Result<bool, RegistryError> {
        self.remove(schema, user, None)
    }

    /// Takes one role from a member, and returns whether the user had it. Who has none left is no member any more.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// registry.remove_role(&"school_a".parse()?, "ann@example.com", "teacher")?;
    /// # Ok(()) }
    /// ```
    pub fn remove_role(
        &self,
        schema: &SchemaName,
        user: &str,
        role: &str,
    ) -> Result<bool, RegistryError> {
        self.remove(schema, user, Some(role))
    }

    fn remove(
        &self,
        schema: &SchemaName,
        user: &str,
        role: Option<&str>,
    ) -> Result<bool, RegistryError> {
        let is_nobody = user::check(user).is_err() || role.is_some_and(|it| it.contains('\0'));
        let removed = self.about(schema, Need::RemoveMembers, |conn| {
            let id = id(conn, schema)?;
            if is_nobody {
                return Ok(0);
            }
            let of_user = members::user_id.eq(user).and(members::schema_id.eq(id));
            let rows = diesel::delete(members::table.filter(of_user));
            Ok(match role {
                Some(role) => rows.filter(members::role.eq(role)).execute(conn)?,
                None => rows.execute(conn)?,
            })
        })?;
        self.pool.note_change();
        Ok(removed > 0)
    }

    /// Returns the members of the schema, in the order of their ids' bytes.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), Box<dyn std::error::Error>> {
    /// for member in registry.members(&"school_a".parse()?)? {
    ///     println!("{}: {}", member.user, member.roles.join(", "));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn members(&self, schema: &SchemaName) -> Result<Vec<Member>, RegistryError> {
        let rows: Vec<(String, String)> = self.about(schema, Need::ReadMembers, |conn| {
            let rows = members::table.filter(members::schema_id.eq(id(conn, schema)?));
            let rows = rows.select((members::user_id, members::role));
            Ok(rows.order((members::user_id, members::role)).load(conn)?)
        })?;
        let mut all: Vec<Member> = Vec::new();
        for (user, role) in rows {
            match all.last_mut() {
                Some(last) if last.user == user => last.roles.push(role),
                _ => all.push(Member {
                    user,
                    roles: vec![role],
                }),
            }
        }
        Ok(all)
    }

    /// Returns the schemata that a user belongs to, whatever their status, in the order in which they were made. Those that
    /// the user may use are [`visible`](Self::visible).
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), multischema::RegistryError> {
    /// for membership in registry.memberships("ann@example.com")? {
    ///     println!("{}: {}", membership.schema.label, membership.roles.join(", "));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn memberships(&self, user: &str) -> Result<Vec<Membership>, RegistryError> {
        if user::check(user).is_err() {
            return Ok(Vec::new());
        }
        self.run(None, Need::ReadMembers, |conn| {
            let rows = members::table.inner_join(schemas::table);
            let rows = rows.filter(members::user_id.eq(user));
            let rows = rows.select((<Row as SelectableHelper<Pg>>::as_select(), members::role));
            let rows: Vec<(Row, String)> = rows.order((schemas::id, members::role)).load(conn)?;
            let mut all: Vec<Membership> = Vec::new();
            for (row, role) in rows {
                let schema = row.checked()?;
                match all.last_mut() {
                    Some(last) if last.schema.id == schema.id => last.roles.push(role),
                    _ => all.push(Membership {
                        schema,
                        roles: vec![role],
                    }),
                }
            }
            Ok(all)
        })
    }

    /// The numbers of the schemata that a user belongs to, and the user's roles there.
    pub(crate) fn roles_of(&self, user: &str) -> Result<Vec<(i32, String)>, RegistryError> {
        if user::check(user).is_err() {
            return Ok(Vec::new());
        }
        self.run(None, Need::ReadMembers, |conn| {
            let rows = members::table.filter(members::user_id.eq(user));
            let rows = rows.select((members::schema_id, members::role));
            Ok(rows.order((members::schema_id, members::role)).load(conn)?)
        })
    }
}

/// The number of the schema.
fn id(conn: &mut GlobalConnection<Lease>, schema: &SchemaName) -> Result<i32, Failed> {
    let id = schemas::table.filter(schemas::name.eq(schema.as_str()));
    let id: Option<i32> = id.select(schemas::id).first(conn).optional()?;
    Ok(id.ok_or_else(|| not_found(schema))?)
}

fn check_user(schema: &SchemaName, user: &str) -> Result<(), RegistryError> {
    user::check(user).map_err(|kind| RegistryError::InvalidUser {
        schema: schema.clone(),
        kind,
    })
}

fn check_role(schema: &SchemaName, role: &str) -> Result<(), RegistryError> {
    InvalidLabelKind::check(role).map_err(|kind| RegistryError::InvalidRole {
        schema: schema.clone(),
        role: role.to_owned(),
        kind,
    })
}
