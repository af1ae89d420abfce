//! The log.

use axum::response::{IntoResponse, Response};
use maud::html;

use super::frame::{At, frame};
use super::recent::{everywhere, here, lines, read};
use crate::failure::{Failure, answer};
use crate::log::Entries;
use crate::visit::Visit;

/// Entries of a page.
const ENTRIES: usize = 50;

/// Shows what was done in the schema, or everywhere.
pub(crate) async fn journal(visit: Visit) -> Response {
    let page = page(&visit).await;
    answer(&visit, page).await
}

async fn page(visit: &Visit) -> Result<Response, Failure> {
    let (before, is_all) = asked(visit.uri.query().unwrap_or_default())?;
    let entries = Entries {
        of: if is_all {
            everywhere(visit)
        } else {
            here(visit)
        },
        before,
        limit: ENTRIES + 1,
    };
    let mut logged = read(visit, entries).await?;
    let is_more = logged.len() > ENTRIES;
    logged.truncate(ENTRIES);
    let place = match &visit.here {
        Some(here) => format!("In {}", here.label),
        None => "Shared by all".to_owned(),
    };
    let link = |query: &str| visit.link(&format!("/log/{query}"));
    let older = logged.last().filter(|_| is_more).map(|it| it.id);
    let content = html! {
        h1 { "Log" }
        nav.pages aria-label="Whose" {
            a href=(link("")) aria-current=[(!is_all).then_some("true")] { (place) }
            a href=(link("?all=1")) aria-current=[is_all.then_some("true")] { "All that you may see" }
        }
        @if logged.is_empty() { p.notice { "Nothing was done." } } @else { (lines(visit, &logged).await?) }
        nav.pages aria-label="Pages" {
            @if before.is_some() { a href=(link(if is_all { "?all=1" } else { "" })) { "Newest" } }
            @if let Some(id) = older {
                a rel="next" href=(link(&format!("?{}before={id}", if is_all { "all=1&" } else { "" }))) { "Older" }
            }
        }
    };
    Ok(frame(visit, "Log", At::Anywhere, &content)
        .await
        .into_response())
}

/// The id that is to be gone back from, and whether all is wanted.
fn asked(query: &str) -> Result<(Option<i64>, bool), Failure> {
    let (mut before, mut is_all) = (None, false);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (&*name, &*value) {
            ("all", "1") => is_all = true,
            ("before", id) if id.parse::<i64>().is_ok() => before = id.parse().ok(),
            (name, _) => {
                let words = format!("The log has no parameter {name:?} with this value.");
                return Err(Failure::Parameter(words));
            }
        }
    }
    Ok((before, is_all))
}
