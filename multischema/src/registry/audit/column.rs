//! The columns of schemata that draw ids.

use std::collections::HashSet;

use super::super::schema::Schema;
use crate::catalog::Block;
use crate::name::SchemaName;

/// A schema in which columns are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Its number in the registry. That of the template is 0.
    pub(super) number: i32,
    pub(super) name: SchemaName,
    /// What PostgreSQL calls it.
    pub(super) called: SchemaName,
}

impl Place {
    pub(super) fn template() -> Self {
        Self {
            number: 0,
            name: SchemaName::template(),
            called: SchemaName::template(),
        }
    }

    pub(super) fn of(schema: &Schema) -> Self {
        Self {
            number: schema.id,
            name: schema.name.clone(),
            called: schema.called(),
        }
    }

    pub(super) fn block(&self) -> Block {
        Block::new(self.number)
    }
}

/// A `bigint` column that is an identity, or whose default is the next number of a sequence of the schema's own.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) place: Place,
    pub(super) table: String,
    pub(super) name: String,
    /// The partitioned table of the schema that its table is a part of in the end.
    pub(super) root: Option<String>,
    /// Whether the rows are in other tables, which are its parts.
    pub(super) is_partitioned: bool,
    /// Whether the role may read all rows.
    pub(super) is_readable: bool,
    /// How many locks it takes to read them.
    pub(super) locks: i64,
}

impl Column {
    /// Where it is, in any schema.
    pub(super) fn key(&self) -> (&str, &str) {
        (&self.table, &self.name)
    }

    /// Where it is, in all.
    pub(super) fn full_key(&self) -> (i32, &str, &str) {
        (self.place.number, &self.table, &self.name)
    }
}

/// Leaves those out whose rows are counted with a table that they are a part of.
pub(super) fn without_parts(mut columns: Vec<Column>) -> Vec<Column> {
    let keys = columns.iter().map(Column::full_key);
    let keys: HashSet<(i32, &str, &str)> = keys.collect();
    let is_part = |it: &Column| {
        let root = it.root.as_deref();
        root.is_some_and(|root| keys.contains(&(it.place.number, root, &*it.name)))
    };
    let is_part: Vec<bool> = columns.iter().map(is_part).collect();
    let mut is_part = is_part.into_iter();
    columns.retain(|_| is_part.next() == Some(false));
    columns
}
