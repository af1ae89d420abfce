//! Why the database did not do what a request asked of it.

use std::error::Error;

use axum_core::BoxError;
use axum_core::response::{IntoResponse, Response};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use multischema::CheckoutError;

use crate::refusal::Refusal;

/// Why the database did not do what a request asked of it.
///
/// As a response it has a status that says whose fault it is, and no word of the database's: that is logged.
///
/// | status | error |
/// |---|---|
/// | 400 | no schema is selected |
/// | 403 | the schema cannot be used now, or not by this user any more, who may list schemata |
/// | 404 | there is no such row, or no such schema any more, or not for this user |
/// | 409 | a key is taken or referred to, or another transaction was first |
/// | 422 | a value is refused by a CHECK or NOT NULL |
/// | 503, `Retry-After: 1` | no connection came free, none can be made, or one was lost |
/// | 500 | all else |
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// No connection was handed out.
    #[error(transparent)]
    Checkout(#[from] CheckoutError),
    /// A query failed.
    #[error(transparent)]
    Query(DieselError),
    /// The user may not use the schema any more, or that could not be found out.
    #[error(transparent)]
    Refused(Refusal),
    /// A table is in each schema, and none was selected.
    #[error("you must select a schema to access this resource")]
    NotSelected,
    /// What ran on the connection panicked.
    #[error("a query of the application's panicked")]
    Panicked,
    /// The program ends.
    #[error("the program ends")]
    Ending,
    /// An error of the application's own; see [`other`](Self::other).
    #[error(transparent)]
    Other(BoxError),
}

impl From<DieselError> for DbError {
    fn from(error: DieselError) -> Self {
        Self::Query(error)
    }
}

impl DbError {
    /// An error of the application's own.
    pub fn other(error: impl Into<BoxError>) -> Self {
        Self::Other(error.into())
    }

    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Checkout(error) => of_checkout(error),
            Self::Query(error) => of_query(error),
            Self::Refused(refusal) => refusal.status(),
            Self::NotSelected => StatusCode::BAD_REQUEST,
            Self::Ending => StatusCode::SERVICE_UNAVAILABLE,
            Self::Panicked | Self::Other(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether a table is missing. Diesel passes no code on, so PostgreSQL's words are looked at, where they are English.
    pub(crate) fn is_undefined_table(&self) -> bool {
        let Self::Query(DieselError::DatabaseError(_, info)) = self else {
            return false;
        };
        let message = info.message();
        message.starts_with("relation \"") && message.ends_with("\" does not exist")
    }
}

fn of_checkout(error: &CheckoutError) -> StatusCode {
    match error {
        CheckoutError::Unknown { .. } | CheckoutError::Unregistered { .. } => StatusCode::NOT_FOUND,
        CheckoutError::Suspended { .. }
        | CheckoutError::Archived { .. }
        | CheckoutError::Incomplete { .. }
        | CheckoutError::Template => StatusCode::FORBIDDEN,
        error if is_away(error) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Whether the database, or a store, could not be reached, or was lost, or had no connection free: the same may succeed in a moment.
pub(crate) fn is_away(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source()).any(|error| {
        if let Some(DbError::Query(error)) = error.downcast_ref() {
            // A transparent variant is left out of the chain.
            return is_lost(error);
        }
        if let Some(Refusal::Unavailable) = error.downcast_ref() {
            return true;
        }
        #[cfg(feature = "tower-sessions")]
        if crate::tower_sessions::is_away(error) {
            return true;
        }
        match error.downcast_ref() {
            Some(CheckoutError::Exhausted { .. } | CheckoutError::Connect { .. }) => true,
            _ => error.downcast_ref().is_some_and(is_lost),
        }
    })
}

fn is_lost(error: &DieselError) -> bool {
    matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
            | DieselError::BrokenTransactionManager
    )
}

fn of_query(error: &DieselError) -> StatusCode {
    // The schema may have gone while the connection was in it.
    if let Some(error) = CheckoutError::of(error) {
        return of_checkout(error);
    }
    match error {
        DieselError::NotFound => StatusCode::NOT_FOUND,
        DieselError::DatabaseError(kind, _) => match kind {
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::ExclusionViolation
            | DatabaseErrorKind::RestrictViolation
            | DatabaseErrorKind::SerializationFailure => StatusCode::CONFLICT,
            DatabaseErrorKind::NotNullViolation | DatabaseErrorKind::CheckViolation => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            _ if is_lost(error) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        },
        error if is_away(error) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for DbError {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(
                error = &self as &(dyn Error + 'static),
                "the database failed"
            );
        } else {
            tracing::debug!(
                error = &self as &(dyn Error + 'static),
                "the database refused"
            );
        }
        match self {
            Self::Refused(refusal) => return refusal.into_response(),
            Self::NotSelected => return Refusal::NotSelected.into_response(),
            _ => {}
        }
        let words = match status {
            StatusCode::NOT_FOUND => "there is nothing here",
            StatusCode::FORBIDDEN => "this cannot be used now",
            StatusCode::CONFLICT => "this is not possible beside what is there",
            StatusCode::UNPROCESSABLE_ENTITY => "a value is not allowed",
            StatusCode::SERVICE_UNAVAILABLE => "try again in a moment",
            _ => "something went wrong",
        };
        let mut response = (status, format!("{words}\n")).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            ask_to_retry(&mut response);
        }
        response
    }
}

/// Says when to try again.
pub(crate) fn ask_to_retry(response: &mut Response) {
    let soon = HeaderValue::from_static("1");
    response.headers_mut().insert(RETRY_AFTER, soon);
}

#[cfg(test)]
mod tests {
    use super::*;
    use multischema::AccessError;

    #[test]
    fn a_lost_connection_is_found_below_whatever_is_above_it() {
        let lost = || DieselError::BrokenTransactionManager;
        let cases: [(Box<dyn Error>, bool); 8] = [
            (lost().into(), true),
            (DbError::Query(lost()).into(), true),
            (AccessError::other(lost()).into(), true),
            (AccessError::other(DbError::Query(lost())).into(), true),
            (DbError::Query(DieselError::NotFound).into(), false),
            (AccessError::other("the directory is away").into(), false),
            (AccessError::other(Refusal::Unavailable).into(), true),
            (AccessError::other(Refusal::Failed).into(), false),
        ];
        for (error, expected) in cases {
            assert_eq!(is_away(&*error), expected, "for {error:?}");
        }
    }
}
