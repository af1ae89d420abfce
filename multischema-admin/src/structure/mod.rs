//! What tables are made of, as the catalog of the template has it, and of what all share.

mod cache;
mod column;
mod read;
mod table;

pub(crate) use cache::Structures;
pub(crate) use column::{Column, Kind, TypeName};
pub(crate) use read::read;
pub(crate) use table::{Structure, Table};
