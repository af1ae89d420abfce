//! How a table is shown: what a [`Model`](super::Model) says, without its type.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::computed::Computed;
use super::custom::Custom;
use super::home::Home;
use super::values::{FieldErrors, Values};

/// A table, and how it is shown.
#[derive(Clone)]
pub(crate) struct Registration {
    pub(crate) home: Home,
    /// That of a table that all share.
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// What it is called in addresses and in grants: that of the table.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) list: Vec<String>,
    pub(crate) computed: Vec<Computed>,
    pub(crate) search: Vec<String>,
    pub(crate) filters: Vec<String>,
    pub(crate) order: Vec<Order>,
    pub(crate) read_only: Vec<String>,
    pub(crate) fieldsets: Vec<Fieldset>,
    pub(crate) display: Vec<String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) per_page: usize,
    pub(crate) actions: Vec<Custom>,
    pub(crate) before_save: Vec<Hook>,
}

/// What looks at a form before it is saved, and may change or refuse it.
pub(crate) type Hook = Arc<dyn Fn(&mut Values) -> Result<(), FieldErrors> + Send + Sync>;

/// Columns that are shown together, with a title unless that is empty.
#[derive(Debug, Clone)]
pub(crate) struct Fieldset {
    pub(crate) title: String,
    pub(crate) columns: Vec<String>,
}

/// A column that a list is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) column: String,
    pub(crate) is_descending: bool,
}

impl Registration {
    pub(crate) fn new(home: Home, schema: Option<String>, table: String) -> Self {
        Self {
            home,
            schema,
            title: words(&table),
            name: table.clone(),
            table,
            list: Vec::new(),
            computed: Vec::new(),
            search: Vec::new(),
            filters: Vec::new(),
            order: Vec::new(),
            read_only: Vec::new(),
            fieldsets: Vec::new(),
            display: Vec::new(),
            labels: BTreeMap::new(),
            per_page: 100,
            actions: Vec::new(),
            before_save: Vec::new(),
        }
    }

    /// What a column is called on a page.
    pub(crate) fn label(&self, column: &str) -> String {
        self.labels
            .get(column)
            .cloned()
            .unwrap_or_else(|| words(column.strip_suffix("_id").unwrap_or(column)))
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("home", &self.home)
            .field("schema", &self.schema)
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}

/// `given_name` as a person writes it.
fn words(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get(..1) {
        let first = first.to_uppercase();
        words.replace_range(..1, &first);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_words() {
        for (name, expected) in [
            ("given_name", "Given name"),
            ("id", "Id"),
            ("", ""),
            ("élan", "élan"),
        ] {
            assert_eq!(words(name), expected);
        }
    }
}
