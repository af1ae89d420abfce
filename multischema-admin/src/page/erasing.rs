//! Deleting objects: it is shown what goes with them, and asked for.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::cascade::Cascade;
use super::chosen::Chosen;
use super::draft::clean;
use super::form::{Pairs, Posted, check, posted, signature};
use super::frame::{At, frame};
use super::list::bad_value;
use super::loss::loss;
use super::object::{elsewhere, found};
use super::visible::visible;
use crate::auth::Action;
use crate::failure::{Failure, answer};
use crate::rows::{Erase, Erased, Key, Surveyed};
use crate::visit::{Shown, Visit};

/// What is to be deleted.
struct Erasing<'a> {
    visit: &'a Visit,
    shown: Shown<'a>,
    cascade: Cascade,
    of: Of<'a>,
}

/// Where it was chosen.
enum Of<'a> {
    Object(&'a Key),
    List(&'a Chosen),
}

/// Shows what goes with an object.
pub(crate) async fn ask(visit: Visit, Path((name, key)): Path<(String, String)>) -> Response {
    let page = async {
        let shown = may_delete(&visit, &name)?;
        let (key, _) = found(&visit, shown, &key).await?;
        Erasing::new(&visit, shown, Of::Object(&key))?.ask().await
    };
    answer(&visit, page.await).await
}

/// Deletes an object.
pub(crate) async fn erase(
    visit: Visit,
    Path((name, key)): Path<(String, String)>,
    form: Pairs,
) -> Response {
    let erased = async {
        let shown = may_delete(&visit, &name)?;
        let posted = posted(form)?;
        let key = Key::parse(&key, shown.table.key.len()).ok_or(Failure::NotFound)?;
        check(&visit, shown.model, &format!("delete {key}"), &posted)?;
        Erasing::new(&visit, shown, Of::Object(&key))?
            .erase(&posted)
            .await
    };
    answer(&visit, erased.await).await
}

/// Shows what goes with objects of a list, or deletes them if that was seen. The form is known to be one of the list's.
pub(super) async fn erase_chosen(
    visit: &Visit,
    shown: Shown<'_>,
    chosen: &Chosen,
    posted: &Posted,
) -> Result<Response, Failure> {
    let erasing = Erasing::new(visit, shown, Of::List(chosen))?;
    match posted.get("seen") {
        Some(_) => erasing.erase(posted).await,
        None => erasing.ask().await,
    }
}

/// A model whose objects the user may see and delete.
fn may_delete<'a>(visit: &'a Visit, name: &str) -> Result<Shown<'a>, Failure> {
    visit.shown(name, Action::View)?;
    visit.shown(name, Action::Delete)
}

impl<'a> Erasing<'a> {
    fn new(visit: &'a Visit, shown: Shown<'a>, of: Of<'a>) -> Result<Self, Failure> {
        Ok(Self {
            visit,
            shown,
            cascade: Cascade::of(visit, shown)?,
            of,
        })
    }

    fn chosen(&self) -> Chosen {
        match self.of {
            Of::Object(key) => Chosen::Keys(vec![key.clone()]),
            Of::List(chosen) => chosen.clone(),
        }
    }

    async fn ask(&self) -> Result<Response, Failure> {
        let survey = self.cascade.survey(self.chosen().conditions());
        let found = self.visit.run(self.shown.model.home, survey).await;
        let found = found.map_err(|it| bad_value(it, self.shown.table))?;
        if found.deleted.is_empty() {
            return self.gone().await;
        }
        Ok(self.page(&found, None).await.into_response())
    }

    async fn erase(&self, posted: &Posted) -> Result<Response, Failure> {
        if !self.cascade.may_beyond(self.visit) {
            return Err(Failure::Forbidden);
        }
        let model = self.shown.model;
        let seen = posted.get("seen").unwrap_or_default();
        let erase = Erase {
            survey: self.cascade.survey(self.chosen().conditions()),
            may: self.cascade.may.clone(),
            seen: seen.to_owned(),
            visible: visible(self.shown),
            entry: self.visit.entry(model, "delete"),
        };
        let erased = self.visit.run(model.home, erase).await;
        match erased.map_err(|it| bad_value(it, self.shown.table))? {
            Erased::Done(count) => {
                let words = match count {
                    1 => format!("{}: 1 was deleted.", model.title),
                    count => format!("{}: {count} were deleted.", model.title),
                };
                self.visit.say(words).await;
                Ok(self.back().into_response())
            }
            Erased::Gone => self.gone().await,
            Erased::Not(found) => {
                let words = (found.seen != seen).then_some("It was changed by someone else meanwhile. Nothing was deleted: look at it again.");
                let status = match found.is_allowed(&self.cascade.may) {
                    true => StatusCode::CONFLICT,
                    false => StatusCode::FORBIDDEN,
                };
                Ok((status, self.page(&found, words).await).into_response())
            }
            Erased::Refused(words) => {
                self.visit
                    .say(format!("Nothing was deleted. {words}"))
                    .await;
                let to = match self.of {
                    Of::Object(key) => {
                        self.visit
                            .link(&format!("/m/{}/o/{}/", model.name, key.segment()))
                    }
                    Of::List(_) => return Ok(self.back().into_response()),
                };
                Ok(Redirect::to(&to).into_response())
            }
        }
    }

    async fn gone(&self) -> Result<Response, Failure> {
        match self.of {
            Of::Object(key) => Err(elsewhere(self.visit, self.shown, key)),
            Of::List(_) => {
                self.visit.say("Nothing of it is there any more.").await;
                Ok(self.back().into_response())
            }
        }
    }

    fn back(&self) -> Redirect {
        let query = match self.of {
            Of::Object(_) => String::new(),
            Of::List(chosen) => clean(chosen.query()),
        };
        let sign = if query.is_empty() { "" } else { "?" };
        let path = format!("/m/{}/{sign}{query}", self.shown.model.name);
        Redirect::to(&self.visit.link(&path))
    }

    async fn page(&self, found: &Surveyed, words: Option<&str>) -> Markup {
        let (visit, model) = (self.visit, self.shown.model);
        let list = visit.link(&format!("/m/{}/", model.name));
        let label = found.deleted.first().and_then(|it| it.shown.first());
        let label = label.map_or("", |(_, label)| label.as_str());
        let (heading, action, at) = match self.of {
            Of::Object(key) => {
                let path = format!("/m/{}/o/{}/", model.name, key.segment());
                (format!("Delete “{label}”?"), visit.link(&path), At::Object)
            }
            Of::List(_) => (
                format!("Delete {} of {}?", found.objects, model.title),
                list.clone(),
                At::Nowhere,
            ),
        };
        let may = found.may(&self.cascade.may) && self.cascade.may_beyond(visit);
        let content = html! {
            nav.trail aria-label="Trail" {
                a href=(list) { (model.title) }
                @if let Of::Object(_) = self.of { " › " a href=(action) { (label) } }
            }
            h1 { (heading) }
            @if let Some(words) = words { p.errors role="alert" { (words) } }
            (loss(visit, &self.cascade, found))
            @if may {
                @match self.of {
                    Of::Object(key) => form method="post" action={ (action) "delete/" } {
                        (signature(visit, model, &format!("delete {key}")))
                        (self.sure(found, &action))
                    },
                    Of::List(chosen) => form method="post" action=(action) {
                        (signature(visit, model, "list"))
                        input type="hidden" name="action" value=(super::act::DELETE);
                        (chosen.fields(visit, model))
                        (self.sure(found, &action))
                    },
                }
            } @else {
                p.buttons { a.button href=(action) { "Back" } }
            }
        };
        let title = match words {
            Some(_) => format!("Error: {heading}"),
            None => heading,
        };
        frame(visit, &title, at, &content).await
    }

    fn sure(&self, found: &Surveyed, back: &str) -> Markup {
        html! {
            input type="hidden" name="seen" value=(found.seen);
            p.buttons {
                button.danger { "Delete" }
                a.button href=(back) { "Do not" }
            }
        }
    }
}
