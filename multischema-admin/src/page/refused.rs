//! Why a request did not get to a page: the schema that it was about is none that one may use, or not any more.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use maud::html;
use multischema_axum::Refusal;

use super::layout::bare;
use crate::auth::{Base, wants_page};

/// Makes a page of what people are refused with by the choice of schemata. A program gets its line of text.
pub(crate) async fn explain(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (base, is_person) = (Base::of(&parts), wants_page(&parts));
    let response = next.run(Request::from_parts(parts, body)).await;
    let refusal = response.extensions().get::<Refusal>().cloned();
    let Some(refusal) = refusal.filter(|_| is_person) else {
        return response;
    };
    let (title, advice) = words(&refusal);
    let content = html! {
        section.card.narrow {
            h1 { (title) }
            p role="alert" { (advice) }
            p.buttons { a.button.primary href=(base.start()) { "To the start" } }
        }
    };
    let page = bare(base.as_str(), &format!("Error: {title}"), &content);
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(CONTENT_LENGTH);
    (parts.status, parts.headers, parts.extensions, page).into_response()
}

fn words(refusal: &Refusal) -> (&'static str, String) {
    let own = |text: &str| text.to_owned();
    match refusal {
        Refusal::NotFound | Refusal::Forbidden => (
            "Not this schema",
            own(
                "There is no such schema for you: it may have been suspended, or somebody has taken you from its members. Nothing was done. Go to the start, and select another one.",
            ),
        ),
        Refusal::Vetoed { message, .. } => ("Not this schema", message.clone()),
        Refusal::Unavailable => (
            "Not now",
            own("The database is busy or was restarted. Try again in a moment."),
        ),
        Refusal::Failed => (
            "Something went wrong",
            own("It was noted. Trying again may help."),
        ),
        refusal => ("Not understood", format!("Nothing was done: {refusal}.")),
    }
}
