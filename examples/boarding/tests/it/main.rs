//! The program as it is, asked over HTTP and by a browser.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    clippy::print_stdout,
    reason = "in a test, what cannot be had is a failure; it may say what it has seen"
)]

mod admin;
mod api;
mod app;
mod browser;
mod client;
mod inside;
mod load;
mod login;
mod processes;
mod pupils;
mod schools;
mod security;
