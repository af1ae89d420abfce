//! The registry of schemata.

mod alone;
mod archive;
mod asking;
mod attempt;
mod audit;
mod changing;
mod clone;
mod create;
mod create_error;
mod create_many;
mod error;
mod filter;
mod heal;
#[cfg(feature = "migrations")]
mod install;
mod label;
mod lock;
mod members;
mod obstacle;
mod plans;
mod preflight;
mod provision;
mod purge;
mod reading;
#[expect(clippy::module_inception, reason = "it is the noun of this folder")]
mod registry;
mod removal;
mod rename;
mod schema;
mod sql;
mod table;
mod user;
mod visible;

pub use audit::{Dependent, ForeignIds, IdReport, Shadowed, Uncounted};
pub use clone::{CloneData, WithData};
pub use create_error::CreateError;
pub use create_many::CreateManyError;
#[cfg(feature = "migrations")]
pub use error::InitError;
pub use error::RegistryError;
pub use filter::Filter;
pub use heal::{HealReport, Unhealed};
pub use label::InvalidLabelKind;
pub use members::{Member, Membership};
pub use purge::PurgeProgress;
pub use registry::Registry;
pub use schema::{NewSchema, Schema};
pub(crate) use user::check as check_user;
pub use user::{InvalidUserKind, User};
#[cfg(feature = "migrations")]
pub(crate) use {
    install::{adopt, choose_ids, install, is_installed},
    lock::Lock,
    preflight::found_ids,
    sql::{guard_template, schema_exists},
    table::{applied, run_schemas, runs, schemas, settings},
};
