//! What people and programs are told where they do not get past.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderName, StatusCode};
use maud::{Markup, html};
use serde_json::json;
use tower_sessions::{session, session_store};

use super::base::Base;
use super::operator::NoSession;
use super::password::Unchecked;
use crate::page;

/// Why nobody gets past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nobody is logged in, or not any more.
    NotLoggedIn,
    /// Another site had a browser send this.
    CrossSite,
    /// A form has no token of this session's, or one for something else.
    Unsigned,
    /// What was sent cannot be read.
    Unreadable(StatusCode),
    /// The database is away, or too much was to be done at once.
    Unavailable,
    /// Something is wrong with the site.
    Failed,
}

impl Refusal {
    /// The answer to a request.
    pub(crate) fn to(self, request: &Parts) -> Response {
        Asker::of(request).refuse(self)
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NotLoggedIn => StatusCode::UNAUTHORIZED,
            Self::CrossSite | Self::Unsigned => StatusCode::FORBIDDEN,
            Self::Unreadable(status) => status,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NotLoggedIn => (
                "Not logged in",
                "You are not logged in, or not any more. Nothing was done. Log in, and try again.",
            ),
            Self::CrossSite => (
                "Not allowed",
                "This came from another site. Nothing was done.",
            ),
            Self::Unsigned => (
                "Not allowed",
                "This form is not one of your session's, or is about something else. Nothing was done. Open the page again, and try again.",
            ),
            Self::Unreadable(_) => (
                "Not understood",
                "The server cannot make anything of this request. Nothing was done.",
            ),
            Self::Unavailable => (
                "Not now",
                "The database is busy or was restarted. Try again in a moment.",
            ),
            Self::Failed => (
                "Something went wrong",
                "It was noted. Trying again may help.",
            ),
        }
    }
}

/// Who is told: what an answer needs to know of a request that is gone by then.
#[derive(Debug)]
pub(crate) struct Asker {
    base: Base,
    is_person: bool,
}

impl Asker {
    pub(crate) fn of(request: &Parts) -> Self {
        Self {
            base: Base::of(request),
            is_person: wants_page(request),
        }
    }

    /// The refusal as a page, or as JSON for a program.
    pub(crate) fn refuse(&self, refusal: Refusal) -> Response {
        let (title, advice) = refusal.words();
        let body = match self.is_person {
            true => self.page(refusal, title, advice).into_response(),
            false => Json(json!({ "error": advice })).into_response(),
        };
        let response = (refusal.status(), body).into_response();
        match refusal {
            Refusal::Unavailable => retry(response, Duration::from_secs(1)),
            _ => response,
        }
    }

    fn page(&self, refusal: Refusal, title: &str, advice: &str) -> Markup {
        let base = self.base.as_str();
        let content = html! {
            section.card.narrow {
                h1 { (title) }
                p role="alert" { (advice) }
                p.buttons {
                    @if refusal == Refusal::NotLoggedIn {
                        a.button.primary href=(self.base.login(None)) { "Log in" }
                    } @else {
                        a.button.primary href=(self.base.start()) { "To the start" }
                    }
                }
            }
        };
        page::bare(base, &format!("Error: {title}"), &content)
    }
}

/// Says when to try again.
pub(crate) fn retry(response: Response, after: Duration) -> Response {
    ([(RETRY_AFTER, after.as_secs().to_string())], response).into_response()
}

/// Whether a person asks, and not a program.
pub(crate) fn wants_page(request: &Parts) -> bool {
    const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
    let mut accepted = request.headers.get_all(ACCEPT).iter().peekable();
    let accepts_page = accepted.peek().is_none()
        || accepted.any(|it| {
            let it = String::from_utf8_lossy(it.as_bytes()).to_ascii_lowercase();
            it.contains("text/html") || it.contains("*/*")
        });
    accepts_page && !request.headers.contains_key(REQUESTED_WITH)
}

impl From<session::Error> for Refusal {
    fn from(error: session::Error) -> Self {
        tracing::error!(%error, "a session could not be had");
        match error {
            session::Error::Store(session_store::Error::Backend(_)) => Self::Unavailable,
            _ => Self::Failed,
        }
    }
}

impl From<NoSession> for Refusal {
    fn from(error: NoSession) -> Self {
        match error {
            NoSession::Session(error) => error.into(),
            NoSession::NoSecret(_) => {
                tracing::error!(%error, "a session could not be begun");
                Self::Failed
            }
        }
    }
}

impl From<Unchecked> for Refusal {
    fn from(error: Unchecked) -> Self {
        tracing::error!(%error, "a password could not be checked");
        match error {
            Unchecked::Busy => Self::Unavailable,
            Unchecked::Hash(_) | Unchecked::Gone(_) => Self::Failed,
        }
    }
}
