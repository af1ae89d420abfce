//! Which schema a request is about: the layer and the extractors of `multischema-axum`, on a real database.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "in a test, what cannot be had is a failure"
)]

mod choosing;
mod database;
mod defaults;
mod hostile;
mod login;
mod refusing;
mod rejecting;
mod sessions;
mod site;
mod spans;
mod switching;
mod vanished;
