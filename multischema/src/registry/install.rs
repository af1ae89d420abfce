//! The library's own tables, by migrations of its own, and the template.

use std::time::Duration;

use diesel::migration::MigrationSource;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::lock::Lock;
use super::preflight::found_ids;
use super::sql;
use super::table::{schemas, settings};
use crate::name::SchemaName;
use crate::template::{Ids, keep_ids_apart};

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

/// Whether these are all versions of the library's own migrations.
pub(crate) fn is_installed(versions: &[String]) -> bool {
    let own = MigrationSource::<diesel::pg::Pg>::migrations(&MIGRATIONS);
    own.is_ok_and(|own| {
        let is_there = |version: String| versions.contains(&version);
        own.iter()
            .all(|it| is_there(it.name().version().to_string()))
    })
}

/// Chooses whether ids are unique across schemata, unless there are schemata, and returns what is chosen.
pub(crate) fn choose_ids(pg: &mut PgConnection, wanted: Ids) -> Result<Ids, BoxError> {
    alone(Lock::Install, pg, |pg| {
        let any: Option<i32> = schemas::table.select(schemas::id).first(pg).optional()?;
        if any.is_none() {
            diesel::update(settings::table.find(Ids::SETTING))
                .set(settings::value.eq(wanted.as_str()))
                .execute(pg)?;
        }
        Ok(found_ids(pg)?)
    })
}

/// Makes the template if there is none, guards all tables that it has, and has its narrow ids drawn from one sequence for
/// all schemata. Not in a transaction.
pub(super) fn adopt_template(pg: &mut PgConnection) -> Result<(), BoxError> {
    alone(Lock::Template, pg, |pg| {
        let ids = found_ids(pg)?;
        Ok(adopt(pg, ids)?)
    })
}

/// The same, for one who has the lock of the template.
pub(crate) fn adopt(pg: &mut PgConnection, ids: Ids) -> QueryResult<()> {
    pg.transaction(|pg| {
        sql::adopt_template(pg)?;
        // What there is no way for is reported when a schema is to be made of the template.
        keep_ids_apart(pg, &SchemaName::template(), 0, ids)?;
        Ok(())
    })
}

fn alone<T>(
    lock: Lock,
    pg: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, BoxError>,
) -> Result<T, BoxError> {
    if !lock.poll(pg, PATIENCE)? {
        return Err(format!("somebody else held a lock for {PATIENCE:?}; try again").into());
    }
    let done = work(pg);
    // If the connection is gone, so is the lock, and `done` says why.
    let released: QueryResult<bool> = lock.release(pg);
    let done = done?;
    released?;
    Ok(done)
}
