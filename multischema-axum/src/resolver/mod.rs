//! The ways in which a request says which schema it is about.

mod claim;
mod header;
mod host;
mod path_prefix;
mod remembered;

use std::fmt;

use axum_core::BoxError;
use http::HeaderName;
use http::request::Parts;
use multischema::SchemaName;

pub use self::claim::Claim;
pub use self::header::Header;
pub(crate) use self::header::one;
pub use self::host::{HostMap, Subdomain};
pub use self::path_prefix::PathPrefix;
pub(crate) use self::path_prefix::decoded;
pub use self::remembered::Remembered;
use crate::identity::BoxFuture;

/// One way in which a request says which schema it is about.
///
/// What it says is the word of whoever sent the request, and proves nothing: the layer asks afterwards whether the user may use the
/// schema, whatever way it was named in.
///
/// # Examples
///
/// ```
/// use axum_core::BoxError;
/// use http::request::Parts;
/// use multischema_axum::{BoxFuture, Named, Resolver, Trust};
///
/// /// The port at which a reverse proxy listens for each customer.
/// struct Port;
///
/// impl Resolver for Port {
///     fn resolve<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<Named>, BoxError>> {
///         let port = request.uri.port_u16();
///         Box::pin(async move { Ok(port.map(|port| Named::new(&format!("customer_{port}")))) })
///     }
///
///     fn trust(&self) -> Trust {
///         Trust::Place
///     }
/// }
/// ```
pub trait Resolver: Send + Sync + 'static {
    /// Returns the schema that the request names in this way, or `None` if it names none.
    ///
    /// # Errors
    ///
    /// What keeps it from being known, as that a store is away. The request is answered with 500, or with 503 if the database is away or the
    /// error is [`Refusal::Unavailable`](crate::Refusal::Unavailable).
    fn resolve<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<Named>, BoxError>>;

    /// Returns what is to be made of the name.
    fn trust(&self) -> Trust {
        Trust::Claim
    }

    /// Returns the header that the name comes from, so that caches keep answers apart by it.
    fn vary(&self) -> Option<HeaderName> {
        None
    }

    /// Forgets what was remembered, as it is of no use any more. Only those do anything that remember.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve).
    fn forget<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<(), BoxError>> {
        let _ = request;
        Box::pin(std::future::ready(Ok(())))
    }
}

/// What is to be made of the name that a [`Resolver`] returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trust {
    /// The request asks for this schema, as by a header. All claims have to agree. Nobody who is not logged in has any.
    Claim,
    /// The request was sent to a place that is the schema's, as by a host name. It has to agree with all claims. Who is not logged
    /// in gets there as well, with no schema: the page where to log in is there.
    Place,
    /// The schema was chosen by an earlier request. Any claim and any place goes before it.
    Memory,
}

/// What a request calls a schema: a name that is checked, or something that no schema is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named(Option<SchemaName>);

impl Named {
    /// What is no name of a schema is none that anybody has, and is answered as one.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.parse().ok())
    }

    /// Something that is no text, or is two names at once.
    #[must_use]
    pub fn nothing() -> Self {
        Self(None)
    }

    /// Returns the name, if a schema can be called so.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaName> {
        self.0.as_ref()
    }
}

impl From<SchemaName> for Named {
    fn from(name: SchemaName) -> Self {
        Self(Some(name))
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref().map_or("?", |it| it.as_str()))
    }
}
