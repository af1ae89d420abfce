//! Who sends a request: the account that the session remembers, looked up anew each time.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use diesel::OptionalExtension;
use multischema_axum::DbError;
use tower_sessions::{Session, SessionStore, session};

use crate::models::Account;
use crate::next;
use crate::site::{COOKIE, Site, is_api};

/// The session's word for the account.
const KEY: &str = "account";

/// Has the session be the account's, and of no other: with an id that nobody knew before, and nothing of whoever had it.
pub async fn log_in(session: &Session, id: i64) -> Result<(), session::Error> {
    session.clear().await;
    session.cycle_id().await?;
    session.insert(KEY, id).await
}

/// Makes a session of the account, as logging in does, and returns the cookie that a browser has then.
///
/// # Errors
///
/// What the store fails with.
pub async fn cookie_of(
    sessions: impl SessionStore,
    account: i64,
) -> Result<String, session::Error> {
    let session = Session::new(None, Arc::new(sessions), None);
    log_in(&session, account).await?;
    session.save().await?;
    let id = session.id().map(|it| it.to_string()).unwrap_or_default();
    Ok(format!("{COOKIE}={id}"))
}

/// Ends the session.
pub async fn log_out(session: &Session) -> Result<(), session::Error> {
    session.flush().await
}

/// Lets a request pass with the [`Account`] among its extensions; if there is none, nobody gets past.
pub async fn require(
    State(site): State<Site>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    match find(&site, &session).await {
        Ok(Some(account)) => {
            request.extensions_mut().insert(account);
            next.run(request).await
        }
        Ok(None) => not_logged_in(&request),
        Err(response) => response,
    }
}

/// Returns the account of the session, if it has one that is still there.
pub async fn find(site: &Site, session: &Session) -> Result<Option<Account>, Response> {
    let id: Option<i64> = session.get(KEY).await.map_err(|error| no_session(&error))?;
    let Some(id) = id else {
        return Ok(None);
    };
    let account = site.db.run(move |conn| Account::find(conn, id).optional());
    account.await.map_err(DbError::into_response)
}

/// What is answered if the store of sessions does not.
pub fn no_session(error: &session::Error) -> Response {
    tracing::error!(%error, "a session could not be had");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

fn not_logged_in(request: &Request) -> Response {
    if is_api(request.uri()) {
        return (StatusCode::UNAUTHORIZED, "log in first\n").into_response();
    }
    // What was to be done by a form is not done by going there.
    let here = match *request.method() {
        Method::GET => request.uri().path_and_query().map(|it| it.as_str()),
        _ => None,
    };
    Redirect::to(&next::asking("/login", here)).into_response()
}
