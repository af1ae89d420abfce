//! Why a request is not let through.

use axum_core::response::{IntoResponse, Response};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use crate::db_error::ask_to_retry;

/// Why a request is not let through.
///
/// The response has a status and one line of text, and this value among its extensions, so that an outer layer can make a page of it:
///
/// ```
/// use axum_core::response::{IntoResponse, Response};
/// use multischema_axum::Refusal;
///
/// async fn page(response: Response) -> Response {
///     match response.extensions().get::<Refusal>() {
///         Some(refusal) => (refusal.status(), format!("<h1>{refusal}</h1>")).into_response(),
///         None => response,
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The schema is not there, or is not for this user, who is not to learn which of both: 404.
    #[error("there is no such schema")]
    NotFound,
    /// The schema is not there, or is for nobody; the user may know of all that there are: 403.
    #[error("you may not use that schema")]
    Forbidden,
    /// No schema is selected, and what was asked for is in one: 400.
    #[error("you must select a schema to access this resource")]
    NotSelected,
    /// The request names two schemata: 400.
    #[error("the request names more than one schema")]
    Disagreement,
    /// A schema was to be selected by `?__schema=` in a request that is neither GET nor HEAD: 400.
    #[error("a schema cannot be selected by this method")]
    WrongMethod,
    /// A request for `/__change_schema__/` is neither GET, HEAD nor POST: 405, with `Allow`.
    #[error("this can be sent by GET, HEAD and POST")]
    MethodNotAllowed,
    /// What was sent to the path that selects a schema is no form: 400.
    #[error("the schema to select is to be sent as a form")]
    NoForm,
    /// The form that was sent there is longer than 16 KiB: 413.
    #[error("the form is too long")]
    FormTooLong,
    /// Another site had the browser select a schema: 403.
    #[error("a schema cannot be selected from another site")]
    CrossSite,
    /// A hook of the application's does not want it.
    #[error("{message}")]
    Vetoed {
        /// The status of the response.
        status: StatusCode,
        /// What the user is told.
        message: String,
    },
    /// It could not be found out what the user may do, or what they chose before, as the database or the store of sessions is away: 503,
    /// with `Retry-After: 1`. The cause is logged. What an application has in their place can return it as its error.
    #[error("try again in a moment")]
    Unavailable,
    /// It could not be found out for another reason: 500. The cause is logged.
    #[error("something went wrong")]
    Failed,
}

impl Refusal {
    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotSelected | Self::Disagreement | Self::WrongMethod | Self::NoForm => {
                StatusCode::BAD_REQUEST
            }
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::FormTooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Vetoed { status, .. } => *status,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether it is not known what the user may do.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Self::Unavailable | Self::Failed)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status(), format!("{self}\n")).into_response();
        if self == Self::Unavailable {
            ask_to_retry(&mut response);
        }
        let headers = response.headers_mut();
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        headers.insert(CONTENT_TYPE, text);
        if self == Self::MethodNotAllowed {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
        }
        // What is refused now may be allowed in a moment.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        response.extensions_mut().insert(self);
        response
    }
}

/// Why a request goes no further.
pub(crate) enum Halt {
    /// It is refused.
    Refused(Refusal),
    /// The application has answered it.
    Answered(Box<Response>),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Response> for Halt {
    fn from(response: Response) -> Self {
        Self::Answered(Box::new(response))
    }
}

impl IntoResponse for Halt {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => refusal.into_response(),
            Self::Answered(response) => *response,
        }
    }
}
