//! Logging out.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tower_sessions::Session;

use super::base::Base;
use super::operator::Operator;
use super::refusal::{Asker, Refusal};
use super::site::Auth;
use super::users;

/// What the token of the form signs.
pub(crate) const LOG_OUT: &str = "logout";

/// The form. It has no `Debug`, as it has a token.
#[derive(Default, Deserialize)]
#[serde(default)]
struct LogOut {
    token: String,
    /// Anything, to end the sessions in other browsers as well.
    everywhere: String,
}

/// Ends the session, or all that the user has.
pub(crate) async fn log_out(
    State(auth): State<Auth>,
    base: Base,
    operator: Operator,
    session: Session,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let asker = Asker::of(&parts);
    let sent = Form::from_request(Request::from_parts(parts, body), &()).await;
    match end(&auth, &operator, &session, sent).await {
        Ok(()) => Redirect::to(&base.login(None)).into_response(),
        Err(refusal) => asker.refuse(refusal),
    }
}

async fn end(
    auth: &Auth,
    operator: &Operator,
    session: &Session,
    sent: Result<Form<LogOut>, FormRejection>,
) -> Result<(), Refusal> {
    let Form(LogOut { token, everywhere }) =
        sent.map_err(|error| Refusal::Unreadable(error.status()))?;
    if !operator.token().is_signed(LOG_OUT, &token) {
        return Err(Refusal::Unsigned);
    }
    if !everywhere.is_empty() {
        let id = operator.id;
        auth.db.run(move |conn| users::log_out(conn, id)).await?;
    }
    Ok(session.flush().await?)
}
