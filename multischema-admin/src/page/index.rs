//! Where the site begins.

use axum::response::{IntoResponse, Response};
use maud::html;

use super::frame::{At, frame};
use crate::auth::Action;
use crate::failure::Failure;
use crate::model::{Home, Registration};
use crate::visit::Visit;

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
    frame(&visit, "Start", At::Anywhere, &content)
        .await
        .into_response()
}

/// No page.
pub(crate) async fn nowhere(visit: Visit) -> Response {
    Failure::NotFound.page(&visit).await
}
