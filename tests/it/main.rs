//! Every test that needs a database.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "in a test, what cannot be had is a failure"
)]

mod access;
mod attacks;
mod audit;
mod connection;
mod derive;
mod drift;
mod features;
mod fixture;
mod forgotten;
mod functions;
mod holes;
mod interrupted;
mod isolation;
mod layers;
mod leaving;
mod limits;
mod migrate;
mod names;
mod nesting;
mod owner;
mod pool;
mod random;
mod readme;
mod registry;
mod rollback_pool;
mod rust_version;
mod server;
mod stale;
mod template;
mod types;
