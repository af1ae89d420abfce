//! Statements that were prepared before their tables or types were changed.

use diesel::result::Error;

use super::error::ScopeError;
use crate::name::SchemaName;

/// What an error says of the statement that gave it. Diesel gives no SQLSTATE, so this goes by
/// PostgreSQL's messages in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stale {
    /// It is out of date.
    Surely,
    /// It is, or it was never right: the type of a value is another than that of its column. That is
    /// what remains of a type that was renamed and made anew.
    Perhaps,
}

impl Stale {
    pub(super) fn of(error: &Error) -> Option<Self> {
        const SURELY: [&str; 2] = [
            "cached plan must not change result type",
            "cache lookup failed for type",
        ];
        const PERHAPS: [&str; 2] = ["operator does not exist", "but expression is of type"];

        let Error::DatabaseError(_, information) = error else {
            return None;
        };
        let says = |messages: [&str; 2]| {
            messages
                .iter()
                .any(|message| information.message().contains(message))
        };
        if says(SURELY) {
            Some(Self::Surely)
        } else {
            says(PERHAPS).then_some(Self::Perhaps)
        }
    }

    /// Returns the error of a statement that is not sent again.
    pub(super) fn into_error(self, source: Error, schema: Option<&SchemaName>) -> Error {
        match self {
            Self::Surely => ScopeError::StalePlan {
                schema: schema.cloned(),
                source,
            }
            .into(),
            Self::Perhaps => source,
        }
    }
}
