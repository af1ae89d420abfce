//! Actions of the application's own.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use multischema::{GlobalConnection, Lease, TenantConnection};

/// Why an action was not done. Whatever it had done is undone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ActionError {
    /// For whoever asked for it: the words are shown.
    #[error("{0}")]
    Refused(String),
    /// A query failed.
    #[error("a query failed")]
    Query(#[from] diesel::result::Error),
    /// Something else failed.
    #[error("the action failed")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}

impl ActionError {
    /// Refuses, with words that are shown.
    pub fn refused(words: impl Into<String>) -> Self {
        Self::Refused(words.into())
    }

    /// An error of the application's own. Its words are logged, and not shown.
    pub fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }
}

/// What an action does with the objects of these keys, in a transaction, on a connection that reaches their table.
#[derive(Clone)]
pub(crate) enum Act {
    Tenant(Arc<Work<TenantConnection<Lease>>>),
    Global(Arc<Work<GlobalConnection<Lease>>>),
}

type Work<C> = dyn Fn(&mut C, &[String]) -> Result<String, ActionError> + Send + Sync;

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tenant(_) => "Tenant(_)",
            Self::Global(_) => "Global(_)",
        })
    }
}

/// An action, by what it is called in a request and on the page.
#[derive(Debug, Clone)]
pub(crate) struct Custom {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) act: Act,
}
