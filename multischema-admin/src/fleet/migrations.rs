//! The migrations that the site may run.

use std::fmt;

use multischema::{MigrateError, Migrator};

/// Migrations, and the database that they are for.
#[derive(Clone)]
pub(crate) struct Migrations {
    pub(super) url: String,
    pub(super) migrator: Migrator,
}

impl Migrations {
    pub(crate) fn new(url: String, migrator: Migrator) -> Self {
        Self { url, migrator }
    }
}

// By hand, as the URL may have a password in it.
impl fmt::Debug for Migrations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Migrations")
            .field("migrator", &self.migrator)
            .finish_non_exhaustive()
    }
}

/// What a person is told of a run that did not begin, or broke off.
pub(super) fn explain(error: &MigrateError) -> String {
    match error {
        MigrateError::Busy { schema: None, .. } => {
            "Another run is under way, of somebody else's. When it is over, there may be nothing left to do.".to_owned()
        }
        error => super::chain(error),
    }
}
