//! Forms: what they are about is signed, so that a form is for the schema, the object and the session that it was made for.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::rejection::FormRejection;
use maud::{Markup, html};

use crate::failure::Failure;
use crate::model::{Home, Registration};
use crate::visit::Visit;

/// What was posted, if it can be read.
pub(crate) type Pairs = Result<Form<Vec<(String, String)>>, FormRejection>;

/// What was posted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Posted(Vec<(String, String)>);

impl Posted {
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(it, _)| it == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The fields of the form, as they were put in.
    pub(crate) fn fields(&self) -> BTreeMap<&str, &str> {
        let fields = self
            .0
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("v.")?, value.as_str())));
        fields.collect()
    }
}

/// What is signed.
fn about(model: &Registration, schema: Option<i32>, what: &str) -> String {
    // Names have no line break in an address.
    format!(
        "{}\n{}\n{what}",
        model.name,
        schema.map_or_else(|| "-".to_owned(), |it| it.to_string())
    )
}

fn schema_of(visit: &Visit, model: &Registration) -> Option<i32> {
    visit
        .here
        .as_ref()
        .filter(|_| model.home == Home::Tenant)
        .map(|it| it.id)
}

/// What signs that a form is about this, here.
pub(crate) fn token(visit: &Visit, model: &Registration, what: &str) -> String {
    visit
        .tokens()
        .sign(&about(model, schema_of(visit, model), what))
}

/// The fields of a form that say what it is about.
pub(crate) fn signature(visit: &Visit, model: &Registration, what: &str) -> Markup {
    let token = token(visit, model, what);
    let here = visit.here.as_ref().filter(|_| model.home == Home::Tenant);
    html! {
        input type="hidden" name="_token" value=(token);
        input type="hidden" name="_schema" value=[here.map(|it| &it.name)];
    }
}

/// Refuses a form that was not made for this, here.
pub(crate) fn check(
    visit: &Visit,
    model: &Registration,
    what: &str,
    posted: &Posted,
) -> Result<(), Failure> {
    let token = posted.get("_token").unwrap_or_default();
    check_token(visit, model, what, token, posted)
}

/// As [`check`], by another token of the form's.
pub(crate) fn check_token(
    visit: &Visit,
    model: &Registration,
    what: &str,
    token: &str,
    posted: &Posted,
) -> Result<(), Failure> {
    let tokens = visit.tokens();
    if tokens.is_signed(&about(model, schema_of(visit, model), what), token) {
        return Ok(());
    }
    let was = visit.schemata.iter().find(|it| {
        Some(it.name.as_str()) == posted.get("_schema")
            && tokens.is_signed(&about(model, Some(it.id), what), token)
    });
    Err(Failure::Unsigned {
        was: was.cloned().map(Box::new),
        path: visit.uri.path().to_owned(),
    })
}

/// Reads what was posted.
pub(crate) fn posted(form: Pairs) -> Result<Posted, Failure> {
    match form {
        Ok(Form(pairs)) => Ok(Posted::new(pairs)),
        Err(error) => Err(Failure::Parameter(format!(
            "The form cannot be read: {error}."
        ))),
    }
}

/// The field of a form that is about no model, but what the page says.
pub(crate) fn seal(visit: &Visit, about: &str) -> Markup {
    html! { input type="hidden" name="_token" value=(visit.tokens().sign(&sealed(about))); }
}

/// Refuses a form that was not made for this.
pub(crate) fn check_seal(visit: &Visit, about: &str, posted: &Posted) -> Result<(), Failure> {
    let token = posted.get("_token").unwrap_or_default();
    match visit.tokens().is_signed(&sealed(about), token) {
        true => Ok(()),
        false => Err(Failure::Unsigned {
            was: None,
            path: visit.uri.path().to_owned(),
        }),
    }
}

/// No model has an empty name, so this is about none.
fn sealed(about: &str) -> String {
    format!("\n{about}")
}
