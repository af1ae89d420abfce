//! What the application knows.

use std::fmt;

use axum_core::BoxError;
use http::request::Parts;

use super::{Named, Resolver, Trust};
use crate::identity::BoxFuture;

/// What a closure of the application's finds in the request, as a claim of a token that was verified.
///
/// Trust: that of what the closure looks at. Give it nothing that was not verified: an outer layer should have done so, and have put
/// the claims into the request's extensions. Whether the user may use the schema is asked nevertheless.
///
/// # Examples
///
/// ```
/// use multischema_axum::Claim;
///
/// #[derive(Clone)]
/// struct VerifiedClaims { school: Option<String> }
///
/// let from_token = Claim::new(|request| request.extensions.get::<VerifiedClaims>()?.school.clone());
/// ```
pub struct Claim<F> {
    find: F,
}

impl<F> Claim<F>
where
    F: Fn(&Parts) -> Option<String> + Send + Sync + 'static,
{
    /// What `find` returns is the name of a schema.
    pub fn new(find: F) -> Self {
        Self { find }
    }
}

impl<F> Resolver for Claim<F>
where
    F: Fn(&Parts) -> Option<String> + Send + Sync + 'static,
{
    fn resolve<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<Named>, BoxError>> {
        let found = (self.find)(request).map(|it| Named::new(&it));
        Box::pin(std::future::ready(Ok(found)))
    }

    fn trust(&self) -> Trust {
        Trust::Claim
    }
}

impl<F> fmt::Debug for Claim<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").finish_non_exhaustive()
    }
}
