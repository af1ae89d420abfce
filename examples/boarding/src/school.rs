//! Which school.

use axum::response::Redirect;
use maud::{Markup, html};
use multischema::SchemaName;
use multischema_axum::CurrentSchema;

use crate::page::{self, Frame};

/// Sends to the school that the session remembers, or to where one is chosen.
pub async fn home(school: Option<CurrentSchema>) -> Redirect {
    match school {
        Some(school) => Redirect::to(&start(school.name())),
        None => Redirect::to("/schools"),
    }
}

/// Shows the schools that the user may use, each as a form that the library answers.
pub async fn chooser(frame: Frame) -> Markup {
    let schools = frame.schools();
    let content = html! {
        h1 { "Your schools" }
        @if schools.iter().next().is_none() {
            p.card { "There is no school that you may use. Ask whoever looks after the schools to add you." }
        }
        ul.schools {
            @for school in schools {
                li class=(page::colour(school)) {
                    form method="post" action="/__change_schema__/" {
                        input type="hidden" name="schema" value=(school.name);
                        input type="hidden" name="next" value=(start(&school.name));
                        button.school { strong { (page::label(school)) } span { (school.name) } }
                    }
                }
            }
        }
    };
    frame.overview("Schools", &content)
}

/// Returns the path of a school's first page.
pub fn start(school: &SchemaName) -> String {
    format!("/t/{school}/pupils")
}
