//! The migrations of one source.

use std::sync::Arc;

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;

use super::error::MigrateError;

/// A source as a [`Migrator`](crate::Migrator) keeps it.
pub(super) type Source = Arc<dyn MigrationSource<Pg> + Send + Sync>;

/// The migrations of one source, by version.
///
/// A migration stays in its thread, so each thread reads the source for itself.
pub(super) struct List(Vec<Box<dyn Migration<Pg>>>);

impl List {
    pub(super) fn read(kind: &'static str, source: &Source) -> Result<Self, MigrateError> {
        let read = source.migrations();
        let mut migrations = read.map_err(|source| MigrateError::Source { kind, source })?;
        migrations.sort_by(|a, b| a.name().version().cmp(&b.name().version()));
        for pair in migrations.windows(2) {
            let [first, second] = [pair[0].name(), pair[1].name()];
            if first.version() == second.version() {
                return Err(MigrateError::SameVersion {
                    first: first.to_string(),
                    second: second.to_string(),
                });
            }
        }
        Ok(Self(migrations))
    }

    /// All versions, in order.
    pub(super) fn versions(&self) -> Vec<String> {
        let versions = self.0.iter().map(|it| it.name().version().to_string());
        versions.collect()
    }

    pub(super) fn get(&self, version: &str) -> Option<&dyn Migration<Pg>> {
        let mut all = self.0.iter().map(|boxed| &**boxed);
        all.find(|it| it.name().version().to_string() == version)
    }
}
