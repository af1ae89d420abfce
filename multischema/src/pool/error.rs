//! Why there is no connection.

use std::time::Duration;

use diesel::r2d2::PoolError;

use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::scope::{ScopeError, place};

/// Why a connection was not handed out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckoutError {
    /// PostgreSQL has no such schema.
    #[error("schema `{schema}` does not exist")]
    Unknown {
        /// The schema asked for.
        schema: SchemaName,
    },
    /// PostgreSQL has a schema of this name, and the registry does not.
    #[error(
        "schema `{schema}` is not in the registry; `Registry::create` makes a schema with its row"
    )]
    Unregistered {
        /// The schema asked for.
        schema: SchemaName,
    },
    /// The schema cannot be used for now.
    #[error("schema `{schema}` is suspended")]
    Suspended {
        /// The schema asked for.
        schema: SchemaName,
    },
    /// The schema is put away.
    #[error("schema `{schema}` is archived; restore it first")]
    Archived {
        /// The schema asked for.
        schema: SchemaName,
    },
    /// The schema is not, or was never, complete.
    #[error("schema `{schema}` cannot be used yet: it is {status}")]
    Incomplete {
        /// The schema asked for.
        schema: SchemaName,
        /// What the registry says of it.
        status: SchemaStatus,
    },
    /// The template is nobody's schema.
    #[error("`__template__` is no tenant's schema and cannot be checked out")]
    Template,
    /// The library's own tables are not in the database.
    #[error(
        "this database has no registry, so schema `{schema}` is not known; run `migrate_all` or `Registry::init` first"
    )]
    NoRegistry {
        /// The schema asked for.
        schema: SchemaName,
    },
    /// All connections were in use, for as long as the caller was ready to wait.
    #[error("no connection for {} came free in {waited:.1?}: all {max_size} are in use", place(schema.as_ref()))]
    Exhausted {
        /// The schema asked for; none for the shared part.
        schema: Option<SchemaName>,
        /// How long the caller waited.
        waited: Duration,
        /// How many connections the pool may have.
        max_size: u32,
    },
    /// No connection could be made.
    #[error("no connection for {} could be made in {waited:.1?}", place(schema.as_ref()))]
    Connect {
        /// The schema asked for; none for the shared part.
        schema: Option<SchemaName>,
        /// How long it was tried.
        waited: Duration,
        /// What the last attempt said.
        source: PoolError,
    },
    /// A connection was there, and the scope could not be entered on it.
    #[error(transparent)]
    Scope(ScopeError),
}

impl CheckoutError {
    /// Returns the checkout's error that [`TenantPool::transaction`](super::TenantPool::transaction) put into one of
    /// Diesel's, if it did.
    #[must_use]
    pub fn of(error: &diesel::result::Error) -> Option<&Self> {
        match error {
            diesel::result::Error::QueryBuilderError(inner) => inner.downcast_ref(),
            _ => None,
        }
    }

    /// Returns the schema that was asked for, if one was.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaName> {
        match self {
            Self::Unknown { schema }
            | Self::Unregistered { schema }
            | Self::Suspended { schema }
            | Self::Archived { schema }
            | Self::Incomplete { schema, .. }
            | Self::NoRegistry { schema } => Some(schema),
            Self::Exhausted { schema, .. } | Self::Connect { schema, .. } => schema.as_ref(),
            Self::Template => None,
            Self::Scope(error) => error.schema(),
        }
    }
}

impl From<ScopeError> for CheckoutError {
    fn from(error: ScopeError) -> Self {
        match error {
            ScopeError::SchemaNotFound { schema } => Self::Unknown { schema },
            ScopeError::Unregistered { schema } => Self::Unregistered { schema },
            ScopeError::NoRegistry { schema } => Self::NoRegistry { schema },
            ScopeError::Template => Self::Template,
            ScopeError::NotActive { schema, status } => match status {
                SchemaStatus::Suspended => Self::Suspended { schema },
                SchemaStatus::Archived => Self::Archived { schema },
                _ => Self::Incomplete { schema, status },
            },
            other => Self::Scope(other),
        }
    }
}

impl From<CheckoutError> for diesel::result::Error {
    fn from(error: CheckoutError) -> Self {
        Self::QueryBuilderError(Box::new(error))
    }
}
