//! The beginning of the path.

use axum_core::BoxError;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::{Named, Resolver, Trust};
use crate::identity::BoxFuture;
use crate::switch::segment;

/// The segment of the path after a prefix, as in `/t/school_a/pupils`. The best way for pages: it can be bookmarked and cached, and
/// each tab of a browser has its own.
///
/// Nothing is taken from the path: the application's routes have the prefix, for example by `Router::nest("/t/{schema}", …)`. The layer has
/// to be around that router: one on the router *inside* of `nest` sees the path without the prefix, and finds no schema.
///
/// Trust: a link of any site leads there. Who may not use the schema gets nothing.
///
/// # Examples
///
/// ```
/// use multischema_axum::PathPrefix;
///
/// let by_default = PathPrefix::default(); // /t/
/// let other = PathPrefix::new("/schools/");
/// ```
#[derive(Debug, Clone)]
pub struct PathPrefix {
    prefix: String,
}

impl PathPrefix {
    /// A prefix, which begins and ends with `/`; what is missing of that is added.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        let inner = prefix.trim_matches('/');
        let prefix = match inner {
            "" => "/".to_owned(),
            inner => format!("/{inner}/"),
        };
        Self { prefix }
    }
}

impl Default for PathPrefix {
    fn default() -> Self {
        Self::new("/t/")
    }
}

impl Resolver for PathPrefix {
    fn resolve<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<Named>, BoxError>> {
        let path = request.uri.path();
        // Where each path begins with a schema's name, there is still one where one chooses.
        let is_place = segment(path).is_none();
        let rest = path.strip_prefix(&self.prefix).filter(|_| is_place);
        let segment = rest.map(|rest| rest.split('/').next().unwrap_or_default());
        let named = segment.filter(|it| !it.is_empty()).map(decoded);
        Box::pin(std::future::ready(Ok(named)))
    }

    fn trust(&self) -> Trust {
        Trust::Place
    }
}

/// The name that a segment of a path is.
pub(crate) fn decoded(segment: &str) -> Named {
    let text = percent_decode_str(segment).decode_utf8();
    text.map_or_else(|_| Named::nothing(), |it| Named::new(&it))
}
