//! A table, and the tables of a database that models are made of.

use serde::Deserialize;

use super::column::{Column, Kind};
use crate::model::Home;

/// The tables of the template, and those that all share.
#[derive(Debug, Default)]
pub(crate) struct Structure {
    pub(crate) tables: Vec<Table>,
}

/// A table.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Table {
    /// The template's name, if each schema has the table.
    pub(crate) schema: String,
    pub(crate) is_tenant: bool,
    pub(crate) name: String,
    pub(crate) comment: Option<String>,
    pub(crate) columns: Vec<Column>,
    /// Its rows have the columns that it has: none was dropped, none added for rows that were there, none is made when a row is read.
    pub(crate) is_unaltered: bool,
    /// The columns of the primary key.
    pub(crate) key: Vec<String>,
    pub(crate) foreign: Vec<ForeignKey>,
    /// The columns of each index that has all rows in the order of these.
    pub(crate) indexes: Vec<Vec<String>>,
    /// Unique and CHECK constraints and indexes, by their names, with their columns.
    pub(crate) rules: Vec<Rule>,
}

/// What a table is held to.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
}

/// A foreign key.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ForeignKey {
    pub(crate) columns: Vec<String>,
    pub(crate) to_schema: String,
    pub(crate) to_tenant: bool,
    pub(crate) to_table: String,
    pub(crate) to_columns: Vec<String>,
    /// `pg_constraint.confdeltype`: `c` deletes as well, `n` and `d` empty the columns, `a` and `r` refuse.
    pub(crate) on_delete: String,
}

impl Table {
    pub(crate) fn home(&self) -> Home {
        match self.is_tenant {
            true => Home::Tenant,
            false => Home::Global,
        }
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|it| it.name == name)
    }

    /// The foreign key that a column alone is.
    pub(crate) fn foreign_of(&self, column: &str) -> Option<&ForeignKey> {
        self.foreign.iter().find(|it| it.columns == [column])
    }

    /// The columns by which an index has the rows that have one value in a column, in the order of others.
    pub(crate) fn index<'a>(
        &self,
        column: &'a str,
        order: impl Iterator<Item = &'a str>,
    ) -> Option<Vec<String>> {
        let others = order.filter(|it| *it != column);
        let wanted = std::iter::once(column).chain(others);
        let wanted: Vec<String> = wanted.map(str::to_owned).collect();
        let mut indexes = self.indexes.iter();
        indexes.any(|it| it.starts_with(&wanted)).then_some(wanted)
    }

    /// What a row is called by if nobody says: the first column of text that must be there, else the first of text, else the key.
    pub(crate) fn display(&self) -> Vec<String> {
        let is_text = |it: &&Column| matches!(it.kind(), Kind::Text | Kind::Line);
        let texts = || self.columns.iter().filter(is_text);
        let first = texts().find(|it| it.not_null).or_else(|| texts().next());
        match first {
            Some(column) => vec![column.name.clone()],
            None => self.key.clone(),
        }
    }

    pub(crate) fn is(&self, foreign: &ForeignKey) -> bool {
        self.name == foreign.to_table
            && self.is_tenant == foreign.to_tenant
            && (self.is_tenant || self.schema == foreign.to_schema)
    }
}

impl Structure {
    pub(crate) fn table(&self, home: Home, schema: Option<&str>, name: &str) -> Option<&Table> {
        self.tables.iter().find(|it| {
            it.name == name
                && it.home() == home
                && (home == Home::Tenant || schema.is_none_or(|schema| it.schema == schema))
        })
    }

    /// The table that a foreign key refers to.
    pub(crate) fn referred(&self, foreign: &ForeignKey) -> Option<&Table> {
        self.tables.iter().find(|it| it.is(foreign))
    }

    /// Each foreign key that refers to a table, with the table it is of.
    pub(crate) fn referring<'a>(
        &'a self,
        table: &'a Table,
    ) -> impl Iterator<Item = (&'a Table, &'a ForeignKey)> {
        self.tables
            .iter()
            .flat_map(|from| from.foreign.iter().map(move |key| (from, key)))
            .filter(|(_, key)| table.is(key))
    }
}
