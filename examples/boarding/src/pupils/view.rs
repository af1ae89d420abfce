//! What the pages about pupils look like.

use maud::{Markup, html};

use super::draft::{Draft, Errors, MAX_NAME};
use super::search::{Found, Search};
use crate::models::House;

/// The list, and above it the form to search.
pub fn list(start: &str, search: &Search, found: &Found, done: &str) -> Markup {
    let Found { pupils, paging, .. } = found;
    let is_search = !search.q.is_empty() || !search.house.is_empty();
    html! {
        div.title {
            h1 { "Pupils" }
            a.button.primary href={ (start) "/new" } { "New pupil" }
        }
        @if let Some(notice) = notice(done) {
            p.notice role="status" { (notice) }
        }
        form.search method="get" action=(start) role="search" {
            p.field.wide {
                label for="q" { "Name" }
                input #q type="search" name="q" value=(search.q) maxlength="200";
            }
            p.field {
                label for="house" { "House" }
                select #house name="house" {
                    option value="" { "All houses" }
                    (options(&found.houses, &search.house))
                }
            }
            p.buttons {
                button { "Search" }
                @if is_search { a.button.quiet href=(start) { "Show all" } }
            }
        }
        @if pupils.is_empty() {
            p.card { @if is_search { "No pupil is called so." } @else { "There are no pupils yet." } }
        } @else {
            div.card.flush {
                table {
                    caption.unseen { "Pupils" }
                    thead { tr {
                        th scope="col" { "Name" } th scope="col" { "House" } th scope="col" { "Born" } th scope="col" { "Joined" }
                    } }
                    tbody {
                        @for pupil in pupils {
                            tr data-id=(pupil.id) {
                                th scope="row" { a href={ (start) "/" (pupil.id) } { (pupil.family_name) ", " (pupil.given_name) } }
                                td data-label="House" { (pupil.house) }
                                td data-label="Born" { (pupil.born) }
                                td data-label="Joined" { (pupil.joined) }
                            }
                        }
                    }
                }
            }
            nav.pages aria-label="Pages" {
                span { (paging.total) @if paging.total == 1 { " pupil" } @else { " pupils" } ", page " (paging.page) " of " (paging.last) }
                span.links {
                    @if let Some(before) = paging.before() { a.button rel="prev" href=(to(start, search, before)) { "Previous" } }
                    @if let Some(after) = paging.after() { a.button rel="next" href=(to(start, search, after)) { "Next" } }
                }
            }
        }
    }
}

/// The form of a new pupil, or of one that is there.
pub fn form(
    start: &str,
    id: Option<i64>,
    draft: &Draft,
    errors: &Errors,
    houses: &[House],
) -> Markup {
    let action = match id {
        Some(id) => format!("{start}/{id}"),
        None => start.to_owned(),
    };
    html! {
        form.card.narrow method="post" action=(action) {
            h1 { @if id.is_some() { "Edit pupil" } @else { "New pupil" } }
            @if !errors.is_empty() {
                p.error role="alert" { "Not saved yet: see below." }
            }
            (input("given_name", "Given name", "text", &draft.given_name, errors))
            (input("family_name", "Family name", "text", &draft.family_name, errors))
            (input("born", "Born", "date", &draft.born, errors))
            (input("joined", "Joined", "date", &draft.joined, errors))
            (field("house", "House", errors, |error| html! {
                select #house name="house" required aria-invalid=[error.map(|_| "true")] aria-describedby=[error] {
                    option value="" { "Choose a house" }
                    (options(houses, &draft.house))
                }
            }))
            p.buttons {
                button.primary { "Save" }
                a.button.quiet href=(start) { "Cancel" }
            }
        }
        @if let Some(id) = id {
            details.card.narrow.delete {
                summary { "Delete this pupil" }
                form method="post" action={ (start) "/" (id) "/delete" } {
                    p { "What is deleted cannot be brought back." }
                    p.buttons { button.danger { "Delete" } }
                }
            }
        }
    }
}

fn input(name: &str, label: &str, kind: &str, value: &str, errors: &Errors) -> Markup {
    let longest = (kind == "text").then_some(MAX_NAME);
    field(name, label, errors, |error| {
        html! {
            input id=(name) name=(name) type=(kind) value=(value) required maxlength=[longest] autocomplete="off"
                aria-invalid=[error.map(|_| "true")] aria-describedby=[error];
        }
    })
}

/// A field with its label and what is wrong with it; `input` is given the id of that.
fn field(
    name: &str,
    label: &str,
    errors: &Errors,
    input: impl FnOnce(Option<&str>) -> Markup,
) -> Markup {
    let error = errors.get(name);
    let id = format!("{name}-error");
    html! {
        div.field {
            label for=(name) { (label) }
            (input(error.map(|_| id.as_str())))
            @if let Some(error) = error { p.error id=(id) { (error) } }
        }
    }
}

fn options(houses: &[House], chosen: &str) -> Markup {
    html! {
        @for house in houses {
            option value=(house.name) selected[house.name == chosen] { (house.name) }
        }
    }
}

/// The address of another page of what is looked for.
fn to(start: &str, search: &Search, page: i64) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            [("q", &search.q), ("house", &search.house)]
                .into_iter()
                .filter(|(_, it)| !it.is_empty()),
        )
        .append_pair("page", &page.to_string())
        .finish();
    format!("{start}?{query}")
}

/// Nothing that is in the address is shown.
fn notice(done: &str) -> Option<&'static str> {
    match done {
        "saved" => Some("Saved."),
        "deleted" => Some("Deleted."),
        _ => None,
    }
}
