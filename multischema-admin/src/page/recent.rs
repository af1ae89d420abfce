//! Entries of the log, as they are shown.

use std::collections::{HashMap, HashSet};

use maud::{Markup, html};

use super::frame::colour;
use crate::auth::Action;
use crate::failure::Failure;
use crate::fleet;
use crate::log::{Entries, Logged, Whose};
use crate::model::{Home, Registration};
use crate::rows::{Existing, Key, Relation, Wanted};
use crate::schemata;
use crate::visit::Visit;

/// What was done of late where the user is, and in what all share.
pub(crate) fn here(visit: &Visit) -> Whose {
    let names = |home| visit.models(home).map(|it| it.name.clone()).collect();
    Whose::Place {
        schema: visit.here.as_ref().map(|it| (it.id, names(Home::Tenant))),
        global: names(Home::Global),
    }
}

/// What was done wherever the user may see it.
pub(crate) fn everywhere(visit: &Visit) -> Whose {
    if visit.operator.is_superuser {
        return Whose::All;
    }
    let tenant = visit
        .site
        .models
        .iter()
        .filter(|it| it.home == Home::Tenant);
    Whose::User {
        name: visit.operator.name.clone(),
        schemata: (
            visit.schemata.iter().map(|it| it.id).collect(),
            tenant.map(|it| it.name.clone()).collect(),
        ),
        global: visit
            .models(Home::Global)
            .map(|it| it.name.clone())
            .collect(),
    }
}

/// Reads entries of the log.
pub(crate) async fn read(visit: &Visit, entries: Entries) -> Result<Vec<Logged>, Failure> {
    visit.run(Home::Global, entries).await
}

/// A line for each entry. An object that is there is linked, in its schema.
pub(crate) async fn lines(visit: &Visit, logged: &[Logged]) -> Result<Markup, Failure> {
    let links = links(visit, logged).await?;
    Ok(html! {
        ul.log {
            @for it in logged {
                li {
                    (badge(visit, it))
                    " " (action(&it.action)) " "
                    @match links.get(&it.id) {
                        Some(link) => a href=(link) { (it.label) },
                        None => span { (it.label) },
                    }
                    " " span.note { (title(visit, it)) " – " (it.user) ", " (at(it)) }
                }
            }
        }
    })
}

/// When it was.
pub(crate) fn at(it: &Logged) -> Markup {
    let exact = format!("{}Z", it.at.replace(' ', "T"));
    html! { time datetime=(exact) { (it.at) " UTC" } }
}

/// What was done, as a word. An action of the application's is called what it calls it.
pub(crate) fn action(word: &str) -> &str {
    match word {
        "add" => "Added",
        "change" => "Changed",
        "delete" => "Deleted",
        own => own,
    }
}

fn badge(visit: &Visit, it: &Logged) -> Markup {
    let schema = visit
        .schemata
        .iter()
        .find(|schema| Some(schema.id) == it.schema_id);
    match (schema, &it.schema_name) {
        (Some(schema), _) => html! { span class={ "badge " (colour(schema)) } { (schema.label) } },
        // It was purged, or cannot be selected.
        (None, Some(name)) => html! { span.badge { (name) } },
        (None, None) => html! { span.badge { "Shared" } },
    }
}

fn title(visit: &Visit, it: &Logged) -> String {
    match (model(visit, it), it.model.as_str()) {
        (Some(model), _) => model.title.clone(),
        (None, schemata::MODEL) => "Schemata".to_owned(),
        (None, fleet::MODEL) => "Fleet".to_owned(),
        (None, name) => name.to_owned(),
    }
}

fn model<'a>(visit: &'a Visit, it: &Logged) -> Option<&'a Registration> {
    let home = match it.schema_id {
        Some(_) => Home::Tenant,
        None => Home::Global,
    };
    let mut models = visit.site.models.iter();
    models.find(|model| model.name == it.model && model.home == home)
}

/// The addresses of the objects that are there, by the ids of their entries.
async fn links(visit: &Visit, logged: &[Logged]) -> Result<HashMap<i64, String>, Failure> {
    let mut groups: Vec<Wanted> = Vec::new();
    let mut wanted: Vec<(i64, usize, Key, String)> = Vec::new();
    for it in logged {
        let Some((of, key, columns, link)) = address(visit, it) else {
            continue;
        };
        let rank = groups.iter().position(|group| group.of == of);
        let rank = rank.unwrap_or_else(|| {
            groups.push(Wanted {
                of,
                key: columns,
                keys: Vec::new(),
            });
            groups.len() - 1
        });
        groups[rank].keys.push(key.clone());
        wanted.push((it.id, rank, key, link));
    }
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let found: HashSet<(usize, Key)> = visit.run(Home::Global, Existing { groups }).await?;
    let links = wanted
        .into_iter()
        .filter(|(_, rank, key, _)| found.contains(&(*rank, key.clone())));
    Ok(links.map(|(id, _, _, link)| (id, link)).collect())
}

/// Where the object of an entry would be; nowhere if its schema cannot be selected, or its table is not known.
fn address(visit: &Visit, it: &Logged) -> Option<(Relation, Key, Vec<String>, String)> {
    let model = model(visit, it)?;
    let table = visit
        .structure
        .table(model.home, model.schema.as_deref(), &model.table)?;
    let schema = match it.schema_id {
        Some(id) => Some(visit.schemata.iter().find(|schema| schema.id == id)?),
        None => None,
    };
    let key = Key::parse(&it.key, table.key.len())?;
    let path = visit.link(&format!("/m/{}/o/{}/", model.name, key.segment()));
    let link = match schema {
        Some(schema) if visit.here.as_ref().is_none_or(|here| here.id != schema.id) => {
            format!("{path}?__schema={}", schema.name)
        }
        _ => path,
    };
    let schema_name = schema.map_or_else(|| table.schema.clone(), |it| it.name.to_string());
    let of = Relation::of(table, schema_name);
    let may = schema.is_some() || visit.may(model, Action::View);
    may.then(|| (of, key, table.key.clone(), link))
}
