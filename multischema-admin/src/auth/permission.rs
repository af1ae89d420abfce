//! What a user may do with a model.

/// What can be done with the rows of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// See them, and what was done with them.
    View,
    /// Make one.
    Add,
    /// Change one.
    Change,
    /// Delete one.
    Delete,
}
