//! What is around each page of a user: the bar with the schema selector, and what is to be said.

use maud::{Markup, Render, html};
use multischema::{Schema, SchemaStatus};

use super::layout::document;
use crate::auth::LOG_OUT;
use crate::model::Home;
use crate::visit::Visit;

/// Where a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Where another schema can be selected, which shows the same of that.
    Anywhere,
    /// Where it cannot: an object is one of its schema.
    Object,
    /// Where the start is shown if another is selected.
    Nowhere,
}

/// Schemata up to which a select shows all.
const FEW: usize = 15;
/// Names that a browser is given to choose from while one is typed.
const SUGGESTED: usize = 1000;

/// A page of a user.
pub(crate) async fn frame(visit: &Visit, title: &str, at: At, content: &Markup) -> Markup {
    let messages = visit.messages().await;
    let place = visit.here.as_ref().map(|it| format!("{} – ", it.label));
    let title = format!(
        "{title} – {}{}",
        place.unwrap_or_default(),
        visit.site.title
    );
    let header = html! {
        header class=[visit.here.as_ref().map(colour)] {
            div.bar {
                a.brand href=(visit.link("/")) { (visit.site.title) }
                (selector(visit, at))
                nav.user aria-label="User" {
                    span.name { (visit.operator.name) }
                    a href=(visit.link("/password")) { "Password" }
                    form method="post" action=(visit.link("/logout")) {
                        input type="hidden" name="token" value=(visit.tokens().sign(LOG_OUT));
                        button.quiet { "Log out" }
                    }
                }
            }
        }
        (menu(visit))
    };
    let messages = html! {
        @if !messages.is_empty() {
            ul.messages role="status" { @for message in &messages { li { (message) } } }
        }
    };
    document(visit.base.as_str(), &title, &header, &messages, content)
}

fn menu(visit: &Visit) -> Markup {
    let tenant: Vec<_> = visit.models(Home::Tenant).collect();
    let global: Vec<_> = visit.models(Home::Global).collect();
    html! {
        nav.models aria-label="Models" {
            @if let Some(here) = visit.here.as_ref().filter(|_| !tenant.is_empty()) {
                h2 { "In " (here.label) }
                ul { @for it in &tenant { li { (link(visit, &it.name, &it.title)) } } }
            }
            @if !global.is_empty() {
                h2 { "Shared by all" }
                ul { @for it in &global { li { (link(visit, &it.name, &it.title)) } } }
            }
            @if visit.operator.is_superuser {
                h2 { "All schemata" }
                ul { @for (path, title) in [("/schemata/", "Schemata"), ("/fleet/", "Fleet")] {
                    li { a href=(visit.link(path)) aria-current=[visit.uri.path().starts_with(path).then_some("page")] { (title) } }
                } }
            }
        }
    }
}

fn link(visit: &Visit, name: &str, title: &str) -> Markup {
    let path = format!("/m/{name}/");
    let is_here = visit.uri.path().starts_with(&path);
    html! { a href=(visit.link(&path)) aria-current=[is_here.then_some("page")] { (title) } }
}

/// The selector: a form that works without a script. Who has one schema only, and is in it, needs none.
fn selector(visit: &Visit, at: At) -> Markup {
    let here = visit.here.as_ref();
    let count = visit.schemata.iter().len();
    if count == 0 || (count == 1 && here.is_some()) {
        return html! { @if let Some(here) = here { span.schema { (Label(here)) } } };
    }
    let action = match at {
        At::Anywhere => visit.link(visit.uri.path()),
        At::Object | At::Nowhere => visit.link("/"),
    };
    let is_fixed = at == At::Object;
    let note = "Unable to change schema while viewing this object";
    html! {
        form.selector method="get" action=(action) role="search" aria-label="Schema" {
            @if at == At::Anywhere { (kept(visit)) }
            label for="schema" { "Schema" }
            @if count <= FEW {
                select #schema name="__schema" disabled[is_fixed] aria-describedby=[is_fixed.then_some("schema-note")] {
                    option value="" selected[here.is_none()] { "No schema" }
                    @for it in &visit.schemata {
                        option value=(it.name.as_str()) selected[here == Some(it)] { (Label(it)) }
                    }
                }
            } @else {
                input #schema name="__schema" list="schemata" autocomplete="off" spellcheck="false" size="16"
                    value=[here.map(|it| it.name.as_str())] disabled[is_fixed] aria-describedby=[is_fixed.then_some("schema-note")];
                datalist #schemata {
                    @for it in visit.schemata.iter().take(SUGGESTED) { option value=(it.name.as_str()) { (Label(it)) } }
                }
                @if let Some(here) = here { span.schema { (Label(here)) } }
            }
            @if is_fixed {
                span #schema-note .note { (note) }
            } @else {
                button { "Select" }
            }
        }
    }
}

/// What another schema is asked for as well. Keys of its rows, and where its pages begin, are others.
fn kept(visit: &Visit) -> Markup {
    let query = visit.uri.query().unwrap_or_default();
    let pairs = form_urlencoded::parse(query.as_bytes());
    let kept = pairs.filter(|(name, _)| matches!(&**name, "q" | "o"));
    html! { @for (name, value) in kept { input type="hidden" name=(name) value=(value); } }
}

/// What people call a schema, and why they may not find others in it.
struct Label<'a>(&'a Schema);

impl Render for Label<'_> {
    fn render_to(&self, page: &mut String) {
        self.0.label.render_to(page);
        if self.0.status != SchemaStatus::Active {
            format_args!(" ({})", self.0.status).render_to(page);
        }
    }
}

/// Each schema has a colour, so that one sees at once where one is.
pub(crate) fn colour(schema: &Schema) -> String {
    format!("colour-{}", schema.id.rem_euclid(8))
}
