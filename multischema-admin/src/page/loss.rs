//! What a deletion takes along, as it is shown.

use maud::{Markup, html};

use super::cascade::{Beyond, Cascade, PartShown};
use crate::rows::{COUNTED, Found, Surveyed};
use crate::visit::Visit;

/// What goes, what becomes empty, and what protects something.
pub(crate) fn loss(visit: &Visit, cascade: &Cascade, found: &Surveyed) -> Markup {
    let losing = |it: &&Found| cascade.may.get(it.part) != Some(&true);
    let forbidden: Vec<&Found> = found.deleted.iter().filter(losing).collect();
    let group = |title: &str, of: &[Found]| {
        html! {
            @if !of.is_empty() {
                h2 { (title) }
                ul.loss { @for it in of { li { (kind(visit, cascade, it)) } } }
            }
        }
    };
    html! {
        @if found.objects > COUNTED {
            p.errors role="alert" { "These are more than " (COUNTED) " objects, and so many cannot be deleted at once. Choose fewer by a filter." }
        }
        @if !found.protecting.is_empty() {
            div.errors role="alert" {
                p { "This cannot be deleted: it is needed by what is listed here." }
                ul.loss { @for it in &found.protecting { li { (kind(visit, cascade, it)) } } }
            }
        }
        @if !forbidden.is_empty() || (found.is_cut && !cascade.may.iter().all(|it| *it)) {
            p.errors role="alert" { "This cannot be deleted: something would go with it that you may not delete." }
        }
        @match cascade.beyond {
            Beyond::Nothing => {}
            Beyond::Protected => p.note { "Other schemata may refer to this as well. They are not counted here; if one does, nothing is deleted." }
            Beyond::Changed if cascade.may_beyond(visit) => p.errors role="alert" {
                "Other schemata may refer to this as well. They are not counted here, and what refers to this in them is deleted or emptied, too."
            }
            Beyond::Changed => p.errors role="alert" {
                "This cannot be deleted: objects of other schemata could be deleted or emptied by it. A superuser may."
            }
        }
        (group("What is deleted", &found.deleted))
        (group("What refers to nothing, or to a default, after that", &found.emptied))
        @if found.is_cut { p.note { "There is more: not all was counted." } }
    }
}

fn kind(visit: &Visit, cascade: &Cascade, found: &Found) -> Markup {
    let count = match found.count {
        1 => "1".to_owned(),
        count if count > COUNTED => format!("more than {COUNTED}"),
        count => count.to_string(),
    };
    let (title, name) = match cascade.shown.get(found.part) {
        Some(PartShown::Model { title, name }) => (title.as_str(), Some(name)),
        Some(PartShown::Table(title)) => (title.as_str(), None),
        Some(PartShown::Hidden) | None => {
            return html! { (count) " of something that you may not see" };
        }
    };
    let columns = found.columns.join(", ");
    html! {
        (title) ": " (count)
        @if !columns.is_empty() { " (" (columns) ")" }
        ul {
            @for (key, label) in &found.shown {
                li {
                    @match (name, key) {
                        (Some(name), Some(key)) => a href=(visit.link(&format!("/m/{name}/o/{}/", key.segment()))) { (label) },
                        _ => (label),
                    }
                }
            }
            @if found.count > found.shown.len() { li { "…" } }
        }
    }
}
