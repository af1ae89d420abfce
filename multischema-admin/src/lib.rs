#![doc = include_str!("../README.md")]

/// Its examples are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../docs/admin.md")]
struct Docs;

mod admin;
mod auth;
mod failure;
mod fleet;
mod log;
mod model;
mod page;
mod rows;
mod schemata;
mod site;
mod structure;
mod visit;

pub use admin::{Admin, AdminBuilder, RegisterError};
#[cfg(feature = "testing")]
#[doc(hidden)]
pub use auth::testing;
pub use auth::{
    Action, InvalidPasswordKind, OperatorAccount, OperatorError, Operators, RoleGrant,
    UnknownAction,
};
pub use model::{ActionError, Cells, Columns, FieldErrors, Model, Place, Values};
