//! What is read from tables, and written.

mod condition;
mod count;
mod erase;
mod existing;
mod explain;
mod export;
mod key;
mod keys;
mod list;
mod object;
mod paging;
mod part;
mod reach;
mod references;
mod save;
mod sql;
mod survey;
mod texts;
mod write;

pub(crate) use condition::{Condition, pattern};
pub(crate) use count::{COUNTED, Count};
pub(crate) use erase::{Erase, Erased};
pub(crate) use existing::{Existing, Wanted};
pub(crate) use explain::{is_about_value, is_behind, is_too_long};
pub(crate) use export::{Export, Format, Piece};
pub(crate) use key::{Key, segment};
pub(crate) use keys::Keys;
pub(crate) use list::{List, ListPage, ListRow, Shown};
pub(crate) use object::{Object, ReadObject};
pub(crate) use paging::{Edge, Paging};
pub(crate) use part::{OnDelete, Part, Referring};
pub(crate) use reach::{Job, Reach};
pub(crate) use references::{Choice, Choices};
pub(crate) use save::{Save, SaveError, Saved};
pub(crate) use sql::{Relation, Sql, add, joined, parsed};
pub(crate) use survey::{Found, Survey, Surveyed};
