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

pub use permission::{Action, UnknownAction};
