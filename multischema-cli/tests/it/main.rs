//! The program `multischema`, run as a shell runs it, on a real database.
#![allow(
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "in a test, what cannot be had is a failure"
)]

mod admin;
mod bad_files;
mod checking;
mod events;
mod executing;
mod fixtures;
mod garbage;
mod healing;
mod help;
mod init;
mod members;
mod migrating;
mod moving;
mod output;
mod printing;
mod program;
mod purging;
mod schemata;
mod secrets;
mod serving;
mod shapes;
mod urls;
