//! A connection that works.

use diesel::connection::{CacheSize, Connection};
use diesel::pg::{GetPgMetadataCache, PgConnection, PgMetadataCache};

use super::error::MigrateError;
use super::place::Place;
use super::sql::{self, Standing};
use crate::path::SharedSchemata;

/// After how many schemata a connection is made anew: PostgreSQL keeps what it has learnt of each, about 15 kB per table.
const VISITS: u32 = 500;

/// Opens a connection.
pub(super) fn connect(url: &str) -> Result<PgConnection, MigrateError> {
    PgConnection::establish(url).map_err(MigrateError::connect)
}

/// A connection that works, clean for each place. It is opened when it is needed.
pub(super) struct Worker<'a> {
    url: &'a str,
    shared: &'a SharedSchemata,
    /// What cleans it.
    cleaning: String,
    pg: Option<PgConnection>,
    /// The role of a clean connection.
    role: String,
    visits: u32,
}

impl<'a> Worker<'a> {
    /// `lock_timeout` is how many milliseconds a statement waits for the lock of a table.
    pub(super) fn new(url: &'a str, lock_timeout: i32, shared: &'a SharedSchemata) -> Self {
        Self {
            url,
            shared,
            cleaning: sql::cleaning(lock_timeout),
            pg: None,
            role: String::new(),
            visits: 0,
        }
    }

    pub(super) fn shared(&self) -> &'a SharedSchemata {
        self.shared
    }

    /// What cleans the connection, for the end of another message.
    pub(super) fn cleaning(&self) -> &str {
        &self.cleaning
    }

    /// The role of the connection when nothing has changed it.
    pub(super) fn role(&self) -> &str {
        &self.role
    }

    /// The connection wherever it is. A new one keeps no statements prepared: the next place may have other
    /// types in a table of the same name, even in its history.
    pub(super) fn pg(&mut self) -> Result<&mut PgConnection, MigrateError> {
        if self.pg.is_none() {
            let mut pg = connect(self.url)?;
            pg.set_prepared_statement_cache_size(CacheSize::Disabled);
            let clean = sql::run(&mut pg, &self.cleaning);
            let standing = clean.and_then(|()| sql::place(&mut pg));
            self.role = standing.map_err(MigrateError::query(&Place::Global))?.role;
            self.visits = 0;
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
        self.clean(place)?;
        let shared = self.shared;
        let pg = self.pg()?;
        let standing = place.enter(pg, shared)?;
        Ok((pg, standing))
    }

    /// Cleans the connection.
    pub(super) fn clean(&mut self, place: &Place) -> Result<(), MigrateError> {
        self.pg()?;
        let Self { pg, cleaning, .. } = self;
        if let Some(pg) = pg {
            sql::run(pg, cleaning).map_err(MigrateError::query(place))?;
        }
        self.forget_types();
        Ok(())
    }

    /// Forgets the numbers of types, which are others in the next place.
    pub(super) fn forget_types(&mut self) {
        if let Some(pg) = &mut self.pg {
            *pg.get_metadata_cache() = PgMetadataCache::new();
        }
    }

    /// Counts one more schema.
    pub(super) fn visit(&mut self) {
        self.visits += 1;
        if self.visits > VISITS {
            self.replace();
        }
    }

    /// Closes the connection: nobody knows what a failure has left on it.
    pub(super) fn replace(&mut self) {
        self.pg = None;
    }
}
