//! The program `multischema`, run as a shell runs it, on a real database.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "in a test, what cannot be had is a failure"
)]

mod checking;
mod executing;
mod healing;
mod help;
mod init;
mod migrating;
mod output;
mod program;
mod purging;
mod schemata;
mod secrets;
mod urls;
