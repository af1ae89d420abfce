//! The connection that works.

use diesel::connection::{CacheSize, Connection};
use diesel::pg::{GetPgMetadataCache, PgConnection, PgMetadataCache};

use super::error::MigrateError;
use super::place::Place;
use super::sql::{self, Standing};
use crate::path::SharedSchemata;

/// Opens a connection.
pub(super) fn connect(url: &str) -> Result<PgConnection, MigrateError> {
    PgConnection::establish(url).map_err(MigrateError::connect)
}

/// The connection that works, clean for each place.
pub(super) struct Worker<'a> {
    url: &'a str,
    /// In milliseconds.
    lock_timeout: i32,
    shared: &'a SharedSchemata,
    pg: Option<PgConnection>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(url: &'a str, lock_timeout: i32, shared: &'a SharedSchemata) -> Self {
        Self {
            url,
            lock_timeout,
            shared,
            pg: None,
        }
    }

    /// The connection wherever it is. A new one keeps no statements prepared: the next place may have other
    /// types in a table of the same name, even in its history.
    pub(super) fn pg(&mut self) -> Result<&mut PgConnection, MigrateError> {
        if self.pg.is_none() {
            let mut pg = connect(self.url)?;
            pg.set_prepared_statement_cache_size(CacheSize::Disabled);
            sql::set_lock_timeout(&mut pg, self.lock_timeout)
                .map_err(MigrateError::query(&Place::Global))?;
            self.pg = Some(pg);
        }
        match &mut self.pg {
            Some(pg) => Ok(pg),
            None => unreachable!("it was made above"),
        }
    }

    /// The connection at `place`, where it was proven to be, and with nothing that was left on it elsewhere.
    pub(super) fn at(
        &mut self,
        place: &Place,
    ) -> Result<(&mut PgConnection, Standing), MigrateError> {
        let (lock_timeout, shared) = (self.lock_timeout, self.shared);
        let pg = self.pg()?;
        sql::clean(pg)
            .and_then(|()| sql::set_lock_timeout(pg, lock_timeout))
            .map_err(MigrateError::query(place))?;
        *pg.get_metadata_cache() = PgMetadataCache::new();
        let standing = place.enter(pg, shared)?;
        Ok((pg, standing))
    }

    /// Closes the connection: nobody knows what a failure has left on it.
    pub(super) fn replace(&mut self) {
        self.pg = None;
    }
}
