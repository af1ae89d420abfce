//! Which part of a list is shown: by keys, so that the last page takes no longer than the first, wherever the order allows.

use serde_json::Value;

use super::key::record;
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

/// What a row has in the columns that a list is sorted by, as PostgreSQL writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edge(pub(crate) Vec<String>);

impl Edge {
    /// Reads what [`text`](Self::text) writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let values: Vec<String> = serde_json::from_str(text).ok()?;
        let is_text = values.iter().all(|it| !it.contains('\0'));
        is_text.then_some(Self(values))
    }

    pub(crate) fn text(&self) -> String {
        Value::from(self.0.clone()).to_string()
    }
}

impl Paging {
    pub(crate) fn is_backwards(&self) -> bool {
        matches!(self, Self::Last | Self::Before(_))
    }

    /// The condition that a row comes after, or before, an edge.
    pub(crate) fn condition(
        &self,
        sql: &mut Sql,
        of: &Relation,
        order: &[Order],
    ) -> Option<String> {
        let (Self::After(edge) | Self::Before(edge)) = self else {
            return None;
        };
        let values = order.iter().map(|it| it.column.clone());
        let values = record(sql, of, values.zip(edge.0.iter().cloned().map(Some)));
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
            let edge = joined(
                order
                    .iter()
                    .map(|it| format!("{values}.{}", Name(&it.column))),
                ", ",
            );
            return Some(format!("({columns}) {} ({edge})", sign(first)));
        }
        let alternatives = order.iter().enumerate().map(|(rank, it)| {
            let equal = order[..rank]
                .iter()
                .map(|it| format!("t.{0} = {values}.{0}", Name(&it.column)));
            let beyond = format!("t.{0} {1} {values}.{0}", Name(&it.column), sign(it));
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
