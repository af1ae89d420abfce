//! The schema that was chosen before.

use std::fmt;
use std::sync::Arc;

use axum_core::BoxError;
use http::HeaderName;
use http::header::COOKIE;
use http::request::Parts;

use super::{Named, Resolver, Trust};
use crate::identity::BoxFuture;
use crate::store::SchemaStore;

/// The schema that is remembered in a session.
///
/// Trust: it was allowed when it was chosen, and is asked again on every request. All tabs of a browser have the same one.
#[derive(Clone)]
pub struct Remembered {
    pub(crate) store: Arc<dyn SchemaStore>,
}

impl Resolver for Remembered {
    fn resolve<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<Named>, BoxError>> {
        Box::pin(async move {
            let name = self.store.load(request).await?;
            Ok(name.as_deref().map(Named::new))
        })
    }

    fn trust(&self) -> Trust {
        Trust::Memory
    }

    fn vary(&self) -> Option<HeaderName> {
        Some(COOKIE)
    }

    fn forget<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<(), BoxError>> {
        self.store.save(request, None)
    }
}

impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").finish_non_exhaustive()
    }
}
