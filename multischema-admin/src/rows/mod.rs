//! What is read from tables, and written.

mod explain;
mod key;
mod list;
mod object;
mod paging;
mod reach;
mod references;
mod save;
mod sql;
mod write;

pub(crate) use explain::is_about_value;
pub(crate) use key::Key;
pub(crate) use list::{Condition, Count, List, ListPage, ListRow, Shown};
pub(crate) use object::{Object, ReadObject};
pub(crate) use paging::{Edge, Paging};
pub(crate) use reach::{Job, Reach};
pub(crate) use references::{Choice, Choices};
pub(crate) use save::{Save, SaveError, Saved};
pub(crate) use sql::{Relation, Sql, add, parsed};
