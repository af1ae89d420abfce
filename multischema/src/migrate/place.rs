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

    /// What PostgreSQL calls it.
    pub(super) fn called(&self) -> &str {
        match self {
            Self::Global => "public",
            Self::Template => SchemaName::TEMPLATE,
            Self::Schema { called, .. } => called.as_str(),
        }
    }

    /// The number in the registry, if it has one.
    pub(super) fn id(&self) -> Option<i32> {
        match self {
            Self::Global | Self::Template => None,
            Self::Schema { id, .. } => Some(*id),
        }
    }

    /// The search path on which migrations run here.
    pub(super) fn path(&self, shared: &SharedSchemata) -> Result<SearchPath, MigrateError> {
        let called = match self {
            Self::Global => return Ok(SearchPath::global(shared)),
            Self::Template => &SchemaName::template(),
            Self::Schema { called, .. } => called,
        };
        if shared.contains(called) {
            let schema = called.clone();
            return Err(MigrateError::Shared { schema });
        }
        Ok(SearchPath::tenant(called, shared))
    }

    /// Puts the connection here and proves it.
    pub(super) fn enter(
        &self,
        pg: &mut PgConnection,
        shared: &SharedSchemata,
    ) -> Result<Standing, MigrateError> {
        let schema = self.schema();
        let path = self.path(shared)?;
        let standing = sql::set_path(pg, path.as_str()).map_err(MigrateError::query(self))?;
        if standing.current_schema.as_deref() == Some(self.called())
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
    /// Where a clean connection of `role` is that was put to `place`, whose path is `path`.
    pub(super) fn of(place: &Place, path: &SearchPath, role: &str) -> Self {
        Self {
            search_path: path.as_str().to_owned(),
            current_schema: Some(place.called().to_owned()),
            role: role.to_owned(),
            transaction: 0,
            let_through: false,
            may_have_ids: false,
        }
    }

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
