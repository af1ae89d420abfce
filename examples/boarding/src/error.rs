//! What people and programs are told when something was not done.

use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::html;
use multischema_axum::Refusal;
use serde_json::json;

use crate::page;
use crate::site::is_api;

/// Bytes of a line that says what is wrong.
const MAX_WORDS: usize = 4 * 1024;

/// Makes a page of an error that is a line of text or less, or JSON for a program. Whatever has a form already is left alone.
pub async fn explain(request: Request, next: Next) -> Response {
    let is_for_program = is_api(request.uri());
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || has_form(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(CONTENT_LENGTH);
    let body = if is_for_program {
        let words = to_bytes(body, MAX_WORDS).await.unwrap_or_default();
        let words = String::from_utf8_lossy(&words);
        let words = match words.trim() {
            "" => status.canonical_reason().unwrap_or("error"),
            words => words,
        };
        Json(json!({ "error": words })).into_response()
    } else {
        let (title, advice) = words(status, parts.extensions.get());
        let content = html! {
            div.card.narrow {
                p.status { (status.as_u16()) }
                h1 { (title) }
                p { (advice) }
                p.buttons { a.button.primary href="/schools" { "To your schools" } }
            }
        };
        page::bare(title, &content).into_response()
    };
    (parts.status, parts.headers, parts.extensions, body).into_response()
}

fn has_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    kind.is_some_and(|it| !it.as_bytes().starts_with(b"text/plain"))
}

/// What is wrong, and what can be done.
fn words(status: StatusCode, refusal: Option<&Refusal>) -> (&'static str, &'static str) {
    match refusal {
        Some(Refusal::NotFound) => {
            return (
                "No such school",
                "There is no school of this name, or it is not one of yours.",
            );
        }
        Some(Refusal::Forbidden) => {
            return (
                "Not this school",
                "It is not there, or is not in use. You look after all schools that there are.",
            );
        }
        Some(Refusal::NotSelected) => return ("Which school?", "Choose a school first."),
        Some(Refusal::Disagreement) => {
            return (
                "Which school?",
                "The address says one school, and the request another.",
            );
        }
        _ => {}
    }
    match status {
        StatusCode::UNAUTHORIZED => ("Not logged in", "Log in first."),
        StatusCode::FORBIDDEN => (
            "Not allowed",
            "This cannot be done from where you came, or not now.",
        ),
        StatusCode::NOT_FOUND => (
            "Nothing here",
            "The address may be mistyped, or what was here is gone.",
        ),
        StatusCode::CONFLICT => (
            "Not possible",
            "Somebody else has changed something meanwhile. Look at it again.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            "Not now",
            "The database is busy or was restarted. Try again in a moment.",
        ),
        status if status.is_client_error() => (
            "Not understood",
            "The server cannot make anything of this request.",
        ),
        _ => (
            "Something went wrong",
            "It was noted. Trying again may help.",
        ),
    }
}
