//! Every test that needs a database.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "in a test, what cannot be had is a failure"
)]

mod server;
