//! A web site of several boarding schools, each with pupils of its own in a schema of its own.
//!
//! It is a program, `cargo run -p boarding`. What is public here is for those that have a part of it: its tests, and a benchmark.
#![expect(
    unreachable_pub,
    reason = "`table!` writes `pub`, and so do the models beside it"
)]

mod account;
mod admin;
mod api;
mod asset;
mod data;
mod database;
mod error;
mod login;
mod models;
mod next;
mod page;
mod password;
mod program;
mod pupils;
mod schema;
mod school;
mod security;
mod sessions;
mod settings;
mod site;

pub use crate::account::cookie_of;
pub use crate::models::Account;
pub use crate::page::Frame;
pub use crate::program::{open, run};
pub use crate::pupils::{Search, shown};
pub use crate::sessions::PgSessions;
pub use crate::site::{Site, around, router};
