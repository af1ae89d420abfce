//! The registry of schemata.

mod asking;
mod changing;
mod create;
mod create_error;
mod error;
mod filter;
#[cfg(feature = "migrations")]
mod install;
mod label;
mod lock;
mod obstacle;
mod plans;
mod preflight;
mod provision;
mod reading;
#[expect(clippy::module_inception, reason = "it is the noun of this folder")]
mod registry;
mod schema;
mod sql;
mod table;

pub use create_error::CreateError;
#[cfg(feature = "migrations")]
pub use error::InitError;
pub use error::RegistryError;
pub use filter::Filter;
pub use label::InvalidLabelKind;
pub use registry::Registry;
pub use schema::{NewSchema, Schema};
#[cfg(feature = "migrations")]
pub(crate) use {
    install::{adopt, choose_ids, found_ids, install},
    lock::Lock,
    sql::{guard_template, schema_exists},
    table::{applied, schemas, settings},
};
