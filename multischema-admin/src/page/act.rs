//! Doing something with the objects that are chosen in a list.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use multischema_axum::DbError;

use super::chosen::Chosen;
use super::draft::clean;
use super::erasing::erase_chosen;
use super::form::{Pairs, check, posted};
use super::list::bad_value;
use crate::auth::Action;
use crate::failure::{Failure, answer};
use crate::log::Entry;
use crate::model::{Act, ActionError, Registration};
use crate::rows::{COUNTED, Job, Keys, Reach};
use crate::visit::Visit;

/// What a form calls the action that deletes. The names of the application's own do not begin so.
pub(crate) const DELETE: &str = "_delete";

/// What can be done with objects of a list: names, and what they are called.
pub(crate) fn acts<'a>(visit: &Visit, model: &'a Registration) -> Vec<(&'a str, &'a str)> {
    let own = model
        .actions
        .iter()
        .filter(|_| visit.may(model, Action::Change));
    let own = own.map(|it| (it.name.as_str(), it.label.as_str()));
    let delete = visit
        .may(model, Action::Delete)
        .then_some((DELETE, "Delete"));
    own.chain(delete).collect()
}

/// Does what was chosen.
pub(crate) async fn act(visit: Visit, Path(name): Path<String>, form: Pairs) -> Response {
    let done = done(&visit, &name, form).await;
    answer(&visit, done).await
}

async fn done(visit: &Visit, name: &str, form: Pairs) -> Result<Response, Failure> {
    let shown = visit.shown(name, Action::View)?;
    let model = shown.model;
    if !visit.may(model, Action::Change) && !visit.may(model, Action::Delete) {
        return Err(Failure::Forbidden);
    }
    let posted = posted(form)?;
    check(visit, model, "list", &posted)?;
    let chosen = Chosen::read(visit, shown, &posted)?;
    let query = clean(posted.get("all_query").unwrap_or_default());
    let sign = if query.is_empty() { "" } else { "?" };
    let back = visit.link(&format!("/m/{name}/{sign}{query}"));
    let back = Redirect::to(&back).into_response();
    let wanted = posted.get("action").unwrap_or_default();
    let custom = model.actions.iter().find(|it| it.name == wanted);
    if custom.is_none() && wanted != DELETE {
        visit.say("Choose what to do.").await;
        return Ok(back);
    }
    if chosen.is_empty() {
        visit.say("Choose something to do it with.").await;
        return Ok(back);
    }
    let Some(custom) = custom else {
        return match visit.may(model, Action::Delete) {
            true => erase_chosen(visit, shown, &chosen, &posted).await,
            false => Err(Failure::Forbidden),
        };
    };
    if !visit.may(model, Action::Change) {
        return Err(Failure::Forbidden);
    }
    let done = Done {
        act: custom.act.clone(),
        keys: Keys {
            of: visit.relation(shown.table)?,
            key: shown.table.key.clone(),
            chosen: chosen.conditions(),
            limit: COUNTED + 1,
        },
        entry: visit.entry(model, &custom.name),
    };
    let done = visit.run(model.home, done).await;
    let said = match done.map_err(|it| bad_value(it, shown.table))? {
        Ok(said) | Err(said) => said,
    };
    visit.say(said).await;
    Ok(back)
}

/// An action of the application's, in a transaction with what the log says of it.
struct Done {
    act: Act,
    /// How those that are chosen are found: what is not there, nothing is done with.
    keys: Keys,
    entry: Entry,
}

impl Job for Done {
    type Output = Result<String, String>;

    fn run<C: Reach>(self, conn: &mut C) -> Result<Self::Output, DbError> {
        let Self { act, keys, entry } = self;
        let done = conn.briefly(|conn| {
            let keys = keys.read(conn)?;
            if keys.is_empty() {
                return Err(ActionError::refused("Nothing of it is there any more."));
            }
            if keys.len() > COUNTED {
                let words = format!(
                    "Nothing was done: these are more than {COUNTED}. Choose fewer by a filter."
                );
                return Err(ActionError::refused(words));
            }
            let texts: Vec<String> = keys.iter().map(ToString::to_string).collect();
            let said = conn.act(&act, &texts)?;
            entry.write_each(conn, &keys)?;
            Ok(said)
        });
        match done {
            Ok(said) => Ok(Ok(said)),
            Err(ActionError::Refused(words)) => Ok(Err(words)),
            Err(ActionError::Query(error)) => Err(DbError::Query(error)),
            Err(ActionError::Other(error)) => Err(DbError::Other(error)),
        }
    }
}
