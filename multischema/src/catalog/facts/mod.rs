//! What makes two schemata equal.
//!
//! Each object of a schema has a name within it and some facts. Numbers of objects, of columns and of files are none,
//! and neither is how far a sequence has counted: columns are known by name and rank, references by the name of what
//! they refer to.
//!
//! Some facts are expressions, in PostgreSQL's words. These are not stable: `state IN ('a', 'b')` reads differently
//! once it was parsed from its own text. So they are kept apart from the rest.

mod column;
mod constraint;
mod function;
mod index;
mod on_table;
mod operator;
mod relation;
mod schema;
mod search;
mod sheet;
mod types;

pub(crate) use sheet::{Facts, Key};

use std::collections::BTreeMap;

use super::block::Counting;
use super::catalog::Catalog;
use super::details::Names;
use super::own::Own;
use sheet::Sheet;

impl Catalog {
    /// The facts of all objects.
    ///
    /// With `names`, they are for people to read, and not to be compared.
    pub(crate) fn facts(&self, counting: Counting, names: Option<&Names>) -> BTreeMap<Key, Facts> {
        let own = Own::of(self, names);
        let mut sheet = Sheet::new(self, &own);
        schema::facts(self, &mut sheet);
        relation::facts(self, counting, &mut sheet);
        column::facts(self, &mut sheet);
        constraint::facts(self, &mut sheet);
        index::facts(self, &mut sheet);
        on_table::facts(self, &mut sheet);
        types::facts(self, &mut sheet);
        function::facts(self, &mut sheet);
        operator::facts(self, &mut sheet);
        search::facts(self, &mut sheet);
        sheet.finish()
    }

    /// The facts of constraints.
    pub(crate) fn facts_of_constraints(&self) -> BTreeMap<Key, Facts> {
        let own = Own::of(self, None);
        let mut sheet = Sheet::new(self, &own);
        constraint::facts(self, &mut sheet);
        sheet.finish()
    }
}
