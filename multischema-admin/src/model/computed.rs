//! What a list shows that is no column.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The columns that a computed one is made of, as PostgreSQL writes their values.
#[derive(Debug)]
pub struct Cells<'a>(pub(crate) HashMap<&'a str, Option<&'a str>>);

impl<'a> Cells<'a> {
    /// Returns the value of a column; `None` is NULL, and what was not asked for.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&'a str> {
        self.0.get(column).copied().flatten()
    }
}

/// A computed column.
#[derive(Clone)]
pub(crate) struct Computed {
    pub(crate) label: String,
    pub(crate) of: Vec<String>,
    pub(crate) compute: Arc<dyn Fn(&Cells<'_>) -> String + Send + Sync>,
}

impl fmt::Debug for Computed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Computed")
            .field("label", &self.label)
            .field("of", &self.of)
            .finish_non_exhaustive()
    }
}
