//! Logging in and out.

use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use diesel::prelude::*;
use maud::html;
use multischema::RunQueryDsl;
use multischema_axum::DbError;
use serde::Deserialize;
use tower_sessions::Session;

use crate::account;
use crate::next;
use crate::page;
use crate::schema::users;
use crate::site::Site;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    next: String,
}

/// What is typed in.
#[derive(Deserialize)]
pub struct LogIn {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Shows the form, unless somebody is logged in.
pub async fn form(
    State(site): State<Site>,
    session: Session,
    Query(Asked { next }): Query<Asked>,
) -> Response {
    match account::find(&site, &session).await {
        Ok(Some(_)) => Redirect::to(next::local(&next)).into_response(),
        Ok(None) => page(&next, "", None).into_response(),
        Err(response) => response,
    }
}

/// Logs in, or says that this was not possible, and not why.
pub async fn log_in(
    State(site): State<Site>,
    session: Session,
    Form(LogIn {
        name,
        password,
        next,
    }): Form<LogIn>,
) -> Result<Response, Response> {
    // PostgreSQL has no text with a zero in it.
    let known = name.trim().replace('\0', "");
    let found = site.db.run(move |conn| {
        let account = users::table.filter(users::name.eq(known));
        let account = account.select((users::id, users::password_hash));
        account.first::<(i64, String)>(conn).optional()
    });
    let found = found.await.map_err(DbError::into_response)?;
    let (id, hash) = found.unzip();
    let is_right = site.passwords.are_equal(password, hash).await;
    let is_right = is_right.map_err(|error| DbError::other(error).into_response())?;
    match id.filter(|_| is_right) {
        Some(id) => {
            let logged_in = account::log_in(&session, id).await;
            logged_in.map_err(|error| account::no_session(&error))?;
            Ok(Redirect::to(next::local(&next)).into_response())
        }
        None => {
            let wrong = page(&next, &name, Some("Name or password is wrong."));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, wrong).into_response())
        }
    }
}

pub async fn log_out(session: Session) -> Result<Redirect, Response> {
    let logged_out = account::log_out(&session).await;
    logged_out.map_err(|error| account::no_session(&error))?;
    Ok(Redirect::to("/login"))
}

fn page(next: &str, name: &str, error: Option<&str>) -> maud::Markup {
    page::bare(
        "Log in",
        &html! {
            form.card.narrow method="post" action="/login" {
                h1 { "Log in" }
                @if let Some(error) = error {
                    p.error #error role="alert" { (error) }
                }
                input type="hidden" name="next" value=(next);
                p.field {
                    label for="name" { "Name" }
                    input #name name="name" value=(name) autocomplete="username" autocapitalize="none" spellcheck="false"
                        required autofocus[error.is_none()] aria-describedby=[error.map(|_| "error")];
                }
                p.field {
                    label for="password" { "Password" }
                    input #password name="password" type="password" autocomplete="current-password"
                        required autofocus[error.is_some()] aria-describedby=[error.map(|_| "error")];
                }
                p.buttons { button.primary { "Log in" } }
            }
        },
    )
}
