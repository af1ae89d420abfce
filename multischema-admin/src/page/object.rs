//! An object, in a form.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::Path;
use axum::extract::rejection::FormRejection;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::field::{self, Choices, Field};
use super::form::{Posted, check, signature};
use super::frame::{At, frame};
use super::list::{display, referred};
use crate::auth::Action;
use crate::failure::Failure;
use crate::model::{FieldErrors, Home, Values};
use crate::rows::{Choices as Find, Key, Object, ReadObject, Save, SaveError, Saved};
use crate::structure::{Column, Table};
use crate::visit::{Shown, Visit};

type Pairs = Result<Form<Vec<(String, String)>>, FormRejection>;

/// Rows that a select shows.
const CHOICES: usize = 200;

/// What a form is made of.
struct Draft<'a> {
    shown: Shown<'a>,
    /// None is a new one.
    existing: Option<(&'a Key, &'a str, &'a str)>,
    values: BTreeMap<String, Option<String>>,
    errors: FieldErrors,
    may_save: bool,
}

/// Shows the form for a new object.
pub(crate) async fn blank(visit: Visit, Path(name): Path<String>) -> Response {
    let page = async {
        let shown = visit.shown(&name, Action::Add)?;
        let draft = Draft {
            shown,
            existing: None,
            values: BTreeMap::new(),
            errors: FieldErrors::new(),
            may_save: true,
        };
        draft.page(&visit).await
    };
    answer(&visit, page.await.map(IntoResponse::into_response)).await
}

/// Makes an object.
pub(crate) async fn add(visit: Visit, Path(name): Path<String>, form: Pairs) -> Response {
    let added = async {
        let shown = visit.shown(&name, Action::Add)?;
        save(&visit, shown, None, form).await
    };
    answer(&visit, added.await).await
}

/// Shows an object.
pub(crate) async fn object(visit: Visit, Path((name, key)): Path<(String, String)>) -> Response {
    let page = async {
        let shown = visit.shown(&name, Action::View)?;
        let (key, object) = found(&visit, shown, &key).await?;
        let label = object.label.unwrap_or_else(|| key.to_string());
        let draft = Draft {
            shown,
            existing: Some((&key, &object.version, &label)),
            values: object.values,
            errors: FieldErrors::new(),
            may_save: visit.may(shown.model, Action::Change),
        };
        draft.page(&visit).await
    };
    answer(&visit, page.await.map(IntoResponse::into_response)).await
}

/// Changes an object.
pub(crate) async fn change(
    visit: Visit,
    Path((name, key)): Path<(String, String)>,
    form: Pairs,
) -> Response {
    let changed = async {
        let shown = visit.shown(&name, Action::Change)?;
        save(&visit, shown, Some(&key), form).await
    };
    answer(&visit, changed.await).await
}

async fn answer(visit: &Visit, result: Result<Response, Failure>) -> Response {
    match result {
        Ok(response) => response,
        Err(failure) => failure.page(visit).await,
    }
}

/// The object at an address, or why there is none: it may be another schema's.
pub(crate) async fn found(
    visit: &Visit,
    shown: Shown<'_>,
    key: &str,
) -> Result<(Key, Object), Failure> {
    let Shown { model, table } = shown;
    let key = Key::parse(key, table.key.len()).ok_or(Failure::NotFound)?;
    let read = ReadObject {
        of: visit.relation(table)?,
        table: table.clone(),
        key: key.clone(),
        display: display(model, table),
    };
    match visit.run(model.home, read).await {
        Ok(Some(object)) => Ok((key, object)),
        Ok(None) => Err(elsewhere(visit, shown, &key)),
        // A key that is none of its type.
        Err(Failure::Database(error))
            if error.status() == StatusCode::INTERNAL_SERVER_ERROR
                && is_about_value(&error, table) =>
        {
            Err(Failure::NotFound)
        }
        Err(failure) => Err(failure),
    }
}

fn is_about_value(error: &multischema_axum::DbError, table: &Table) -> bool {
    matches!(error, multischema_axum::DbError::Query(error) if crate::rows::is_about_value(error, table))
}

/// An id that is of another schema's block is looked for there, by whoever may.
fn elsewhere(visit: &Visit, shown: Shown<'_>, key: &Key) -> Failure {
    let here = visit.here.as_ref().map(|it| it.id);
    let block = key.block().filter(|_| shown.model.home == Home::Tenant);
    let schema = visit
        .schemata
        .iter()
        .find(|it| Some(it.id) == block && Some(it.id) != here);
    match schema {
        Some(schema) => Failure::Elsewhere {
            schema: Box::new(schema.clone()),
            path: visit.uri.path().to_owned(),
        },
        None => Failure::NotFound,
    }
}

/// What a form about an object, or a new one, is signed for.
fn what(key: Option<&Key>) -> String {
    key.map_or_else(|| "add".to_owned(), |key| format!("change {key}"))
}

async fn save(
    visit: &Visit,
    shown: Shown<'_>,
    key: Option<&str>,
    form: Pairs,
) -> Result<Response, Failure> {
    let Shown { model, table } = shown;
    let Form(pairs) =
        form.map_err(|error| Failure::Parameter(format!("The form cannot be read: {error}.")))?;
    let posted = Posted::new(pairs);
    let key = match key {
        Some(key) => Some(Key::parse(key, table.key.len()).ok_or(Failure::NotFound)?),
        None => None,
    };
    check(visit, model, &what(key.as_ref()), &posted)?;
    let fields = posted.fields();
    let is_new = key.is_none();
    let values = columns(shown)
        .into_iter()
        .filter(|it| is_open(shown, it, is_new));
    let values: BTreeMap<String, Option<String>> = values
        .filter(|it| is_sent(it, &fields))
        .map(|it| {
            (
                it.name.clone(),
                field::read(it, fields.get(it.name.as_str()).copied(), is_new),
            )
        })
        .collect();
    let version = posted.get("_version").unwrap_or_default().to_owned();
    let result = match checked(shown, Values(values.clone()), is_new) {
        Err(errors) => Err(SaveError::Fields(errors)),
        Ok(Values(values)) => {
            let save = Save {
                of: visit.relation(table)?,
                table: table.clone(),
                display: display(model, table),
                values,
                existing: key.clone().map(|it| (it, version.clone())),
                entry: visit.entry(model, if is_new { "add" } else { "change" }),
            };
            visit.run(model.home, save).await?
        }
    };
    let (errors, status) = match result {
        Ok(saved) => return Ok(saved_to(visit, shown, &saved, &posted).await),
        Err(SaveError::Fields(errors)) => (errors, StatusCode::UNPROCESSABLE_ENTITY),
        Err(SaveError::Gone) => match key {
            Some(key) => return Err(elsewhere(visit, shown, &key)),
            None => return Err(Failure::NotFound),
        },
        Err(SaveError::Changed(now)) => {
            let mut errors = FieldErrors::new();
            errors.add_whole("This was changed by someone else meanwhile. Nothing was saved: open it again, and change that.");
            for (name, value) in &now.values {
                if values.get(name).is_some_and(|it| it != value) {
                    errors.add(
                        name,
                        format!("It is now: {}", value.as_deref().unwrap_or("-")),
                    );
                }
            }
            (errors, StatusCode::CONFLICT)
        }
    };
    let mut kept = values;
    let mut label = String::new();
    if let Some(key) = &key {
        let (_, object) = found(visit, shown, &key.to_string()).await?;
        label = object.label.unwrap_or_else(|| key.to_string());
        for (name, value) in object.values {
            kept.entry(name).or_insert(value);
        }
    }
    let draft = Draft {
        shown,
        existing: key
            .as_ref()
            .map(|it| (it, version.as_str(), label.as_str())),
        values: kept,
        errors,
        may_save: true,
    };
    Ok((status, draft.page(visit).await?).into_response())
}

/// Only what was in the form is saved. A box that is not checked is not sent.
fn is_sent(column: &Column, fields: &BTreeMap<&str, &str>) -> bool {
    let is_box = column.kind() == crate::structure::Kind::Bool && column.not_null;
    is_box || fields.contains_key(column.name.as_str())
}

/// What the form itself, and then the application, has to say.
fn checked(shown: Shown<'_>, mut values: Values, is_new: bool) -> Result<Values, FieldErrors> {
    let mut errors = FieldErrors::new();
    for column in columns(shown) {
        let is_missing = match values.0.get(&column.name) {
            Some(value) => value.is_none(),
            None => is_new && is_open(shown, column, true),
        };
        if is_missing && column.not_null && !(is_new && column.has_default) {
            errors.add(&column.name, "This is required.");
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    for hook in &shown.model.before_save {
        hook(&mut values)?;
    }
    Ok(values)
}

async fn saved_to(visit: &Visit, shown: Shown<'_>, saved: &Saved, posted: &Posted) -> Response {
    let name = &shown.model.name;
    let title = &shown.model.title;
    visit
        .say(match saved.is_changed {
            true => format!("{title}: “{}” was saved.", saved.label),
            false => format!("{title}: nothing of “{}” was changed.", saved.label),
        })
        .await;
    let next = if posted.get("_continue").is_some() {
        format!("/m/{name}/o/{}/", saved.key.segment())
    } else if posted.get("_another").is_some() {
        format!("/m/{name}/add/")
    } else {
        let list = posted.get("_list").unwrap_or_default();
        format!(
            "/m/{name}/{}{}",
            if list.is_empty() { "" } else { "?" },
            clean(list)
        )
    };
    Redirect::to(&visit.link(&next)).into_response()
}

/// The query of a list, written anew: it came with the form.
fn clean(query: &str) -> String {
    let pairs = form_urlencoded::parse(query.as_bytes());
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The columns of a form.
fn columns(shown: Shown<'_>) -> Vec<&Column> {
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
fn is_open(shown: Shown<'_>, column: &Column, is_new: bool) -> bool {
    let is_key = shown.table.key.contains(&column.name);
    let is_read_only = shown.model.read_only.contains(&column.name);
    !column.is_made && !is_read_only && !(is_key && (!is_new || column.has_default))
}

impl Draft<'_> {
    async fn page(self, visit: &Visit) -> Result<Markup, Failure> {
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
            div.head { h1 { (heading) } }
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

fn place(visit: &Visit, home: Home, is_new: bool) -> Markup {
    match (&visit.here, home) {
        (Some(here), Home::Tenant) if is_new => {
            html! { p.note { "This object will belong to " (here.label) "." } }
        }
        (Some(here), Home::Tenant) => html! { p.note { "This object is from " (here.label) "." } },
        _ => html! { p.note { "This object is shared by all schemata." } },
    }
}
