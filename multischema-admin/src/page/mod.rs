//! The pages.

mod act;
mod asked;
mod events;
mod field;
mod files;
mod fleet;
mod form;
mod frame;
mod index;
mod layout;
mod list;
mod object;
mod references;
mod refused;
mod schema;
mod schemata;
mod table;

pub(crate) use act::act;
pub(crate) use events::events;
pub(crate) use files::files;
pub(crate) use fleet::{compare, fleet, start_run, stop_run};
pub(crate) use frame::{At, frame};
pub(crate) use index::{index, nowhere};
pub(crate) use layout::bare;
pub(crate) use list::list;
pub(crate) use object::{add, blank, change, object};
pub(crate) use references::refer;
pub(crate) use refused::explain;
pub(crate) use schema::{change_schema, confirm_change, schema};
pub(crate) use schemata::{create_schema, schemata};
