//! Where migrations run, and the proof that a connection is there.

use std::fmt;

use diesel::pg::PgConnection;

use super::error::MigrateError;
use super::sql::{self, Standing};
use crate::name::SchemaName;
use crate::path::{SearchPath, SharedSchemata};

/// A schema and its role in a run.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// `public`, for what all share.
    Global,
    /// `__template__`.
    Template,
    /// A tenant's, with its number in the registry.
    Schema {
        id: i32,
        name: SchemaName,
        /// What PostgreSQL calls it: one that is archived has another name.
        called: SchemaName,
    },
}

impl Place {
    /// The name, none for `public`.
    pub(super) fn schema(&self) -> Option<SchemaName> {
        match self {
            Self::Global => None,
            Self::Template => Some(SchemaName::template()),
            Self::Schema { name, .. } => Some(name.clone()),
        }
    }

    /// Puts the connection here and proves it.
    pub(super) fn enter(
        &self,
        pg: &mut PgConnection,
        shared: &SharedSchemata,
    ) -> Result<Standing, MigrateError> {
        let schema = self.schema();
        let called = match self {
            Self::Schema { called, .. } => Some(called.clone()),
            Self::Global | Self::Template => schema.clone(),
        };
        let path = match &called {
            None => SearchPath::global(shared),
            Some(name) if shared.contains(name) => {
                let schema = name.clone();
                return Err(MigrateError::Shared { schema });
            }
            Some(name) => SearchPath::tenant(name, shared),
        };
        let standing = sql::set_path(pg, path.as_str()).map_err(MigrateError::query(self))?;
        let wanted = called.as_ref().map_or("public", SchemaName::as_str);
        if standing.current_schema.as_deref() == Some(wanted)
            && standing.search_path == path.as_str()
        {
            return Ok(standing);
        }
        Err(MigrateError::NotEntered {
            schema,
            found: standing.current_schema,
        })
    }
}

impl Standing {
    /// Returns whether `other` is in the same place and role.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        self.search_path == other.search_path
            && self.current_schema == other.current_schema
            && self.role == other.role
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            search_path, role, ..
        } = self;
        match &self.current_schema {
            Some(schema) => write!(f, "schema {schema:?}")?,
            None => f.write_str("no schema")?,
        }
        write!(f, " on search path '{search_path}' with role {role:?}")
    }
}
