//! Why a page is not what was asked for.

use axum::response::{IntoResponse, Response};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use http::StatusCode;
use maud::{Markup, html};
use multischema::{CreateError, RegistryError, Schema};
use multischema_axum::DbError;

use crate::auth::Base;
use crate::page;
use crate::rows::{is_behind, is_too_long};
use crate::visit::Visit;

/// Why a page is not what was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is nothing there, or nothing for this user.
    NotFound,
    /// The user sees it, and may not do this with it.
    Forbidden,
    /// A schema has to be selected first.
    NoSchema,
    /// The table is not in the template.
    NoTable(String),
    /// A schema lacks what the template has.
    Behind(DbError),
    /// The object is another schema's, in which it is at this address.
    Elsewhere {
        schema: Box<Schema>,
        path: String,
    },
    /// A form was made in another schema, or session, or for another object.
    Unsigned {
        was: Option<Box<Schema>>,
        path: String,
    },
    /// A parameter is none that this page has.
    Parameter(String),
    /// Too many do this at once.
    Busy,
    /// It took too long.
    TooLong(DbError),
    Database(DbError),
}

/// What was made of a request, or the page that says why not.
pub(crate) async fn answer(visit: &Visit, result: Result<Response, Failure>) -> Response {
    match result {
        Ok(response) => response,
        Err(failure) => failure.page(visit).await,
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        let DbError::Query(DieselError::DatabaseError(DatabaseErrorKind::Unknown, info)) = &error
        else {
            return Self::Database(error);
        };
        // Diesel passes no code on. In another language this is just an error of the database.
        let message = info.message();
        if is_too_long(message) {
            Self::TooLong(error)
        } else if is_behind(message) {
            Self::Behind(error)
        } else {
            Self::Database(error)
        }
    }
}

impl Failure {
    /// Why the registry did not answer.
    pub(crate) fn of_registry(error: RegistryError) -> Self {
        match error {
            RegistryError::NotFound { .. } | RegistryError::Template => Self::NotFound,
            RegistryError::Checkout { source, .. } => Self::Database(source.into()),
            RegistryError::Query { source, .. } => DbError::Query(source).into(),
            error => Self::Database(DbError::other(error)),
        }
    }

    /// Why no schema was made, if that is not about what it was to be.
    pub(crate) fn of_create(error: CreateError) -> Self {
        match error {
            CreateError::Checkout { source, .. } => Self::Database(source.into()),
            CreateError::Query { source, .. } => DbError::Query(source).into(),
            error => Self::Database(DbError::other(error)),
        }
    }

    /// The page that says so to a user.
    pub(crate) async fn page(self, visit: &Visit) -> Response {
        let (status, title, advice) = self.words();
        let more = self.more(visit);
        let content = html! {
            section.card.narrow {
                h1 { (title) }
                p role="alert" { (advice) }
                (more)
                p.buttons { a.button href=(visit.link("/")) { "To the start" } }
            }
        };
        let page = page::frame(
            visit,
            &format!("Error: {title}"),
            page::At::Nowhere,
            &content,
        )
        .await;
        (status, page).into_response()
    }

    /// The page for whom nothing is known of.
    pub(crate) fn alone(self, base: &Base) -> Response {
        let (status, title, advice) = self.words();
        let content = html! {
            section.card.narrow {
                h1 { (title) }
                p role="alert" { (advice) }
            }
        };
        let page = page::bare(base.as_str(), &format!("Error: {title}"), &content);
        (status, page).into_response()
    }

    /// Says it without a word of the database's, which are logged.
    fn words(&self) -> (StatusCode, &'static str, String) {
        let own = |text: &str| text.to_owned();
        match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "Nothing here",
                own("There is nothing at this address, or nothing that you may see."),
            ),
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "Not allowed",
                own("You may not do this here."),
            ),
            Self::NoSchema => (
                StatusCode::CONFLICT,
                "No schema selected",
                own("Select a schema to see what is in it."),
            ),
            Self::NoTable(model) => (
                StatusCode::NOT_FOUND,
                "No table",
                format!("The template has no table for {model}: it may not be migrated yet."),
            ),
            Self::Behind(error) => {
                tracing::error!(%error, "a schema lacks what the template has");
                (
                    StatusCode::CONFLICT,
                    "Not up to date",
                    own(
                        "This schema has not got what is to be shown. It has to be migrated first.",
                    ),
                )
            }
            Self::Elsewhere { schema, .. } => (
                StatusCode::CONFLICT,
                "In another schema",
                format!("This object is from {}.", schema.label),
            ),
            Self::Unsigned {
                was: Some(schema), ..
            } => (
                StatusCode::CONFLICT,
                "In another schema",
                format!(
                    "This form is from {}, and another schema is selected by now. Nothing was saved.",
                    schema.label
                ),
            ),
            Self::Unsigned { was: None, .. } => (
                StatusCode::FORBIDDEN,
                "Not saved",
                own(
                    "This form is not of your session, or about something else. Nothing was saved. Open the page again, and try again.",
                ),
            ),
            Self::Parameter(words) => (StatusCode::BAD_REQUEST, "Not understood", words.clone()),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Not now",
                own("Others do this just now, and only a few can at once. Try again in a moment."),
            ),
            Self::TooLong(error) => {
                tracing::warn!(%error, "a page took too long");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "Too much",
                    own(
                        "The database took too long. Look for less: a filter, or a longer word. Who looks after the database can add an index.",
                    ),
                )
            }
            Self::Database(error) => {
                tracing::error!(%error, source = ?std::error::Error::source(error), "the database failed");
                match error.status() {
                    StatusCode::SERVICE_UNAVAILABLE => (
                        StatusCode::SERVICE_UNAVAILABLE,
                        "Not now",
                        own("The database is busy or was restarted. Try again in a moment."),
                    ),
                    StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => (
                        error.status(),
                        "Not this schema",
                        own(
                            "The schema that was selected cannot be used any more. Select another one.",
                        ),
                    ),
                    _ => (
                        StatusCode::INTERNAL_SERVER_ERROR,
                        "Something went wrong",
                        own("It was noted. Trying again may help."),
                    ),
                }
            }
        }
    }

    fn more(&self, visit: &Visit) -> Markup {
        let (Self::Elsewhere { schema, path }
        | Self::Unsigned {
            was: Some(schema),
            path,
        }) = self
        else {
            return html! {};
        };
        let link = format!("{}?__schema={}", visit.link(path), schema.name);
        html! { p { a.button.primary href=(link) { "Open it in " (schema.label) } } }
    }
}
