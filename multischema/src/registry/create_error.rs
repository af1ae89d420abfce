//! Why no schema was made.

use std::time::Duration;

use diesel::result::Error;

use super::label::InvalidLabelKind;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::pool::CheckoutError;
use crate::template::TemplateError;

/// Why no schema was made. Nothing of it is left, but where a variant says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateError {
    /// The registry has a schema of this name.
    #[error("schema `{schema}` is in the registry already")]
    AlreadyExists {
        /// The schema.
        schema: SchemaName,
    },
    /// PostgreSQL has a schema of this name that is not in the registry, and so is nobody's known. Look what is
    /// in it, then drop it or rename it, or take another name.
    #[error(
        "PostgreSQL has a schema `{schema}` that is not in the registry; drop or rename it, or take another name"
    )]
    StraySchema {
        /// The schema.
        schema: SchemaName,
    },
    /// The template is nobody's schema. [`Registry::init`](crate::Registry::init) makes it.
    #[error("`__template__` is no tenant's schema and is not made by hand")]
    Template,
    /// The name is that of a schema that all tenants share: it would be in the search path of all.
    #[error("`{schema}` is the name of a schema that all tenants share, and cannot be one's own")]
    Shared {
        /// The schema.
        schema: SchemaName,
    },
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
        /// The schema.
        schema: SchemaName,
        /// The label.
        label: String,
    },
    /// The registry has no schema that this one was to be a copy of.
    #[error("the registry has no schema `{from}` that `{schema}` could be a copy of")]
    NoSource {
        /// The schema.
        schema: SchemaName,
        /// What it was to be a copy of.
        from: SchemaName,
    },
    /// The schema that this one was to be a copy of is neither active nor suspended.
    #[error("schema `{schema}` cannot be made as a copy of `{from}`, as that is {found}")]
    SourceStatus {
        /// The schema.
        schema: SchemaName,
        /// What it was to be a copy of.
        from: SchemaName,
        /// What that is.
        found: SchemaStatus,
    },
    /// What the schema is a copy of, the template if nothing else was said, was being migrated or changed, or a table that
    /// all share and that it references was locked, for as long as the caller was ready to wait. Try again.
    #[error(
        "schema `{schema}` was not made in {waited:.1?}, as what it is a copy of is being migrated or changed, or a table that it references is locked; try again"
    )]
    Busy {
        /// The schema.
        schema: SchemaName,
        /// How long the caller waited.
        waited: Duration,
    },
    /// The library's own tables are not in the database: call [`Registry::init`](crate::Registry::init) once.
    #[error(
        "this database has no registry to put schema `{schema}` in; run `migrate_all` or `Registry::init` first"
    )]
    NotInstalled {
        /// The schema.
        schema: SchemaName,
    },
    /// The database role lacks a right.
    #[error("role `{role}` may not make schema `{schema}`; it needs `GRANT {needs} TO \"{role}\"`")]
    NotAllowed {
        /// The schema.
        schema: SchemaName,
        /// The role that the connection acts as.
        role: String,
        /// The right.
        needs: String,
    },
    /// The template, or the schema to copy, cannot be copied, or the copy would not have been equal to it.
    #[error("schema `{schema}` could not be made as a copy")]
    Clone {
        /// The schema.
        schema: SchemaName,
        /// Why not.
        source: TemplateError,
    },
    /// A transaction is open that was begun by raw SQL, so that Diesel would end it for its own. Begin it by
    /// [`Connection::transaction`](diesel::Connection::transaction).
    #[error(
        "schema `{schema}` cannot be made in a transaction that Diesel does not know of; begin it by `transaction`"
    )]
    UnknownTransaction {
        /// The schema.
        schema: SchemaName,
    },
    /// The pool had no connection.
    #[error("there is no connection to make schema `{schema}` on")]
    Checkout {
        /// The schema.
        schema: SchemaName,
        /// Why not.
        source: CheckoutError,
    },
    /// PostgreSQL or the network failed. If that was during the commit, the schema may have been made.
    #[error("schema `{schema}` could not be made")]
    Query {
        /// The schema.
        schema: SchemaName,
        /// What PostgreSQL or the network said.
        source: Error,
    },
}

impl CreateError {
    /// Returns the schema that was to be made, if it was a tenant's.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaName> {
        match self {
            Self::AlreadyExists { schema }
            | Self::StraySchema { schema }
            | Self::InvalidLabel { schema, .. }
            | Self::LabelTaken { schema, .. }
            | Self::Shared { schema }
            | Self::NoSource { schema, .. }
            | Self::SourceStatus { schema, .. }
            | Self::Busy { schema, .. }
            | Self::NotInstalled { schema }
            | Self::NotAllowed { schema, .. }
            | Self::Clone { schema, .. }
            | Self::UnknownTransaction { schema }
            | Self::Checkout { schema, .. }
            | Self::Query { schema, .. } => Some(schema),
            Self::Template => None,
        }
    }
}
