//! Why an extractor has nothing for a handler.

use axum_core::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

use crate::refusal::Refusal;

/// Why an extractor of this library has nothing for a handler, which is not called then.
///
/// As a response it has a status, and what a [`Refusal`] says; what only the program's author can mend is logged and not told. A handler
/// that wants to answer itself takes a `Result`:
///
/// ```
/// use axum_core::response::{IntoResponse, Response};
/// use multischema_axum::{CurrentSchema, SchemaRejection};
///
/// async fn hello(schema: Result<CurrentSchema, SchemaRejection>) -> Response {
///     match schema {
///         Ok(schema) => format!("in {schema}").into_response(),
///         Err(SchemaRejection::Choose { .. }) => "choose a school first".into_response(),
///         Err(rejection) => rejection.into_response(),
///     }
/// }
/// ```
///
/// | status | rejection |
/// |---|---|
/// | 303 | no schema is selected, and a page needs one: to the [chooser](crate::SchemaLayerBuilder::chooser) |
/// | 400 | no schema is selected, and anything else needs one |
/// | 503, `Retry-After: 1` | what the user may use cannot be found out, as the database is away |
/// | 500 | it cannot be found out for another reason, there is no layer, or it has no pool |
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaRejection {
    /// No schema is selected, and the user can choose one on a page.
    #[error("you must select a schema to access this resource")]
    #[non_exhaustive]
    Choose {
        /// Where: the chooser, with the path of the request in its parameter `next`. `Debug` does not show it, as there may be a secret in
        /// the query of the request.
        location: HeaderValue,
    },
    /// It is answered as a request is that the layer does not let through.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The route is not inside of the layer.
    #[error("an extractor of multischema was used on a route without `SchemaLayer`")]
    NoLayer,
    /// The layer was set up without a pool.
    #[error("`SchemaLayer` has no pool: give it one by `pool`")]
    NoPool,
}

impl SchemaRejection {
    pub(crate) fn choose(mut location: HeaderValue) -> Self {
        location.set_sensitive(true);
        Self::Choose { location }
    }

    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Choose { .. } => StatusCode::SEE_OTHER,
            Self::Refused(refusal) => refusal.status(),
            Self::NoLayer | Self::NoPool => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for SchemaRejection {
    fn into_response(self) -> Response {
        match self {
            Self::Choose { mut location } => {
                location.set_sensitive(false);
                (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
            }
            Self::Refused(refusal) => refusal.into_response(),
            Self::NoLayer | Self::NoPool => {
                tracing::error!("{self}");
                Refusal::Failed.into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_sent_on_and_not_shown() {
        let location = HeaderValue::from_static("/schools?next=%2F%3Ftoken%3Dsecret");
        let rejection = SchemaRejection::choose(location.clone());
        assert!(!format!("{rejection} {rejection:?}").contains("secret"));
        let response = rejection.into_response();
        assert_eq!(response.status(), 303);
        assert_eq!(response.headers()[LOCATION], location);
        assert!(!response.headers()[LOCATION].is_sensitive());
    }
}
