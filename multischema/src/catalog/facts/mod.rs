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

use std::collections::{BTreeMap, HashMap};

use super::block::Counting;
use super::catalog::Catalog;
use super::details::Names;
use super::object::ObjectId;
use super::own::Own;
use sheet::Sheet;

impl Catalog {
    /// The facts of all objects.
    ///
    /// With `names`, they are for people to read, and not to be compared.
    pub(crate) fn facts(&self, counting: Counting, names: Option<&Names>) -> BTreeMap<Key, Facts> {
        let own = Own::of(self, names);
        let mut sheet = Sheet::new(self, &own);
        self.write_all(counting, &mut sheet);
        sheet.finish()
    }

    /// Under which key the facts are of each object, and of each column, by its number.
    pub(crate) fn keys(&self) -> HashMap<(ObjectId, i32), Key> {
        let own = Own::of(self, None);
        let mut sheet = Sheet::new(self, &own);
        sheet.keys = Some(HashMap::new());
        self.write_all(Counting::AsMade, &mut sheet);
        sheet.keys.unwrap_or_default()
    }

    fn write_all(&self, counting: Counting, sheet: &mut Sheet<'_>) {
        schema::facts(self, sheet);
        relation::facts(self, counting, sheet);
        column::facts(self, sheet);
        constraint::facts(self, sheet);
        index::facts(self, sheet);
        on_table::facts(self, sheet);
        types::facts(self, sheet);
        function::facts(self, sheet);
        operator::facts(self, sheet);
        search::facts(self, sheet);
    }

    /// The facts of constraints.
    pub(crate) fn facts_of_constraints(&self) -> BTreeMap<Key, Facts> {
        let own = Own::of(self, None);
        let mut sheet = Sheet::new(self, &own);
        constraint::facts(self, &mut sheet);
        sheet.finish()
    }
}
