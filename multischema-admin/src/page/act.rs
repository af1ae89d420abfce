//! Doing something with the objects that are chosen in a list.

use axum::Form;
use axum::extract::Path;
use axum::extract::rejection::FormRejection;
use axum::response::{IntoResponse, Redirect, Response};
use multischema_axum::DbError;

use super::form::{Posted, check};
use crate::auth::Action;
use crate::failure::Failure;
use crate::log::Entry;
use crate::model::{Act, ActionError};
use crate::rows::{Job, Key, Reach};
use crate::visit::Visit;

/// Does what was chosen.
pub(crate) async fn act(
    visit: Visit,
    Path(name): Path<String>,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    match done(&visit, &name, form).await {
        Ok(response) => response,
        Err(failure) => failure.page(&visit).await,
    }
}

async fn done(
    visit: &Visit,
    name: &str,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Result<Response, Failure> {
    let shown = visit.shown(name, Action::Change)?;
    let model = shown.model;
    let Form(pairs) =
        form.map_err(|error| Failure::Parameter(format!("The form cannot be read: {error}.")))?;
    let posted = Posted::new(pairs);
    check(visit, model, "list", &posted)?;
    let back = Redirect::to(&visit.link(&format!("/m/{name}/"))).into_response();
    let keys = posted
        .all("key")
        .map(|it| Key::parse(it, shown.table.key.len()));
    let keys: Option<Vec<Key>> = keys.collect();
    let keys = keys.ok_or_else(|| Failure::Parameter("A key is none of this list.".to_owned()))?;
    let wanted = posted.get("action").unwrap_or_default();
    let Some(custom) = model.actions.iter().find(|it| it.name == wanted) else {
        visit.say("Choose what to do.").await;
        return Ok(back);
    };
    if keys.is_empty() {
        visit.say("Choose something to do it with.").await;
        return Ok(back);
    }
    let done = Done {
        act: custom.act.clone(),
        keys,
        entry: visit.entry(model, &custom.name),
    };
    let said = match visit.run(model.home, done).await? {
        Ok(said) | Err(said) => said,
    };
    visit.say(said).await;
    Ok(back)
}

/// An action of the application's, in a transaction with what the log says of it.
struct Done {
    act: Act,
    keys: Vec<Key>,
    entry: Entry,
}

impl Job for Done {
    type Output = Result<String, String>;

    fn run<C: Reach>(self, conn: &mut C) -> Result<Self::Output, DbError> {
        let done = conn.whole(|conn| {
            let keys: Vec<String> = self.keys.iter().map(ToString::to_string).collect();
            let said = conn.act(&self.act, &keys)?;
            for key in &self.keys {
                self.entry.write(conn, key, &key.to_string(), &[])?;
            }
            Ok::<_, ActionError>(said)
        });
        match done {
            Ok(said) => Ok(Ok(said)),
            Err(ActionError::Refused(words)) => Ok(Err(words)),
            Err(ActionError::Query(error)) => Err(DbError::Query(error)),
            Err(ActionError::Other(error)) => Err(DbError::Other(error)),
        }
    }
}
