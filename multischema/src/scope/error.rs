//! What can be wrong with a connection's scope.

use std::fmt;

use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;

/// Why a scope could not be entered, or a statement was not sent.
///
/// A statement returns it inside of [`diesel::result::Error::QueryBuilderError`];
/// [`of`](Self::of) finds it there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// There is no such schema. Nothing was read: PostgreSQL itself would have gone on with `public`.
    #[error("schema `{schema}` does not exist")]
    SchemaNotFound {
        /// The schema asked for.
        schema: SchemaName,
    },
    /// The schema is there, but PostgreSQL leaves it out of the search path of this role.
    #[error(
        "role `{role}` may not use schema `{schema}`; it needs `GRANT USAGE ON SCHEMA {schema}`"
    )]
    NoUsage {
        /// The schema asked for.
        schema: SchemaName,
        /// The role that the connection acts as.
        role: String,
    },
    /// PostgreSQL has the schema, and the registry does not know it. Only connections of a pool ask the
    /// registry.
    #[error(
        "schema `{schema}` is not in the registry; `Registry::create` makes a schema with its row"
    )]
    Unregistered {
        /// The schema asked for.
        schema: SchemaName,
    },
    /// The registry says that the schema cannot be used now.
    #[error("schema `{schema}` is {status}")]
    NotActive {
        /// The schema asked for.
        schema: SchemaName,
        /// What the registry says.
        status: SchemaStatus,
    },
    /// The registry was to be asked, and the library's own tables are not in the database.
    #[error(
        "this database has no registry to ask for schema `{schema}`; run `migrate_all` or `Registry::init` first"
    )]
    NoRegistry {
        /// The schema asked for.
        schema: SchemaName,
    },
    /// The template was asked for. It is nobody's schema.
    #[error("`__template__` is no tenant's schema and cannot be entered")]
    Template,
    /// The schema is one of those that all tenants share. As a tenant's, its tables would be in reach of
    /// every other.
    #[error("schema `{schema}` is shared by all tenants and cannot be one's own")]
    Shared {
        /// The schema asked for.
        schema: SchemaName,
    },
    /// The scope was to change while a transaction is open. Its rollback would silently undo the change,
    /// so end the transaction first.
    #[error("{} cannot be entered while a transaction is open", place(schema.as_ref()))]
    InTransaction {
        /// The schema asked for; none for the shared part.
        schema: Option<SchemaName>,
    },
    /// Another schema was to be entered from within a scope in which raw SQL ran, and with it would go
    /// what that left open: transactions, temporary tables, settings, locks. Leave the scope first.
    #[error("{} cannot be entered before the scope in which raw SQL ran is left", place(schema.as_ref()))]
    Unclean {
        /// The schema asked for; none for the shared part.
        schema: Option<SchemaName>,
    },
    /// The connection is not where it was put: something set its search path or its role. The
    /// statement was not sent.
    #[error("the connection was moved: expected {expected}, found {found}")]
    Moved {
        /// Where the scope put it.
        expected: Box<Whereabouts>,
        /// Where it is.
        found: Box<Whereabouts>,
    },
    /// The schema's tables or types were changed under a statement that this connection had prepared.
    /// The statement is prepared anew next time: try the whole transaction again.
    #[error("{} was changed while this connection had statements prepared for it; try again", place(schema.as_ref()))]
    StalePlan {
        /// The schema; none for the shared part.
        schema: Option<SchemaName>,
        /// What PostgreSQL said.
        source: diesel::result::Error,
    },
    /// The statement that enters a scope failed.
    #[error("{} could not be entered", place(schema.as_ref()))]
    Enter {
        /// The schema asked for; none for the shared part.
        schema: Option<SchemaName>,
        /// What PostgreSQL or the network said.
        source: diesel::result::Error,
    },
    /// The statement that asks where the connection is failed.
    #[error("where the connection of {} is could not be found out", place(schema.as_ref()))]
    Verify {
        /// The schema; none for the shared part.
        schema: Option<SchemaName>,
        /// What PostgreSQL or the network said.
        source: diesel::result::Error,
    },
    /// What an earlier scope left behind could not be removed.
    #[error("what an earlier scope left on the connection could not be cleaned up to enter {}", place(schema.as_ref()))]
    Clean {
        /// The schema asked for; none for the shared part.
        schema: Option<SchemaName>,
        /// What PostgreSQL or the network said.
        source: diesel::result::Error,
    },
}

impl ScopeError {
    /// Returns the scope error that a statement's error carries, if it carries one.
    ///
    /// # Examples
    ///
    /// ```
    /// use multischema::ScopeError;
    ///
    /// fn was_moved(error: &diesel::result::Error) -> bool {
    ///     matches!(ScopeError::of(error), Some(ScopeError::Moved { .. }))
    /// }
    /// # assert!(!was_moved(&diesel::result::Error::NotFound));
    /// ```
    #[must_use]
    pub fn of(error: &diesel::result::Error) -> Option<&Self> {
        match error {
            diesel::result::Error::QueryBuilderError(inner) => inner.downcast_ref(),
            _ => None,
        }
    }

    /// Returns the schema that was asked for or is in use, if one was.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaName> {
        match self {
            Self::SchemaNotFound { schema }
            | Self::NoUsage { schema, .. }
            | Self::Unregistered { schema }
            | Self::NotActive { schema, .. }
            | Self::NoRegistry { schema }
            | Self::Shared { schema } => Some(schema),
            Self::Template => None,
            Self::InTransaction { schema }
            | Self::Unclean { schema }
            | Self::StalePlan { schema, .. }
            | Self::Enter { schema, .. }
            | Self::Verify { schema, .. }
            | Self::Clean { schema, .. } => schema.as_ref(),
            Self::Moved { expected, .. } => expected.schema.as_ref(),
        }
    }
}

impl From<ScopeError> for diesel::result::Error {
    fn from(error: ScopeError) -> Self {
        Self::QueryBuilderError(Box::new(error))
    }
}

/// How a schema is called in an error, or what it is if it is none.
pub(crate) fn place(schema: Option<&SchemaName>) -> String {
    match schema {
        Some(schema) => format!("schema `{schema}`"),
        None => "the shared part".into(),
    }
}

/// Where PostgreSQL says that a connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// The schema that the scope is for. Not what PostgreSQL says, but what we know by it.
    pub(super) schema: Option<SchemaName>,
    pub(super) search_path: String,
    pub(super) current_schema: Option<String>,
    pub(super) role: String,
}

impl Whereabouts {
    pub(super) fn is_in(&self, schema: &SchemaName) -> bool {
        self.current_schema() == Some(schema.as_str())
    }

    /// Returns the setting `search_path`.
    #[must_use]
    pub fn search_path(&self) -> &str {
        &self.search_path
    }

    /// Returns the first schema of the path that exists: unqualified names are created in it.
    #[must_use]
    pub fn current_schema(&self) -> Option<&str> {
        self.current_schema.as_deref()
    }

    /// Returns the role whose rights are in force.
    #[must_use]
    pub fn role(&self) -> &str {
        &self.role
    }
}

impl fmt::Display for Whereabouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.current_schema {
            Some(schema) => write!(f, "schema `{schema}`")?,
            None => f.write_str("no schema")?,
        }
        write!(
            f,
            " (search_path = '{}') as role `{}`",
            self.search_path, self.role
        )
    }
}
