//! The pages.

mod act;
mod asked;
mod field;
mod files;
mod form;
mod frame;
mod index;
mod layout;
mod list;
mod object;
mod references;
mod table;

pub(crate) use act::act;
pub(crate) use files::files;
pub(crate) use frame::{At, frame};
pub(crate) use index::{index, nowhere};
pub(crate) use layout::bare;
pub(crate) use list::list;
pub(crate) use object::{add, blank, change, object};
pub(crate) use references::refer;
