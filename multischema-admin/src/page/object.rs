//! An object, in a form.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use super::draft::{Draft, clean, columns, is_open, what};
use super::field;
use super::form::{Pairs, Posted, check, posted};
use super::list::display;
use super::visible::visible;
use crate::auth::Action;
use crate::failure::{Failure, answer};
use crate::model::{FieldErrors, Home, Values};
use crate::rows::{Key, Object, ReadObject, Save, SaveError, Saved};
use crate::structure::{Column, Table};
use crate::visit::{Shown, Visit};

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
pub(crate) fn elsewhere(visit: &Visit, shown: Shown<'_>, key: &Key) -> Failure {
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

async fn save(
    visit: &Visit,
    shown: Shown<'_>,
    key: Option<&str>,
    form: Pairs,
) -> Result<Response, Failure> {
    let Shown { model, table } = shown;
    let posted = posted(form)?;
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
                visible: visible(shown),
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
    let may_view = visit.may(shown.model, Action::View);
    let next = if posted.get("_another").is_some() {
        format!("/m/{name}/add/")
    } else if !may_view {
        // Who may add need not be able to look at it.
        String::new()
    } else if posted.get("_continue").is_some() {
        format!("/m/{name}/o/{}/", saved.key.segment())
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
