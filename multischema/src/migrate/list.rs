//! The migrations of one source.

use std::sync::Arc;

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;

use super::error::MigrateError;

/// A source as a [`Migrator`](crate::Migrator) keeps it.
pub(super) type Source = Arc<dyn MigrationSource<Pg> + Send + Sync>;

/// The migrations of one source, by version. It is read once, so that all schemata get the same.
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

    /// Those that are not among `applied`, in the order of their versions.
    pub(super) fn pending<'a>(
        &'a self,
        applied: &'a [MigrationVersion<'static>],
    ) -> impl Iterator<Item = &'a dyn Migration<Pg>> {
        let is_pending =
            |migration: &&dyn Migration<Pg>| !applied.contains(&migration.name().version());
        self.0.iter().map(|boxed| &**boxed).filter(is_pending)
    }
}
