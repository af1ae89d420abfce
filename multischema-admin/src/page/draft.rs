//! The form of an object, with what was put in and what is wrong with it.

use std::collections::BTreeMap;

use http::StatusCode;
use maud::{Markup, html};

use super::field::{Choices, Field};
use super::form::signature;
use super::frame::{At, frame};
use super::list::referred;
use crate::auth::Action;
use crate::failure::Failure;
use crate::model::{FieldErrors, Home};
use crate::rows::{Choices as Find, Key};
use crate::structure::Column;
use crate::visit::{Shown, Visit};

/// Rows that a select shows.
const CHOICES: usize = 200;

/// What a form is made of.
pub(crate) struct Draft<'a> {
    pub(crate) shown: Shown<'a>,
    /// None is a new one.
    pub(crate) existing: Option<(&'a Key, &'a str, &'a str)>,
    pub(crate) values: BTreeMap<String, Option<String>>,
    pub(crate) errors: FieldErrors,
    pub(crate) may_save: bool,
}

/// What a form about an object, or a new one, is signed for.
pub(crate) fn what(key: Option<&Key>) -> String {
    key.map_or_else(|| "add".to_owned(), |key| format!("change {key}"))
}

/// The query of a list, written anew: it came with the form.
pub(crate) fn clean(query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes());
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The columns of a form.
pub(crate) fn columns(shown: Shown<'_>) -> Vec<&Column> {
    let Shown { model, table } = shown;
    match model.fieldsets.is_empty() {
        true => table.columns.iter().collect(),
        false => {
            let named = model.fieldsets.iter().flat_map(|it| &it.columns);
            named.filter_map(|it| table.column(it)).collect()
        }
    }
}

/// Whether a column can be written. A key stays what it is, and what makes itself a key is left to that.
pub(crate) fn is_open(shown: Shown<'_>, column: &Column, is_new: bool) -> bool {
    let is_key = shown.table.key.contains(&column.name);
    let is_read_only = shown.model.read_only.contains(&column.name);
    !column.is_made && !is_read_only && !(is_key && (!is_new || column.has_default))
}

impl Draft<'_> {
    pub(crate) async fn page(self, visit: &Visit) -> Result<Markup, Failure> {
        let Shown { model, table } = self.shown;
        let has_errors = !self.errors.is_empty();
        let heading = match &self.existing {
            Some((_, _, label)) => (*label).to_owned(),
            None => format!("Add to {}", model.title),
        };
        let mut fieldsets = Vec::new();
        let groups: Vec<(String, Vec<&Column>)> = match model.fieldsets.is_empty() {
            true => vec![(String::new(), columns(self.shown))],
            false => model
                .fieldsets
                .iter()
                .map(|it| {
                    (
                        it.title.clone(),
                        it.columns
                            .iter()
                            .filter_map(|it| table.column(it))
                            .collect(),
                    )
                })
                .collect(),
        };
        for (title, columns) in groups {
            let mut fields = Vec::new();
            for column in columns {
                let is_fixed =
                    !self.may_save || !is_open(self.shown, column, self.existing.is_none());
                // There is nothing to show yet.
                if is_fixed && self.existing.is_none() {
                    continue;
                }
                fields.push(self.field(visit, column, is_fixed).await?);
            }
            fieldsets.push(html! {
                fieldset {
                    @if !title.is_empty() { legend { (title) } }
                    @for it in &fields { (it) }
                }
            });
        }
        let list = visit.uri.query().unwrap_or_default();
        let list = form_urlencoded::parse(list.as_bytes()).find(|(name, _)| name == "list");
        let list = list
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default();
        let back = format!(
            "/m/{}/{}{}",
            model.name,
            if list.is_empty() { "" } else { "?" },
            clean(&list)
        );
        let content = html! {
            nav.trail aria-label="Trail" { a href=(visit.link(&back)) { (model.title) } }
            div.head {
                h1 { (heading) }
                @if let Some((key, ..)) = self.existing { (others(visit, self.shown, key)) }
            }
            (place(visit, model.home, self.existing.is_none()))
            @if has_errors {
                div.errors role="alert" {
                    p { "Nothing was saved. Please look at what is marked." }
                    ul { @for it in &self.errors.whole { li { (it) } } }
                }
            }
            form.object method="post" {
                (signature(visit, model, &what(self.existing.as_ref().map(|it| it.0))))
                @if let Some((_, version, _)) = &self.existing { input type="hidden" name="_version" value=(version); }
                input type="hidden" name="_list" value=(list);
                @for it in &fieldsets { (it) }
                @if self.may_save {
                    p.buttons {
                        button.primary { "Save" }
                        button name="_continue" value="1" { "Save and continue" }
                        @if visit.may(model, Action::Add) { button name="_another" value="1" { "Save and add another" } }
                    }
                }
            }
        };
        let title = match has_errors {
            true => format!("Error: {heading}"),
            false => heading,
        };
        let at = if self.existing.is_some() {
            At::Object
        } else {
            At::Nowhere
        };
        Ok(frame(visit, &title, at, &content).await)
    }

    async fn field(
        &self,
        visit: &Visit,
        column: &Column,
        is_fixed: bool,
    ) -> Result<Markup, Failure> {
        let Shown { model, table } = self.shown;
        let value = self.values.get(&column.name).and_then(Option::as_deref);
        let found = referred(visit, table, &column.name)?;
        let list;
        let choices = match found {
            None => None,
            Some((home, find)) => {
                let all = match is_fixed {
                    true => Vec::new(),
                    false => {
                        visit
                            .run(
                                home,
                                Find {
                                    limit: CHOICES + 1,
                                    ..find.clone()
                                },
                            )
                            .await?
                    }
                };
                if !is_fixed && all.len() <= CHOICES {
                    Some(Choices::All(all))
                } else {
                    let to = table
                        .foreign_of(&column.name)
                        .and_then(|it| visit.structure.referred(it));
                    let to = to.and_then(|it| visit.model_of(it));
                    list = visit.link(&format!("/m/{}/", to.map_or("", |it| &it.name)));
                    let current = match value {
                        Some(value) => current(visit, home, find, value).await?,
                        None => None,
                    };
                    let at = visit.link(&format!("/m/{}/refer/{}/", model.name, column.name));
                    Some(Choices::Search {
                        current,
                        at,
                        list: &list,
                    })
                }
            }
        };
        let field = Field {
            column,
            label: model.label(&column.name),
            value,
            errors: self.errors.of(&column.name),
            is_fixed,
            choices,
        };
        Ok(field.html())
    }
}

/// What a value refers to; one that is none of its type refers to nothing.
async fn current(
    visit: &Visit,
    home: Home,
    find: Find,
    value: &str,
) -> Result<Option<crate::rows::Choice>, Failure> {
    let only = Some(value.to_owned());
    match visit
        .run(
            home,
            Find {
                only,
                limit: 1,
                ..find
            },
        )
        .await
    {
        Ok(found) => Ok(found.into_iter().next()),
        Err(Failure::Database(error)) if error.status() == StatusCode::INTERNAL_SERVER_ERROR => {
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// What else there is about an object.
fn others(visit: &Visit, shown: Shown<'_>, key: &Key) -> Markup {
    let path = visit.link(&format!("/m/{}/o/{}/", shown.model.name, key.segment()));
    html! {
        p.buttons {
            a.button href={ (path) "history/" } { "History" }
            @if visit.may(shown.model, Action::Delete) { a.button.danger href={ (path) "delete/" } { "Delete" } }
        }
    }
}

fn place(visit: &Visit, home: Home, is_new: bool) -> Markup {
    match (&visit.here, home) {
        (Some(here), Home::Tenant) if is_new => {
            html! { p.note { "This object will belong to " (here.label) "." } }
        }
        (Some(here), Home::Tenant) => html! { p.note { "This object is from " (here.label) "." } },
        _ => html! { p.note { "This object is shared by all schemata." } },
    }
}
