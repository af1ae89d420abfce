//! What became of an object.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::frame::{At, frame};
use super::object::found;
use super::recent::{action, at, read};
use super::visible::visible;
use crate::auth::Action;
use crate::failure::{Failure, answer};
use crate::log::{Entries, Logged, Whose};
use crate::model::Registration;
use crate::rows::Key;
use crate::visit::Visit;

/// Entries of a page.
const ENTRIES: usize = 20;
/// Characters of a value that are shown.
const SHOWN: usize = 1_000;

/// Shows what became of an object, which may be gone.
pub(crate) async fn history(visit: Visit, Path((name, key)): Path<(String, String)>) -> Response {
    let page = page(&visit, &name, &key).await;
    answer(&visit, page).await
}

async fn page(visit: &Visit, name: &str, key: &str) -> Result<Response, Failure> {
    let shown = visit.shown(name, Action::View)?;
    let model = shown.model;
    let before = asked(visit.uri.query().unwrap_or_default())?;
    let key = Key::parse(key, shown.table.key.len()).ok_or(Failure::NotFound)?;
    let entries = Entries {
        of: Whose::Object {
            model: name.to_owned(),
            schema: visit.entry(model, "").schema.map(|it| it.0),
            key: key.clone(),
        },
        before,
        limit: ENTRIES + 1,
    };
    let mut logged = read(visit, entries).await?;
    let is_more = logged.len() > ENTRIES;
    logged.truncate(ENTRIES);
    let object = match found(visit, shown, &key.to_string()).await {
        Ok((_, object)) => Some(object.label.unwrap_or_else(|| key.to_string())),
        Err(Failure::NotFound | Failure::Elsewhere { .. }) if !logged.is_empty() => None,
        Err(failure) => return Err(failure),
    };
    let label = match (&object, logged.first()) {
        (Some(label), _) => label.clone(),
        (None, Some(last)) => last.label.clone(),
        (None, None) => key.to_string(),
    };
    let path = visit.link(&format!("/m/{name}/o/{}/", key.segment()));
    let heading = format!("History of “{label}”");
    let older = logged.last().filter(|_| is_more).map(|it| it.id);
    let content = html! {
        nav.trail aria-label="Trail" {
            a href=(visit.link(&format!("/m/{name}/"))) { (model.title) }
            " › "
            @if object.is_some() { a href=(path) { (label) } } @else { (label) }
        }
        h1 { (heading) }
        @if object.is_none() { p.note { "It is not there any more." } }
        @if logged.is_empty() {
            p.notice { "Nothing was done with it here." }
        } @else {
            (table(model, &visible(shown), &logged))
        }
        nav.pages aria-label="Pages" {
            @if before.is_some() { a href={ (path) "history/" } { "Newest" } }
            @if let Some(id) = older { a rel="next" href={ (path) "history/?before=" (id) } { "Older" } }
        }
    };
    Ok(frame(visit, &heading, At::Object, &content)
        .await
        .into_response())
}

/// Rows of the log may have been written when more was shown.
fn table(model: &Registration, visible: &[String], logged: &[Logged]) -> Markup {
    html! {
        table.history {
            caption { "The newest first" }
            thead { tr { th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "Fields" } } }
            tbody {
                @for it in logged {
                    tr {
                        th scope="row" { (at(it)) }
                        td { (it.user) }
                        td { (action(&it.action)) }
                        td {
                            @if !it.changes.is_empty() {
                                dl {
                                    @for (field, (old, new)) in it.changes.iter().filter(|(field, _)| visible.contains(field)) {
                                        dt { (model.label(field)) }
                                        dd { (value(old.as_deref())) " → " (value(new.as_deref())) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn value(value: Option<&str>) -> Markup {
    match value {
        None => html! { span.null { "-" } },
        Some(text) => match text.char_indices().nth(SHOWN) {
            Some((end, _)) => html! { (text[..end]) "…" },
            None => html! { (text) },
        },
    }
}

/// The id of the entry that is to be gone back from.
fn asked(query: &str) -> Result<Option<i64>, Failure> {
    let mut before = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match value.parse() {
            Ok(id) if name == "before" => before = Some(id),
            _ => {
                let words = format!("A history has no parameter {name:?} with this value.");
                return Err(Failure::Parameter(words));
            }
        }
    }
    Ok(before)
}
