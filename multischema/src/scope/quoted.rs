//! What a scope writes into its texts.

use std::fmt;

use crate::quoted::Identifier;

/// A text of ours, as SQL reads it whatever `standard_conforming_strings` says: neither a checked name nor a
/// path of such has a quote or a backslash in it.
pub(super) struct Literal<'a>(pub(super) &'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_assert!(!self.0.contains(['\'', '\\']), "{:?}", self.0);
        write!(f, "'{}'", self.0)
    }
}

/// Acts as a role that PostgreSQL named, if one is known.
pub(super) struct SetRole<'a>(pub(super) Option<&'a str>);

impl fmt::Display for SetRole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(role) = self.0 else {
            return Ok(());
        };
        write!(f, "; SET ROLE {}", Identifier(role))
    }
}
