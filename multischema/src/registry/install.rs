//! The library's own tables, by migrations of its own, and the template.

use std::time::Duration;

use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::lock::Lock;
use super::sql;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// How long to wait for another who does the same.
const PATIENCE: Duration = Duration::from_secs(30);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Makes the library's tables, or brings them up to date. The history of that is in `multischema`, too. Not
/// in a transaction; of two who do it at once, one waits for the other.
///
/// Leaves the search path at `multischema`.
pub(crate) fn install(pg: &mut PgConnection) -> Result<(), BoxError> {
    alone(Lock::Install, pg, |pg| {
        sql::enter_own_schema(pg)?;
        pg.run_pending_migrations(MIGRATIONS)?;
        Ok(())
    })
}

/// Makes the template if there is none, and guards all tables that it has. Not in a transaction.
pub(super) fn adopt_template(pg: &mut PgConnection) -> Result<(), BoxError> {
    alone(Lock::Template, pg, |pg| Ok(sql::adopt_template(pg)?))
}

fn alone(
    lock: Lock,
    pg: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<(), BoxError>,
) -> Result<(), BoxError> {
    if !lock.poll(pg, PATIENCE)? {
        return Err(format!("somebody else held a lock for {PATIENCE:?}; try again").into());
    }
    let done = work(pg);
    // If the connection is gone, so is the lock, and `done` says why.
    let released: QueryResult<bool> = lock.release(pg);
    done?;
    released?;
    Ok(())
}
