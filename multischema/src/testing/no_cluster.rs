//! What is there of a throw-away server where there cannot be one.

use std::convert::Infallible;

use super::ServerError;

/// A throw-away server, of which there is none.
#[derive(Debug)]
pub(super) struct Cluster(Infallible);

impl Cluster {
    pub(super) fn start() -> Result<Self, ServerError> {
        Err(ServerError::Unsupported)
    }

    pub(super) fn url(&self) -> &str {
        match self.0 {}
    }

    pub(super) fn stop(&self) -> Result<(), ServerError> {
        match self.0 {}
    }

    pub(super) fn restart(&self) -> Result<(), ServerError> {
        match self.0 {}
    }

    pub(super) fn is_stopped(&self) -> bool {
        match self.0 {}
    }
}
