//! Why the registry did not answer, or did not do what was asked.

use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::result::Error;

use super::label::InvalidLabelKind;
use super::obstacle::{Need, Obstacle};
use super::user::InvalidUserKind;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::pool::CheckoutError;
#[cfg(feature = "migrations")]
use crate::template::Ids;

/// Why the registry was not read, or a schema in it was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The registry has no such schema.
    #[error("the registry has no schema `{schema}`")]
    NotFound {
        /// The schema asked for.
        schema: SchemaName,
    },
    /// The template is nobody's schema, and not in the registry.
    #[error("`__template__` is no tenant's schema and is not in the registry")]
    Template,
    /// The label breaks a rule; see [`NewSchema::label`](crate::NewSchema::label).
    #[error("schema `{schema}` cannot have the label {label:?}")]
    InvalidLabel {
        /// The schema.
        schema: SchemaName,
        /// The label.
        label: String,
        /// The rule.
        #[source]
        kind: InvalidLabelKind,
    },
    /// Another schema has the label.
    #[error("schema `{schema}` cannot have the label {label:?}, as another schema has it")]
    LabelTaken {
        /// The schema that was to get it.
        schema: SchemaName,
        /// The label.
        label: String,
    },
    /// Nobody can have this id, which is not repeated here.
    #[error("the id of a user cannot be a member's of schema `{schema}`")]
    InvalidUser {
        /// The schema.
        schema: SchemaName,
        /// The rule.
        #[source]
        kind: InvalidUserKind,
    },
    /// The role breaks a rule; they are those of a [label](crate::NewSchema::label).
    #[error("nobody can have the role {role:?} in schema `{schema}`")]
    InvalidRole {
        /// The schema.
        schema: SchemaName,
        /// The role.
        role: String,
        /// The rule.
        #[source]
        kind: InvalidLabelKind,
    },
    /// The schema is at a time of its life at which this cannot be done.
    #[error("schema `{schema}` is {found}, and only one that is {expected} can become {wanted}")]
    WrongStatus {
        /// The schema.
        schema: SchemaName,
        /// What it was to become.
        wanted: SchemaStatus,
        /// What it would have to be.
        expected: SchemaStatus,
        /// What it is.
        found: SchemaStatus,
    },
    /// The registry has a schema of the name that this one was to get.
    #[error("schema `{schema}` cannot be called `{name}`, as another is called so")]
    NameTaken {
        /// The schema.
        schema: SchemaName,
        /// The name that it was to get.
        name: SchemaName,
    },
    /// PostgreSQL has a schema of this name that is not in the registry. Look what is in it, then drop it or rename it.
    #[error(
        "PostgreSQL has a schema `{schema}` that is not in the registry; drop or rename it, or take another name"
    )]
    StraySchema {
        /// The schema.
        schema: SchemaName,
    },
    /// The registry has the schema, and PostgreSQL has none. [`Registry::heal`](crate::Registry::heal) makes it, without
    /// rows.
    #[error(
        "the registry has schema `{schema}`, but PostgreSQL has not; `multischema schema heal` makes it anew, empty"
    )]
    MissingSchema {
        /// The schema.
        schema: SchemaName,
    },
    /// Functions of the schema have its name in their bodies or settings, and would go on to look for it by that.
    #[error("schema `{schema}` cannot be renamed: {}", functions.join("; "))]
    NamesItself {
        /// The schema.
        schema: SchemaName,
        /// What names it, and what to do.
        functions: Vec<String>,
    },
    /// Others migrate or change the schema, or use what would be removed, for as long as was waited. Try again.
    #[error("schema `{schema}` was in use by others for {waited:.1?}; try again")]
    Busy {
        /// The schema.
        schema: SchemaName,
        /// How long was waited.
        waited: Duration,
    },
    /// Objects outside of the schema depend on it, and would be removed with it. Drop them first.
    #[error("schema `{schema}` is not removed, as others depend on it: {}", objects.join(", "))]
    DependedOn {
        /// The schema.
        schema: SchemaName,
        /// The objects, and what they depend on.
        objects: Vec<String>,
    },
    /// The server has not enough room for the locks that it takes. Wait until others are done, or raise
    /// `max_locks_per_transaction` and restart the server.
    #[error(
        "to remove schema `{schema}` takes about {needed} locks at a time, and the server has room for {free} more of {capacity}; try again later, or raise `max_locks_per_transaction`"
    )]
    Locks {
        /// The schema.
        schema: SchemaName,
        /// How many locks it takes.
        needed: i64,
        /// For how many more there is room.
        free: i64,
        /// How many the server has room for.
        capacity: i64,
    },
    /// The library's own tables are not in the database: call [`Registry::init`](crate::Registry::init) once.
    #[error("this database has no registry; run `migrate_all` or `Registry::init` first")]
    NotInstalled {
        /// The schema asked for, if it was one.
        schema: Option<SchemaName>,
    },
    /// The database role lacks a right.
    #[error("role `{role}` may not do this; it needs `GRANT {needs} TO \"{role}\"`")]
    NotAllowed {
        /// The schema asked for, if it was one.
        schema: Option<SchemaName>,
        /// The role that the connection acts as.
        role: String,
        /// The right.
        needs: String,
    },
    /// The pool had no connection.
    #[error("there is no connection to the registry")]
    Checkout {
        /// The schema asked for, if it was one.
        schema: Option<SchemaName>,
        /// Why not.
        source: CheckoutError,
    },
    /// PostgreSQL or the network failed, or a row that raw SQL wrote cannot be read.
    #[error("the registry did not answer for {}", place(schema.as_ref()))]
    Query {
        /// The schema asked for, if it was one.
        schema: Option<SchemaName>,
        /// What PostgreSQL or the network said.
        source: Error,
    },
}

impl RegistryError {
    /// Returns the schema that was asked for, if it was one.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaName> {
        match self {
            Self::NotFound { schema }
            | Self::InvalidLabel { schema, .. }
            | Self::LabelTaken { schema, .. }
            | Self::InvalidUser { schema, .. }
            | Self::InvalidRole { schema, .. }
            | Self::WrongStatus { schema, .. }
            | Self::NameTaken { schema, .. }
            | Self::StraySchema { schema }
            | Self::MissingSchema { schema }
            | Self::NamesItself { schema, .. }
            | Self::Busy { schema, .. }
            | Self::DependedOn { schema, .. }
            | Self::Locks { schema, .. } => Some(schema),
            Self::NotInstalled { schema }
            | Self::NotAllowed { schema, .. }
            | Self::Checkout { schema, .. }
            | Self::Query { schema, .. } => schema.as_ref(),
            Self::Template => None,
        }
    }

    /// Finds out why a query failed.
    pub(super) fn explain(
        pg: &mut PgConnection,
        need: Need,
        schema: Option<&SchemaName>,
        source: Error,
    ) -> Self {
        let schema = schema.cloned();
        match Obstacle::find(pg, need, &source) {
            Some(Obstacle::NotInstalled) => Self::NotInstalled { schema },
            Some(Obstacle::NotAllowed { role, needs }) => Self::NotAllowed {
                schema,
                role,
                needs,
            },
            None => Self::Query { schema, source },
        }
    }
}

fn place(schema: Option<&SchemaName>) -> String {
    match schema {
        Some(schema) => format!("schema `{schema}`"),
        None => "all schemata".into(),
    }
}

/// Why the database was not prepared.
#[cfg(feature = "migrations")]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// The pool had no connection.
    #[error("there is no connection to prepare the database on")]
    Checkout {
        /// Why not.
        source: CheckoutError,
    },
    /// The library's own tables were not made. The role has to own the database, or have the right `CREATE` on
    /// it.
    #[error("the library's tables could not be made")]
    Tables {
        /// What the migration, or who waited for another's, said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The schemata that there are count their ids otherwise.
    #[error("ids were to be {wanted}, and the schemata that there are have ids that are {found}")]
    OtherIds {
        /// How they were to count.
        wanted: Ids,
        /// How they do.
        found: Ids,
    },
    /// The template was not made, or its tables not guarded. The role has to own what is there.
    #[error("`__template__` could not be prepared")]
    Template {
        /// What PostgreSQL, or who waited for another, said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

#[cfg(feature = "migrations")]
impl InitError {
    /// Returns nothing: this is about no tenant's schema.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaName> {
        None
    }
}
