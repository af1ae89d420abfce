//! What a list is asked for: the parameters of its address, each of which is one of the model's, or the request is refused.

use super::visible::visible;
use crate::failure::Failure;
use crate::model::Order;
use crate::rows::{Condition, Edge, Paging};
use crate::structure::Column;
use crate::visit::Shown;

/// What a list is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) q: String,
    /// As asked for; empty is the model's own.
    pub(crate) order: Vec<Order>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) paging: Paging,
    /// All that is asked for but the page, as it was sent.
    pairs: Vec<(String, String)>,
}

/// Columns that a list can be sorted by at once.
const MAX_ORDER: usize = 3;
/// Words that can be looked for at once.
const MAX_WORDS: usize = 10;

impl Asked {
    /// Reads the query of an address.
    pub(crate) fn parse(query: &str, shown: Shown<'_>) -> Result<Self, Failure> {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            // A form sends what is left empty.
            if value.is_empty() {
                continue;
            }
            if value.contains('\0') || name.contains('\0') {
                return Err(Failure::Parameter(
                    "There is no text with a zero character in it.".to_owned(),
                ));
            }
            asked.read(&name, &value, shown)?;
            let is_page = matches!(&*name, "after" | "before" | "last" | "skip");
            if !is_page {
                asked.pairs.push((name.into_owned(), value.into_owned()));
            }
        }
        Ok(asked)
    }

    fn read(&mut self, name: &str, value: &str, shown: Shown<'_>) -> Result<(), Failure> {
        let Shown { model, table } = shown;
        let unknown = || {
            Failure::Parameter(format!(
                "This list has no parameter {name:?} with this value."
            ))
        };
        match name {
            "q" => {
                let words = words(value);
                if words.len() > MAX_WORDS {
                    return Err(Failure::Parameter(format!(
                        "At most {MAX_WORDS} words can be looked for at once."
                    )));
                }
                if !model.search.is_empty() && !words.is_empty() {
                    let columns = model.search.clone();
                    self.conditions.push(Condition::Has { columns, words });
                }
                value.clone_into(&mut self.q);
            }
            "o" => {
                // A page tells where it ends by the values that it is sorted by.
                let visible = visible(shown);
                for column in value.split(',').take(MAX_ORDER) {
                    let (column, is_descending) = match column.strip_prefix('-') {
                        Some(column) => (column, true),
                        None => (column, false),
                    };
                    let can_be_sorted = table.column(column).is_some_and(Column::sorts);
                    let can_be_sorted = can_be_sorted && visible.iter().any(|it| it == column);
                    if !can_be_sorted || self.order.iter().any(|it| it.column == column) {
                        return Err(unknown());
                    }
                    let column = column.to_owned();
                    self.order.push(Order {
                        column,
                        is_descending,
                    });
                }
            }
            "after" => self.paging = Paging::After(Edge::parse(value).ok_or_else(unknown)?),
            "before" => self.paging = Paging::Before(Edge::parse(value).ok_or_else(unknown)?),
            "last" => self.paging = Paging::Last,
            "skip" => {
                let rows: u32 = value.parse().map_err(|_| unknown())?;
                self.paging = Paging::Skip(usize::try_from(rows).map_err(|_| unknown())?);
            }
            _ => {
                let (what, column) = name.split_once('.').ok_or_else(unknown)?;
                let column = model
                    .filters
                    .iter()
                    .find(|it| *it == column)
                    .ok_or_else(unknown)?;
                let (column, value) = (column.clone(), value.to_owned());
                self.conditions.push(match (what, value.as_str()) {
                    ("is", _) => Condition::Is { column, value },
                    ("from", _) => Condition::From { column, value },
                    ("to", _) => Condition::To { column, value },
                    ("null", "yes") => Condition::IsNull {
                        column,
                        is_null: true,
                    },
                    ("null", "no") => Condition::IsNull {
                        column,
                        is_null: false,
                    },
                    _ => return Err(unknown()),
                });
            }
        }
        Ok(())
    }

    /// The order to the key, and whether one can go on from a row by its values.
    pub(crate) fn whole_order(&self, shown: Shown<'_>) -> (Vec<Order>, bool) {
        let Shown { model, table } = shown;
        let mut order = match self.order.is_empty() {
            true => model.order.clone(),
            false => self.order.clone(),
        };
        for column in &table.key {
            if !order.iter().any(|it| it.column == *column) {
                let column = column.clone();
                order.push(Order {
                    column,
                    is_descending: false,
                });
            }
        }
        // The model's own order may be by a column that is not shown.
        let visible = visible(shown);
        let is_edge = |it: &Order| {
            visible.contains(&it.column) && table.column(&it.column).is_some_and(|it| it.not_null)
        };
        let has_edges = order.iter().all(is_edge);
        (order, has_edges)
    }

    /// What was sent under a name.
    pub(crate) fn value(&self, name: &str) -> &str {
        let found = self.pairs.iter().find(|(it, _)| it == name);
        found.map_or("", |(_, value)| value)
    }

    /// Whether rows are left out.
    pub(crate) fn is_filtered(&self) -> bool {
        !self.conditions.is_empty()
    }

    /// Whether many ask for the same, but for what they look for: in the model's own order, by one thing at most.
    pub(crate) fn is_usual(&self) -> bool {
        let is_one = |it: &Condition| match it {
            Condition::Has { words, .. } => words.len() == 1,
            _ => true,
        };
        self.order.is_empty()
            && self.conditions.len() <= 1
            && self.conditions.iter().all(is_one)
            && !matches!(self.paging, Paging::Skip(_))
    }

    /// The query for the same, with `more` instead of what is called so; a page is not kept.
    pub(crate) fn query(&self, more: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.pairs {
            if !more.iter().any(|(it, _)| it == name) {
                query.append_pair(name, value);
            }
        }
        query.extend_pairs(more.iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }

    /// All that was sent but what is called so.
    pub(crate) fn others(
        &self,
        is_own: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = &(String, String)> {
        self.pairs.iter().filter(move |(name, _)| !is_own(name))
    }
}

/// Words, of which those in quotes are one.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (rank, part) in text.split('"').enumerate() {
        match rank % 2 {
            1 => words.push(part.trim().to_owned()),
            _ => words.extend(part.split_whitespace().map(str::to_owned)),
        }
    }
    words.retain(|it| !it.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_quotes_are_one() {
        for (text, expected) in [
            ("", &[][..]),
            (" ann  lee ", &["ann", "lee"]),
            ("x \"ann lee\"y", &["x", "ann lee", "y"]),
            ("\"ann lee", &["ann lee"]),
            ("\"\"", &[]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }
}
