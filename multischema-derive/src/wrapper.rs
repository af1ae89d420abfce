//! The query wrappers by name.

use proc_macro2::Ident;

/// A function that the derive adds to a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wrapper {
    All,
    Count,
    Find,
    Create,
    Update,
    Delete,
}

impl Wrapper {
    pub(crate) const ALL: [Self; 6] = [
        Self::All,
        Self::Count,
        Self::Find,
        Self::Create,
        Self::Update,
        Self::Delete,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Count => "count",
            Self::Find => "find",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    pub(crate) fn named(name: &Ident) -> Option<Self> {
        Self::ALL.into_iter().find(|wrapper| name == wrapper.name())
    }

    /// All names, for a message.
    pub(crate) fn names() -> String {
        Self::ALL
            .map(|wrapper| format!("`{}`", wrapper.name()))
            .join(", ")
    }

    /// Whether it goes by the primary key.
    pub(crate) fn needs_key(self) -> bool {
        matches!(self, Self::Find | Self::Update | Self::Delete)
    }
}
