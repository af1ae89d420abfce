//! What the program tells the shell.

use std::process::ExitCode;

/// The exit statuses, which `multischema --help` and the README list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// All was done.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// The program was called wrongly, or refused to begin. Nothing was done.
    Refused = 2,
    /// Some schemata failed, and what is written lists them. For migrations also if all did: `public` and the template may be done.
    Partly = 3,
    /// A check found something.
    Found = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
