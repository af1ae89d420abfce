#![doc = include_str!("../README.md")]

mod auth;
mod log;
mod model;
mod page;
mod rows;
mod structure;

#[cfg(feature = "testing")]
#[doc(hidden)]
pub use auth::testing;
pub use auth::{
    Action, InvalidPasswordKind, OperatorAccount, OperatorError, Operators, RoleGrant,
    UnknownAction,
};
pub use model::{ActionError, Cells, Columns, FieldErrors, Model, Place, Values};
