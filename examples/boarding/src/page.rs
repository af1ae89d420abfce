//! What is around each page.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use multischema::{Schema, SchemaName, SchemaStatus};
use multischema_axum::{CurrentSchema, VisibleSchemata};

use crate::models::Account;
use crate::school;

/// The frame of the pages that a user sees: who they are, in which school, and which others there are.
#[derive(Debug)]
pub struct Frame {
    account: Account,
    schools: VisibleSchemata,
    here: Option<SchemaName>,
}

impl<S: Send + Sync> FromRequestParts<S> for Frame {
    type Rejection = Response;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Response> {
        let account = request.extensions.get::<Account>().cloned();
        let here = request.extensions.get::<CurrentSchema>();
        let here = here.map(|it| it.name().clone());
        Ok(Self {
            account: account.ok_or(StatusCode::UNAUTHORIZED.into_response())?,
            schools: VisibleSchemata::from_request_parts(request, state)
                .await
                .map_err(IntoResponse::into_response)?,
            here,
        })
    }
}

impl Frame {
    /// The frame for a user in a school, with those that they may use.
    #[must_use]
    pub fn new(account: Account, schools: VisibleSchemata, here: SchemaName) -> Self {
        Self {
            account,
            schools,
            here: Some(here),
        }
    }

    pub(crate) fn schools(&self) -> &VisibleSchemata {
        &self.schools
    }

    /// Returns a page about the school that the request is about.
    pub(crate) fn page(&self, title: &str, content: &Markup) -> Markup {
        match self.school() {
            Some(school) => self.overview(&format!("{title} – {}", school.label), content),
            None => self.overview(title, content),
        }
    }

    /// Returns a page about none.
    pub(crate) fn overview(&self, title: &str, content: &Markup) -> Markup {
        // Each school has a colour of its own, so that one sees at once where one is.
        let colour = self.school().map(colour);
        document(
            title,
            colour.as_deref(),
            &html! {
                (self.switch())
                @if let Some(here) = &self.here {
                    nav aria-label="School" { a href=(school::start(here)) { "Pupils" } }
                }
                form.user method="post" action="/logout" {
                    span.name { (self.account.name) }
                    button.quiet { "Log out" }
                }
            },
            content,
        )
    }

    fn school(&self) -> Option<&Schema> {
        let here = self.here.as_ref()?;
        self.schools.iter().find(|it| it.name == *here)
    }

    /// Switches to another school: a form that the library answers. It sends the browser to `/`, which sends it to the school.
    fn switch(&self) -> Markup {
        let Some(here) = &self.here else {
            return html! {};
        };
        html! {
            form.switch method="post" action="/__change_schema__/" {
                input type="hidden" name="next" value="/";
                label.unseen for="school" { "School" }
                select #school name="schema" {
                    @for school in &self.schools {
                        option value=(school.name) selected[school.name == *here] { (label(school)) }
                    }
                }
                button { "Switch" }
            }
        }
    }
}

/// Returns what people call a school, and why they may not find others in it.
pub fn label(school: &Schema) -> Markup {
    html! {
        (school.label)
        @if school.status != SchemaStatus::Active { " (" (school.status) ")" }
    }
}

/// Returns the class that has the colour of a school.
pub fn colour(school: &Schema) -> String {
    format!("school-{}", school.id.rem_euclid(6))
}

/// Returns a page for whoever it is.
pub fn bare(title: &str, content: &Markup) -> Markup {
    document(title, None, &html! {}, content)
}

fn document(title: &str, class: Option<&str>, header: &Markup, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – Boarding" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/style.css";
            }
            body class=[class] {
                a.skip href="#content" { "Skip to content" }
                header {
                    div.bar {
                        a.brand href="/" { img src="/icon.svg" alt="" width="28" height="28"; "Boarding" }
                        (header)
                    }
                }
                main #content { (content) }
            }
        }
    }
}
