//! Who may do what: users, their sessions, what they may do, and what is refused to other sites.

mod base;
mod carry;
mod login;
mod logout;
mod operator;
mod password;
mod password_form;
mod permission;
mod refusal;
mod security;
mod sessions;
mod site;
mod tables;
mod throttle;
mod token;
mod users;

pub(crate) use base::Base;
pub(crate) use operator::Operator;
pub use permission::{Action, UnknownAction};
pub(crate) use permission::{Permissions, Where};
pub(crate) use site::{AuthConfig, around};
pub(crate) use token::Tokens;
