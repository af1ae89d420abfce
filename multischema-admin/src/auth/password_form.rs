//! The page where users change their passwords, and end their sessions elsewhere.

use std::net::IpAddr;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;
use tower_sessions::Session;

use super::base::Base;
use super::logout::LOG_OUT;
use super::operator::{self, Operator};
use super::password::{self, InvalidPasswordKind};
use super::refusal::{Asker, Refusal, retry};
use super::site::Auth;
use super::throttle::{self, TooOften};
use super::users;
use crate::page;

/// What the token of the form signs.
const CHANGE: &str = "password";

/// What is typed in. It has no `Debug`, as it has passwords.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Change {
    token: String,
    old: String,
    new: String,
    again: String,
}

/// What is wrong, and with which field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wrong {
    field: &'static str,
    words: &'static str,
}

pub(crate) async fn show(base: Base, operator: Operator) -> Markup {
    form(&base, &operator, None, false)
}

/// Sets the password, which ends all other sessions of the user.
pub(crate) async fn change(
    State(auth): State<Auth>,
    base: Base,
    operator: Operator,
    session: Session,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let asker = Asker::of(&parts);
    let address = auth.address(&parts);
    let sent = Form::from_request(Request::from_parts(parts, body), &()).await;
    let changed = set(&auth, &operator, &session, address, sent).await;
    match changed {
        // The page is another session's now, which has other tokens: it is the next request that gets them.
        Ok(Outcome::Changed) => {
            let done = html! {
                section.card.narrow {
                    h1 { "Password changed" }
                    p role="status" { "Whoever was logged in by it elsewhere is not any more." }
                    p.buttons { a.button.primary href=(base.start()) { "To the start" } }
                }
            };
            page::bare(base.as_str(), "Password changed", &done).into_response()
        }
        Ok(Outcome::Wrong(wrong)) => {
            let page = form(&base, &operator, Some(wrong), false);
            (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
        }
        Ok(Outcome::TooOften(TooOften { wait })) => {
            let page = form(&base, &operator, None, true);
            let response = (StatusCode::TOO_MANY_REQUESTS, page).into_response();
            retry(response, wait)
        }
        Err(refusal) => asker.refuse(refusal),
    }
}

enum Outcome {
    Changed,
    Wrong(Wrong),
    TooOften(TooOften),
}

async fn set(
    auth: &Auth,
    operator: &Operator,
    session: &Session,
    address: Option<IpAddr>,
    sent: Result<Form<Change>, FormRejection>,
) -> Result<Outcome, Refusal> {
    let Form(change) = sent.map_err(|error| Refusal::Unreadable(error.status()))?;
    if !operator.token().is_signed(CHANGE, &change.token) {
        return Err(Refusal::Unsigned);
    }
    if let Some(wrong) = wrong(operator, &change) {
        return Ok(Outcome::Wrong(wrong));
    }
    let Operator {
        id,
        epoch,
        ref name,
        ..
    } = *operator;
    let counted = name.clone();
    let found = auth
        .db
        .run(move |conn| users::find_to_try(conn, &counted, address));
    let hash = match found.await? {
        Ok(found) => found.map(|it| it.hash),
        Err(too_often) => return Ok(Outcome::TooOften(too_often)),
    };
    if !auth.passwords.are_equal(change.old, hash).await? {
        let words = "This is not your password.";
        return Ok(Outcome::Wrong(Wrong {
            field: "old",
            words,
        }));
    }
    let hash = auth.passwords.hash(change.new).await?;
    let counted = name.clone();
    let set = auth.db.run(move |conn| {
        throttle::take_back(conn, &counted, address)?;
        users::set_password(conn, id, epoch, &hash)
    });
    // Somebody else has changed it meanwhile, so this session is over.
    let epoch = set.await?.ok_or(Refusal::NotLoggedIn)?;
    operator::renew(session, id, epoch).await?;
    Ok(Outcome::Changed)
}

/// What can be told without knowing the old password.
fn wrong(operator: &Operator, change: &Change) -> Option<Wrong> {
    let wrong = |field, words| Some(Wrong { field, words });
    if change.new != change.again {
        return wrong("again", "The two new passwords are not the same.");
    }
    if change.new == change.old {
        return wrong("new", "This is the old password.");
    }
    match password::check(&operator.name, &change.new) {
        Ok(()) => None,
        Err(InvalidPasswordKind::TooShort) => wrong("new", "It needs at least 12 characters."),
        Err(InvalidPasswordKind::TooLong) => wrong("new", "It is too long."),
        Err(InvalidPasswordKind::Name) => wrong("new", "Your name is no password."),
    }
}

fn form(base: &Base, operator: &Operator, wrong: Option<Wrong>, is_too_often: bool) -> Markup {
    let title = match wrong.is_some() || is_too_often {
        true => "Error: Change password",
        false => "Change password",
    };
    let of = |field: &str| wrong.filter(|it| it.field == field);
    let tokens = operator.token();
    let field = |name: &'static str, label: &str, complete: &str| {
        let wrong = of(name);
        let help = format!("{name}-help");
        let error = format!("{name}-error");
        let described = match (wrong.is_some(), name) {
            (true, _) => Some(&error),
            (false, "new") => Some(&help),
            (false, _) => None,
        };
        html! {
            p.field {
                label for=(name) { (label) }
                @if let Some(Wrong { words, .. }) = wrong {
                    span.error #(error) role="alert" { (words) }
                } @else if name == "new" {
                    span.help #(help) { "At least 12 characters, and not your name." }
                }
                input #(name) name=(name) type="password" autocomplete=(complete) required
                    autofocus[wrong.is_some()]
                    aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described];
            }
        }
    };
    page::bare(
        base.as_str(),
        title,
        &html! {
            form.card.narrow method="post" action={ (base.as_str()) "/password" } {
                h1 { "Change password" }
                @if is_too_often {
                    p.error role="alert" { "Too many attempts. Try again later." }
                }
                input type="hidden" name="token" value=(tokens.sign(CHANGE));
                // What password managers look for.
                input type="hidden" name="username" autocomplete="username" value=(operator.name);
                (field("old", "Old password", "current-password"))
                (field("new", "New password", "new-password"))
                (field("again", "New password again", "new-password"))
                p.buttons {
                    button.primary { "Change password" }
                    a.button href=(base.start()) { "Cancel" }
                }
            }
            form.card.narrow method="post" action={ (base.as_str()) "/logout" } {
                h2 { "Log out everywhere" }
                p { "Ends your sessions in all browsers, this one too." }
                input type="hidden" name="token" value=(tokens.sign(LOG_OUT));
                input type="hidden" name="everywhere" value="yes";
                p.buttons { button { "Log out everywhere" } }
            }
        },
    )
}
