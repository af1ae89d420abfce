//! The objects that are chosen in a list: one by one, or all that are like what was asked for.

use maud::{Markup, html};

use super::asked::Asked;
use super::form::{Posted, check_token, token};
use crate::failure::Failure;
use crate::model::Registration;
use crate::rows::{Condition, Key};
use crate::visit::{Shown, Visit};

/// The objects that are chosen.
#[derive(Debug, Clone)]
pub(crate) enum Chosen {
    Keys(Vec<Key>),
    /// All that a list with this query has.
    All {
        query: String,
        conditions: Vec<Condition>,
    },
}

/// What the query of a list is signed as.
fn about(query: &str) -> String {
    format!("all {query}")
}

impl Chosen {
    pub(crate) fn read(visit: &Visit, shown: Shown<'_>, posted: &Posted) -> Result<Self, Failure> {
        let Shown { model, table } = shown;
        if posted.get("all").is_some() {
            let query = posted.get("all_query").unwrap_or_default();
            check_token(
                visit,
                model,
                &about(query),
                posted.get("all_token").unwrap_or_default(),
                posted,
            )?;
            return Ok(Self::All {
                query: query.to_owned(),
                conditions: Asked::parse(query, shown)?.conditions,
            });
        }
        let keys = posted.all("key").map(|it| Key::parse(it, table.key.len()));
        let keys: Option<Vec<Key>> = keys.collect();
        keys.map(Self::Keys)
            .ok_or_else(|| Failure::Parameter("A key is none of this list.".to_owned()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Keys(keys) if keys.is_empty())
    }

    pub(crate) fn conditions(self) -> Vec<Condition> {
        match self {
            Self::Keys(keys) => vec![Condition::OneOf { keys }],
            Self::All { conditions, .. } => conditions,
        }
    }

    /// The query of the list that it was chosen in, if that is known.
    pub(crate) fn query(&self) -> &str {
        match self {
            Self::Keys(_) => "",
            Self::All { query, .. } => query,
        }
    }

    /// The fields of a form that chooses the same.
    pub(crate) fn fields(&self, visit: &Visit, model: &Registration) -> Markup {
        match self {
            Self::Keys(keys) => {
                html! { @for key in keys { input type="hidden" name="key" value=(key); } }
            }
            Self::All { query, .. } => html! {
                input type="hidden" name="all" value="1";
                (fields_of_all(visit, model, query))
            },
        }
    }
}

/// The fields of a form in which all that a list has can be chosen.
pub(crate) fn fields_of_all(visit: &Visit, model: &Registration, query: &str) -> Markup {
    html! {
        input type="hidden" name="all_query" value=(query);
        input type="hidden" name="all_token" value=(token(visit, model, &about(query)));
    }
}
