//! Which part of a list is shown: by keys, so that the last page takes no longer than the first, wherever the order allows.

use serde_json::Value;

use super::key::Key;
use super::sql::{Name, Relation, Sql, joined};
use crate::model::Order;

/// From where a page goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Paging {
    #[default]
    First,
    Last,
    /// After the row with these values of the columns that the list is sorted by.
    After(Edge),
    Before(Edge),
    /// That many rows are passed over, as NULLs have no order that one could go on from.
    Skip(usize),
}

/// A row from which a page goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edge {
    /// What it has in the columns that the list is sorted by, as PostgreSQL writes it: it may be gone by then.
    Values(Vec<String>),
    /// Its primary key, where those values are too long for an address.
    Row(Vec<String>),
}

/// Bytes of values that an address can have, before they are escaped.
pub(super) const LONGEST: usize = 1_000;
/// The name that a row's key has in an address.
const ROW: &str = "row";

impl Edge {
    /// That of a row.
    pub(super) fn of(values: Vec<String>, key: Key) -> Self {
        match values.iter().map(String::len).sum::<usize>() > LONGEST {
            true => Self::Row(key.0),
            false => Self::Values(values),
        }
    }

    /// Reads what [`text`](Self::text) writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let read = |value: Value| {
            let values: Vec<String> = serde_json::from_value(value).ok()?;
            let is_text = values.iter().all(|it| !it.contains('\0'));
            is_text.then_some(values)
        };
        match serde_json::from_str(text).ok()? {
            Value::Object(mut row) => read(row.remove(ROW)?).map(Self::Row),
            values => read(values).map(Self::Values),
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::Values(values) => Value::from(values.clone()).to_string(),
            Self::Row(key) => serde_json::json!({ ROW: key }).to_string(),
        }
    }

    /// Whether it can be one of a list that is sorted by so many columns, with a key of so many.
    pub(crate) fn fits(&self, order: usize, key: usize) -> bool {
        match self {
            Self::Values(values) => values.len() == order,
            Self::Row(values) => values.len() == key,
        }
    }
}

impl Paging {
    pub(crate) fn is_backwards(&self) -> bool {
        matches!(self, Self::Last | Self::Before(_))
    }

    /// The row that it goes on from.
    pub(crate) fn edge(&self) -> Option<&Edge> {
        match self {
            Self::After(edge) | Self::Before(edge) => Some(edge),
            Self::First | Self::Last | Self::Skip(_) => None,
        }
    }

    /// The condition that a row comes after, or before, an edge.
    pub(crate) fn condition(
        &self,
        sql: &mut Sql,
        of: &Relation,
        key: &[String],
        order: &[Order],
    ) -> Option<String> {
        let edge = self.edge()?;
        let values: Vec<String> = match edge {
            Edge::Values(values) => {
                let columns = order.iter().zip(values);
                columns
                    .map(|(it, value)| of.value(sql, &it.column, value))
                    .collect()
            }
            Edge::Row(values) => {
                let row = Key(values.clone()).condition(sql, of, key);
                let value =
                    |it: &Order| format!("(SELECT t.{} FROM {of} t WHERE {row})", Name(&it.column));
                order.iter().map(value).collect()
            }
        };
        let sign = |it: &Order| match it.is_descending != self.is_backwards() {
            true => "<",
            false => ">",
        };
        let first = order.first()?;
        if order
            .iter()
            .all(|it| it.is_descending == first.is_descending)
        {
            // An index is gone through from there.
            let columns = joined(
                order.iter().map(|it| format!("t.{}", Name(&it.column))),
                ", ",
            );
            let edge = joined(&values, ", ");
            return Some(format!("({columns}) {} ({edge})", sign(first)));
        }
        let alternatives = order.iter().enumerate().map(|(rank, it)| {
            let equal = order[..rank].iter().zip(&values);
            let equal = equal.map(|(it, value)| format!("t.{} = {value}", Name(&it.column)));
            let beyond = format!("t.{} {} {}", Name(&it.column), sign(it), values[rank]);
            format!("({})", joined(equal.chain([beyond]), " AND "))
        });
        Some(format!("({})", joined(alternatives, " OR ")))
    }

    /// `ORDER BY`, turned round if the rows before an edge are wanted.
    pub(crate) fn order(&self, order: &[Order]) -> String {
        joined(
            order.iter().map(|it| {
                let is_descending = it.is_descending != self.is_backwards();
                format!(
                    "t.{}{}",
                    Name(&it.column),
                    if is_descending { " DESC" } else { "" }
                )
            }),
            ", ",
        )
    }
}
