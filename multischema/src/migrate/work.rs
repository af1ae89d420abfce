//! What is done with migrations.

use std::fmt;

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "lowercase")
)]
#[non_exhaustive]
pub enum Work {
    /// It applies what is pending.
    Run,
    /// It reverts what was applied last.
    Revert,
    /// It reverts what was applied last, and applies it again.
    Redo,
}

impl Work {
    /// Returns the word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Revert => "revert",
            Self::Redo => "redo",
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The way of one migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Way {
    Up,
    Down,
}

/// What is to be done everywhere: the work, and the migrations that it is about.
#[derive(Debug, Clone)]
pub(super) struct Goal {
    pub(super) work: Work,
    /// For a run all that there are, else those to revert.
    pub(super) versions: Vec<String>,
}

impl Goal {
    /// What is left to do where the versions `present` are applied, of those that it is about.
    pub(super) fn todo(&self, present: &[String]) -> Vec<String> {
        let is_present = |version: &&String| present.contains(version);
        let versions = self.versions.iter();
        match self.work {
            Work::Run => versions.filter(|it| !is_present(it)).cloned().collect(),
            Work::Revert | Work::Redo => versions.filter(is_present).cloned().collect(),
        }
    }

    /// Whether what is left to do is applied now.
    pub(super) fn is_present(&self) -> bool {
        self.work != Work::Run
    }

    /// The ways of one migration, one after the other.
    pub(super) fn ways(&self) -> &'static [Way] {
        match self.work {
            Work::Run => &[Way::Up],
            Work::Revert => &[Way::Down],
            Work::Redo => &[Way::Down, Way::Up],
        }
    }
}
