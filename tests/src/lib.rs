//! What the tests of multischema share: a server per process, a database per test, and tables whose rows
//! tell whose they are.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::allow_attributes,
    clippy::print_stdout,
    reason = "a test that cannot be set up has failed; not every test crate trips every lint"
)]

pub mod bench;
pub mod dump;
pub mod fuzzed;
pub mod tables;
mod world;

pub use world::{Noting, Statements, World, locks, moved, scope_error, titles, value};
