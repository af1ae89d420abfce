//! The fleet: all schemata, as the object of one operation.
//!
//! Its page is for superusers, as that of schemata.

mod comparison;
#[expect(clippy::module_inception, reason = "it is the noun of this folder")]
mod fleet;
mod migrations;
mod past;
mod run;
mod state;

pub(crate) use comparison::Comparison;
pub(crate) use fleet::{Fleet, NoRun};
pub(crate) use migrations::Migrations;
pub(crate) use past::{Past, past};
pub(crate) use run::{News, Run};
pub(crate) use state::{Standing, State};

use std::error::Error;

/// What the log calls it.
pub(crate) const MODEL: &str = "*fleet";

/// An error with all its causes.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
