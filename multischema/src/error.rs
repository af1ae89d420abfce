//! All errors in one, for who passes them on.

use crate::access::AccessError;
use crate::name::{InvalidSchemaName, SchemaName};
use crate::pool::CheckoutError;
use crate::registry::{CreateError, RegistryError};
use crate::scope::ScopeError;

/// Whatever this library fails with: for functions that use several parts of it.
///
/// Each operation has an error of its own, which says more; `?` turns it into this one.
///
/// # Examples
///
/// ```
/// use diesel::prelude::*;
/// use multischema::{Error, RunQueryDsl, TenantPool};
///
/// # diesel::table! { documents { id -> Integer, title -> Text } }
/// # multischema::tables! { tenant: [documents]; global: [] }
/// fn documents_of(pool: &TenantPool, school: &str) -> Result<i64, Error> {
///     let mut conn = pool.tenant(&school.parse()?)?;
///     Ok(documents::table.count().get_result(&mut conn)?)
/// }
///
/// fn http_status(error: &Error) -> u16 {
///     if error.is_not_found() {
///         404
///     } else if error.is_forbidden() {
///         403
///     } else {
///         500
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A string is no schema's name.
    #[error(transparent)]
    Name(#[from] InvalidSchemaName),
    /// A scope was not entered, or a statement not sent.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// A pool was not built.
    #[error(transparent)]
    Build(#[from] diesel::r2d2::PoolError),
    /// A connection was not handed out.
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
    /// A schema was not made.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The registry was not read, or a schema in it was not changed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Who may use which schema was not found out.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The database was not prepared.
    #[cfg(feature = "migrations")]
    #[error(transparent)]
    Init(#[from] crate::registry::InitError),
    /// The database was not migrated.
    #[cfg(feature = "migrations")]
    #[error(transparent)]
    Migrate(#[from] crate::migrate::MigrateError),
    /// Schemata were not compared with the template.
    #[error(transparent)]
    Drift(#[from] crate::drift::DriftError),
    /// Rows were not dumped.
    #[cfg(feature = "fixture")]
    #[error(transparent)]
    Dump(#[from] crate::fixture::DumpError),
    /// A fixture was not loaded.
    #[cfg(feature = "fixture")]
    #[error(transparent)]
    Load(#[from] crate::fixture::LoadError),
    /// A query failed.
    #[error(transparent)]
    Query(diesel::result::Error),
}

impl Error {
    /// Returns whether what was asked for is not there: a schema, or the row of a query.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Scope(error) => matches!(error, ScopeError::SchemaNotFound { .. }),
            Self::Checkout(error) => matches!(
                error,
                CheckoutError::Unknown { .. } | CheckoutError::Unregistered { .. }
            ),
            Self::Registry(error) | Self::Access(AccessError::Registry(error)) => {
                matches!(error, RegistryError::NotFound { .. })
            }
            Self::Query(error) => matches!(error, diesel::result::Error::NotFound),
            #[cfg(feature = "fixture")]
            Self::Dump(error) => matches!(error, crate::fixture::DumpError::UnknownSchemata { .. }),
            #[cfg(feature = "fixture")]
            Self::Load(error) => matches!(error, crate::fixture::LoadError::UnknownSchemata { .. }),
            _ => false,
        }
    }

    /// Returns whether what was asked for is there and not to be had: the schema is not active or is the
    /// template, or the database role lacks a right.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        match self {
            Self::Name(error) => error.name() == SchemaName::TEMPLATE,
            Self::Scope(error) => is_closed(error),
            Self::Checkout(error) => match error {
                CheckoutError::Suspended { .. }
                | CheckoutError::Archived { .. }
                | CheckoutError::Incomplete { .. }
                | CheckoutError::Template => true,
                CheckoutError::Scope(error) => is_closed(error),
                _ => false,
            },
            Self::Create(error) => matches!(
                error,
                CreateError::Template | CreateError::NotAllowed { .. }
            ),
            Self::Registry(error) | Self::Access(AccessError::Registry(error)) => matches!(
                error,
                RegistryError::Template | RegistryError::NotAllowed { .. }
            ),
            #[cfg(feature = "fixture")]
            Self::Load(error) => matches!(error, crate::fixture::LoadError::Template),
            _ => false,
        }
    }

    /// Returns the schema that the error is about, if it is about one.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaName> {
        match self {
            Self::Scope(error) => error.schema(),
            Self::Checkout(error) => error.schema(),
            Self::Create(error) => error.schema(),
            Self::Registry(error) => error.schema(),
            Self::Access(error) => error.schema(),
            #[cfg(feature = "migrations")]
            Self::Migrate(error) => error.schema(),
            #[cfg(feature = "migrations")]
            Self::Init(_) => None,
            #[cfg(feature = "fixture")]
            Self::Dump(error) => error.schema(),
            #[cfg(feature = "fixture")]
            Self::Load(error) => error.schema(),
            Self::Name(_) | Self::Build(_) | Self::Drift(_) | Self::Query(_) => None,
        }
    }
}

/// A statement's error may carry one of ours.
impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        let diesel::result::Error::QueryBuilderError(inner) = error else {
            return Self::Query(error);
        };
        let inner = match inner.downcast::<ScopeError>() {
            Ok(error) => return Self::Scope(*error),
            Err(inner) => inner,
        };
        match inner.downcast::<CheckoutError>() {
            Ok(error) => Self::Checkout(*error),
            Err(inner) => Self::Query(diesel::result::Error::QueryBuilderError(inner)),
        }
    }
}

fn is_closed(error: &ScopeError) -> bool {
    matches!(
        error,
        ScopeError::NotActive { .. } | ScopeError::NoUsage { .. } | ScopeError::Template
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::SchemaStatus;

    fn school() -> SchemaName {
        "school_a".parse().unwrap()
    }

    #[test]
    fn an_error_inside_of_a_statements_is_found() {
        let schema = school();
        let scope = ScopeError::SchemaNotFound {
            schema: schema.clone(),
        };
        let error = Error::from(diesel::result::Error::from(scope));
        assert!(matches!(error, Error::Scope(_)) && error.is_not_found());
        assert_eq!(error.schema(), Some(&schema));

        let checkout = CheckoutError::Suspended { schema };
        let error = Error::from(diesel::result::Error::from(checkout));
        assert!(matches!(error, Error::Checkout(_)) && error.is_forbidden());

        let other = diesel::result::Error::QueryBuilderError("other".into());
        assert!(matches!(Error::from(other), Error::Query(_)));
    }

    #[test]
    fn what_is_closed_is_forbidden_and_what_is_not_there_is_not_found() {
        let schema = school();
        let status = SchemaStatus::Archived;
        let closed = ScopeError::NotActive {
            schema: schema.clone(),
            status,
        };
        let template = SchemaName::TEMPLATE.parse::<SchemaName>().unwrap_err();
        let forbidden = [
            Error::from(closed),
            CheckoutError::Template.into(),
            RegistryError::Template.into(),
            template.into(),
        ];
        for error in forbidden {
            assert!(error.is_forbidden() && !error.is_not_found(), "{error:?}");
        }
        let missing = RegistryError::NotFound { schema };
        let not_found = [Error::from(missing), diesel::result::Error::NotFound.into()];
        for error in not_found {
            assert!(error.is_not_found() && !error.is_forbidden(), "{error:?}");
        }
        let invalid = "School".parse::<SchemaName>().unwrap_err();
        assert!(!Error::from(invalid).is_forbidden());
    }
}
