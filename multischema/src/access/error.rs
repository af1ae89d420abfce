//! Why it is not known what a user may use.

use std::error::Error;

use crate::name::SchemaName;
use crate::registry::RegistryError;

/// Why a [`SchemaAccess`](super::SchemaAccess) did not answer. Whoever asked has to refuse.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The registry did not answer.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// What the application has put in the registry's place did not; see [`other`](Self::other).
    #[error("who may use which schema could not be found out")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}

impl AccessError {
    /// An error of the application's own.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = multischema::AccessError::other("the directory is away");
    /// assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "the directory is away");
    /// ```
    pub fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// Returns the schema that was asked for, if it was one and is known.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaName> {
        match self {
            Self::Registry(error) => error.schema(),
            Self::Other(_) => None,
        }
    }
}
