//! A table that a deletion may reach.

use super::sql::Relation;
use crate::structure::Table;

/// A table whose rows may go, or refer to some that do.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) of: Relation,
    pub(crate) table: Table,
    pub(crate) display: Vec<String>,
    /// The foreign keys that refer to it; none if no row of it can go.
    pub(crate) referring: Vec<Referring>,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub(crate) struct Referring {
    /// The rank of the part that refers.
    pub(crate) from: usize,
    pub(crate) columns: Vec<String>,
    pub(crate) to_columns: Vec<String>,
    pub(crate) on_delete: OnDelete,
}

/// What becomes of a row when that goes which it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDelete {
    /// It goes as well.
    Cascade,
    /// It refers to nothing any more, or to a default.
    Empty,
    /// It is protected by it at once.
    Restrict,
    /// It is protected by it unless it goes as well.
    NoAction,
}

impl OnDelete {
    /// Reads `pg_constraint.confdeltype`.
    pub(crate) fn of(letter: &str) -> Self {
        match letter {
            "c" => Self::Cascade,
            "n" | "d" => Self::Empty,
            "r" => Self::Restrict,
            _ => Self::NoAction,
        }
    }
}
