#![doc = include_str!("../README.md")]

mod auth;
mod page;

pub use auth::Action;
