//! The admin site, on a real database.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::allow_attributes,
    reason = "in a test, what cannot be had is a failure, and what is left out is said"
)]

mod auth_login;
mod auth_operators;
mod auth_permissions;
mod auth_refusing;
mod auth_secrets;
mod auth_sessions;
mod auth_site;
mod auth_throttle;
mod browser;
mod bulk;
mod counts;
mod crawl;
mod deleting;
mod deleting_refused;
mod documented;
mod domains;
mod exporting;
mod fleet;
mod history;
mod journal;
mod library;
mod lists;
mod matrix;
mod objects;
mod port;
mod schema;
mod schemata;
mod school;
mod selector;
mod statements;
