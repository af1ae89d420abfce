//! Whether ids are unique across schemata.

use std::fmt;

/// Whether the ids that a schema draws from its sequences are unique across schemata.
///
/// It is chosen when the database is [prepared](crate::Registry::init_with).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Ids {
    /// They are.
    ///
    /// Each schema has its own sequences. Those of `bigint` columns, which are `bigserial` or identities, count in a block of the
    /// schema's own: from n · 2^32 + 1 up to (n + 1) · 2^32 in the schema with the number n. So an id names its schema,
    /// and stays exact where numbers are floating point, as in JSON. A `serial` or `smallserial` column has no room for
    /// blocks, and draws from one sequence for all schemata. An `integer` identity is refused.
    #[default]
    Unique,
    /// They are not: each schema counts for itself, as the template says.
    PerSchema,
}

impl Ids {
    pub(crate) const SETTING: &'static str = "ids";

    /// Returns the word for it, as it is in the library's settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unique => "unique",
            Self::PerSchema => "per_schema",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Unique, Self::PerSchema]
            .into_iter()
            .find(|ids| ids.as_str() == word)
    }
}

impl fmt::Display for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
