//! A header.

use axum_core::BoxError;
use http::HeaderName;
use http::request::Parts;

use super::{Named, Resolver};
use crate::identity::BoxFuture;

/// The header `X-Change-Schema`, or another: the schema of this one request. The best way for an API.
///
/// Trust: anybody can send it, but no page of another site can make a browser send it, unless the application allows that by CORS.
/// It changes nothing that is remembered.
///
/// # Examples
///
/// ```
/// use multischema_axum::Header;
///
/// let by_default = Header::default();
/// let other = Header::new(http::HeaderName::from_static("x-tenant"));
/// ```
#[derive(Debug, Clone)]
pub struct Header {
    name: HeaderName,
}

impl Header {
    /// A header of this name.
    #[must_use]
    pub fn new(name: HeaderName) -> Self {
        Self { name }
    }
}

impl Default for Header {
    fn default() -> Self {
        Self::new(HeaderName::from_static("x-change-schema"))
    }
}

impl Resolver for Header {
    fn resolve<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<Named>, BoxError>> {
        let values = request.headers.get_all(&self.name);
        let values = values
            .iter()
            .map(|it| it.to_str().map_or_else(|_| Named::nothing(), Named::new));
        Box::pin(std::future::ready(Ok(one(values))))
    }

    fn vary(&self) -> Option<HeaderName> {
        Some(self.name.clone())
    }
}

/// The only name; if there are several that are not equal, none that anybody has.
pub(crate) fn one(mut names: impl Iterator<Item = Named>) -> Option<Named> {
    let first = names.next()?;
    Some(match names.all(|it| it == first) {
        true => first,
        false => Named::nothing(),
    })
}
