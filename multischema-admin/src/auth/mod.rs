//! Who may do what: users, their sessions, what they may do, and what is refused to other sites.

mod base;
mod carried;
mod carry;
mod grants;
mod login;
mod logout;
mod obstacle;
mod operator;
mod operator_error;
mod operators;
mod password;
mod password_form;
mod permission;
mod refusal;
mod security;
mod sessions;
mod site;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
mod throttle;
mod token;
mod users;
mod watch;

pub(crate) use base::Base;
pub(crate) use logout::LOG_OUT;
pub(crate) use operator::Operator;
pub(crate) use permission::{Permissions, Where};
pub(crate) use refusal::wants_page;
pub(crate) use site::{AuthConfig, around};
pub(crate) use token::{Tokens, hex};
pub(crate) use watch::is_still;

pub use grants::RoleGrant;
pub use operator_error::OperatorError;
pub use operators::{OperatorAccount, Operators};
pub use password::InvalidPasswordKind;
pub use permission::{Action, UnknownAction};
