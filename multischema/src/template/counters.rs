//! How far sequences have counted.

use std::fmt::Write;

use super::ids::Ids;
use crate::catalog::Catalog;
use crate::quoted::{Identifier, Literal};

/// The sequences of a schema.
#[derive(Debug, Clone)]
pub(crate) struct Counters(Vec<Counter>);

#[derive(Debug, Clone)]
struct Counter {
    name: String,
    is_descending: bool,
    /// Whether it counts in the new schema's own block of ids, whatever another's has come to.
    is_in_block: bool,
    /// The tables and columns that draw from it.
    columns: Vec<(String, String)>,
}

impl Counters {
    pub(crate) fn of(catalog: &Catalog, ids: Ids) -> Self {
        let drawn = catalog.id_columns();
        let in_block = match ids {
            Ids::Unique => catalog.id_sequences(),
            Ids::PerSchema => Vec::new(),
        };
        let counters = catalog.sequences.iter().filter_map(|it| {
            let columns = drawn.iter().filter(|drawn| drawn.sequence == it.relation);
            let columns = columns.filter_map(|drawn| {
                let table = catalog.relation(drawn.relation)?;
                let mut columns = catalog.columns_of(drawn.relation);
                let column = columns.find(|column| column.number == drawn.column)?;
                Some((table.name.clone(), column.name.clone()))
            });
            Some(Counter {
                name: Identifier(&catalog.relation(it.relation)?.name).to_string(),
                is_descending: it.increment < 0,
                is_in_block: in_block.contains(&it.relation),
                columns: columns.collect(),
            })
        });
        Self(counters.collect())
    }

    /// Has each go on where that of the schema `from` is, a name in quotes, unless it counts in another block, or has gone
    /// further.
    pub(super) fn take_over(&self, from: &str, text: &mut String) {
        for it in self.0.iter().filter(|it| !it.is_in_block) {
            let Counter { name, .. } = it;
            let beyond = it.beyond();
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "SELECT pg_catalog.setval({}::pg_catalog.regclass, t.last_value, t.is_called) \
                 FROM {from}.{name} t, {name} o WHERE t.last_value OPERATOR(pg_catalog.{beyond}) o.last_value;",
                Literal(name),
            );
        }
    }

    /// Has each go on behind the rows that are there, as far as these are within its bounds.
    pub(crate) fn go_on(&self, text: &mut String) {
        for it in &self.0 {
            let Counter { name, columns, .. } = it;
            let end = if it.is_descending { "min" } else { "max" };
            let beyond = it.beyond();
            for (table, column) in columns {
                let [table, column] = [table, column].map(|name| Identifier(name).to_string());
                let _ = writeln!(
                    text,
                    "SELECT pg_catalog.setval(q.seqrelid::pg_catalog.regclass, r.last) \
                     FROM pg_catalog.pg_sequence q, {name} o, LATERAL (SELECT pg_catalog.{end}(t.{column}) AS last \
                     FROM {table} t WHERE t.{column} OPERATOR(pg_catalog.>=) q.seqmin \
                     AND t.{column} OPERATOR(pg_catalog.<=) q.seqmax) r \
                     WHERE q.seqrelid OPERATOR(pg_catalog.=) {}::pg_catalog.regclass \
                     AND r.last OPERATOR(pg_catalog.{beyond}) o.last_value;",
                    Literal(name),
                );
            }
        }
    }
}

impl Counter {
    fn beyond(&self) -> &'static str {
        if self.is_descending { "<=" } else { ">=" }
    }
}
