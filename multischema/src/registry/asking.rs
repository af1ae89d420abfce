//! How a question reaches the database, and why it has no answer.

use super::error::RegistryError;
use super::obstacle::Need;
use super::registry::Registry;
use crate::name::SchemaName;
use crate::pool::Lease;
use crate::scope::GlobalConnection;

impl Registry {
    /// Asks something about one schema.
    pub(super) fn about<T>(
        &self,
        name: &SchemaName,
        need: Need,
        work: impl FnOnce(&mut GlobalConnection<Lease>) -> Result<T, Failed>,
    ) -> Result<T, RegistryError> {
        if name.is_template() {
            return Err(RegistryError::Template);
        }
        self.run(Some(name), need, work)
    }

    /// Asks something, and finds out why if there is no answer.
    pub(super) fn run<T>(
        &self,
        schema: Option<&SchemaName>,
        need: Need,
        work: impl FnOnce(&mut GlobalConnection<Lease>) -> Result<T, Failed>,
    ) -> Result<T, RegistryError> {
        let checkout = |source| RegistryError::Checkout {
            schema: schema.cloned(),
            source,
        };
        let mut conn = self.pool.global().map_err(checkout)?;
        work(&mut conn).map_err(|failed| match failed {
            Failed::Known(error) => error,
            Failed::Query(error) => match conn.as_pg() {
                Ok(pg) => RegistryError::explain(pg, need, schema, error),
                Err(_) => RegistryError::Query {
                    schema: schema.cloned(),
                    source: error,
                },
            },
        })
    }
}

/// Why something failed, if that is known yet.
pub(super) enum Failed {
    Known(RegistryError),
    Query(diesel::result::Error),
}

impl From<RegistryError> for Failed {
    fn from(error: RegistryError) -> Self {
        Self::Known(error)
    }
}

impl From<diesel::result::Error> for Failed {
    fn from(error: diesel::result::Error) -> Self {
        Self::Query(error)
    }
}

pub(super) fn not_found(name: &SchemaName) -> RegistryError {
    RegistryError::NotFound {
        schema: name.clone(),
    }
}

/// Returns the unique constraint that a statement would have violated.
pub(super) fn violated(error: &diesel::result::Error) -> Option<&str> {
    use diesel::result::{DatabaseErrorKind, Error};
    match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, information) => {
            information.constraint_name()
        }
        _ => None,
    }
}
