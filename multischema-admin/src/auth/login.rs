//! Logging in.
//!
//! The form has no token: before there is a session there is no secret to sign it with, and a session for everybody who only looks would be a row in the
//! database for each request of anybody. That another site has a browser log in as somebody else is refused by what the browser says
//! of where the form is from (`Sec-Fetch-Site`, or `Origin`, which no browser leaves out of a form that is posted); what says neither is no browser, and
//! has no user to log in by mistake.

use std::net::IpAddr;

use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{FromRequest, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use tower_sessions::Session;

use super::base::Base;
use super::operator;
use super::refusal::{Asker, Refusal, retry};
use super::site::Auth;
use super::throttle::{self, TooOften};
use super::users;
use crate::page;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    next: String,
}

/// What is typed in. It has no `Debug`, as it has a password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct LogIn {
    name: String,
    password: String,
    next: String,
}

/// Shows the form, unless somebody is logged in.
pub(crate) async fn show(
    State(auth): State<Auth>,
    base: Base,
    session: Session,
    asked: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Response {
    let next = asked.map(|Query(it)| it.next).unwrap_or_default();
    match operator::find(&auth, &session, None).await {
        Ok(Some(_)) => Redirect::to(&base.local(&next)).into_response(),
        Ok(None) => form(&base, &next, "", None).into_response(),
        Err(refusal) => refusal.to(&request.into_parts().0),
    }
}

/// Logs in, or says that this was not possible, and not why.
pub(crate) async fn log_in(
    State(auth): State<Auth>,
    base: Base,
    session: Session,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let address = auth.address(&parts);
    let asker = Asker::of(&parts);
    let sent = Form::from_request(Request::from_parts(parts, body), &()).await;
    match attempt(&auth, &base, &session, address, sent).await {
        Ok(response) => response,
        Err(refusal) => asker.refuse(refusal),
    }
}

async fn attempt(
    auth: &Auth,
    base: &Base,
    session: &Session,
    address: Option<IpAddr>,
    sent: Result<Form<LogIn>, FormRejection>,
) -> Result<Response, Refusal> {
    let Form(LogIn {
        name,
        password,
        next,
    }) = sent.map_err(|error| Refusal::Unreadable(error.status()))?;
    let known = name.trim().to_owned();
    let counted = known.clone();
    let found = auth
        .db
        .run(move |conn| users::find_to_try(conn, &counted, address));
    let found = match found.await? {
        Ok(found) => found,
        Err(TooOften { wait }) => {
            tracing::warn!(?address, "too many attempts to log in");
            let words = match wait.as_secs().div_ceil(60) {
                1 => "Too many attempts. Try again in a minute.".to_owned(),
                minutes => format!("Too many attempts. Try again in {minutes} minutes."),
            };
            let page = form(base, &next, &name, Some(&words));
            let response = (StatusCode::TOO_MANY_REQUESTS, page).into_response();
            return Ok(retry(response, wait));
        }
    };
    let hash = found.as_ref().map(|it| it.hash.clone());
    let is_right = auth.passwords.are_equal(password, hash).await?;
    let Some(user) = found.filter(|it| is_right && it.is_active) else {
        // Not who: some type their password where the name belongs.
        tracing::warn!(?address, "an attempt to log in failed");
        let page = form(base, &next, &name, Some("Name or password is wrong."));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let noted = auth.db.run(move |conn| {
        throttle::take_back(conn, &known, address)?;
        users::note_login(conn, user.id)
    });
    noted.await?;
    operator::begin(session, user.id, user.epoch).await?;
    tracing::info!(user = user.id, ?address, "logged in");
    Ok(Redirect::to(&base.local(&next)).into_response())
}

fn form(base: &Base, next: &str, name: &str, error: Option<&str>) -> Markup {
    let title = match error {
        Some(_) => "Error: Log in",
        None => "Log in",
    };
    let described_by = error.map(|_| "error");
    page::bare(
        base.as_str(),
        title,
        &html! {
            form.card.narrow method="post" action={ (base.as_str()) "/login" } {
                h1 { "Log in" }
                @if let Some(error) = error {
                    p.error #error role="alert" { (error) }
                }
                input type="hidden" name="next" value=(base.local(next));
                p.field {
                    label for="name" { "Name" }
                    input #name name="name" value=(name) autocomplete="username" autocapitalize="none" spellcheck="false"
                        required autofocus[error.is_none()] aria-describedby=[described_by];
                }
                p.field {
                    label for="password" { "Password" }
                    input #password name="password" type="password" autocomplete="current-password"
                        required autofocus[error.is_some()] aria-describedby=[described_by];
                }
                p.buttons { button.primary { "Log in" } }
            }
        },
    )
}
