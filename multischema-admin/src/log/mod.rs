//! The log: who did what, where.

mod entries;
mod entry;

pub(crate) use entries::{Entries, Logged, Whose};
pub(crate) use entry::{Change, Entry};
