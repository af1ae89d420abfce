//! Where the site begins.

use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::frame::{At, frame};
use super::recent::{here, lines, read};
use crate::auth::Action;
use crate::failure::Failure;
use crate::log::Entries;
use crate::model::{Home, Registration};
use crate::visit::Visit;

/// Actions that are shown.
const RECENT: usize = 10;

/// All models that the user may see.
pub(crate) async fn index(visit: Visit) -> Response {
    let group = |title: &str, models: Vec<&Registration>| {
        html! {
            @if !models.is_empty() {
                table.index {
                    caption { (title) }
                    thead { tr { th scope="col" { "Model" } th scope="col" { "What to do" } } }
                    tbody {
                        @for it in models {
                            tr {
                                th scope="row" { a href=(visit.link(&format!("/m/{}/", it.name))) { (it.title) } }
                                td {
                                    @if visit.may(it, Action::Add) {
                                        a href=(visit.link(&format!("/m/{}/add/", it.name))) { "Add" span.unseen { " to " (it.title) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    let tenant: Vec<_> = visit.models(Home::Tenant).collect();
    let global: Vec<_> = visit.models(Home::Global).collect();
    let is_empty = tenant.is_empty() && global.is_empty();
    let content = html! {
        h1 { (visit.site.title) }
        @match &visit.here {
            Some(here) => (group(&format!("In {}", here.label), tenant)),
            None => p.notice { "No schema selected. Select one to see what is in it." },
        }
        (group("Shared by all", global))
        @if is_empty && visit.here.is_some() { p.notice { "There is nothing here that you may see." } }
    };
    let recent = match recent(&visit).await {
        Ok(recent) => recent,
        Err(failure) => return failure.page(&visit).await,
    };
    let content = html! { (content) (recent) };
    frame(&visit, "Start", At::Anywhere, &content)
        .await
        .into_response()
}

async fn recent(visit: &Visit) -> Result<Markup, Failure> {
    let entries = Entries {
        of: here(visit),
        before: None,
        limit: RECENT,
    };
    let logged = read(visit, entries).await?;
    let lines = match logged.is_empty() {
        true => html! { p.note { "Nothing was done yet." } },
        false => lines(visit, &logged).await?,
    };
    Ok(html! {
        section.recent aria-labelledby="recent" {
            h2 #recent { "Recent actions" }
            (lines)
            p { a href=(visit.link("/log/")) { "The whole log" } }
        }
    })
}

/// No page.
pub(crate) async fn nowhere(visit: Visit) -> Response {
    Failure::NotFound.page(&visit).await
}
