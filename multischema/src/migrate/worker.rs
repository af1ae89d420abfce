//! A connection that works.

use diesel::connection::{CacheSize, Connection};
use diesel::pg::{GetPgMetadataCache, PgConnection, PgMetadataCache};

use super::error::MigrateError;
use super::last_error::LastError;
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
    /// For how many milliseconds a statement waits for the lock of a table.
    lock_timeout: i32,
    /// What cleans it.
    cleaning: String,
    pg: Option<PgConnection>,
    /// The role of a clean connection.
    role: String,
    /// Whether the server speaks English.
    is_english: bool,
    last_error: LastError,
    visits: u32,
}

impl<'a> Worker<'a> {
    /// `lock_timeout` is how many milliseconds a statement waits for the lock of a table.
    pub(super) fn new(url: &'a str, lock_timeout: i32, shared: &'a SharedSchemata) -> Self {
        Self {
            url,
            shared,
            lock_timeout,
            cleaning: sql::cleaning(lock_timeout),
            pg: None,
            role: String::new(),
            is_english: false,
            last_error: LastError::default(),
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

    /// Whether what the server says can be read.
    pub(super) fn is_english(&self) -> bool {
        self.is_english
    }

    pub(super) fn last_error(&self) -> LastError {
        self.last_error.clone()
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
            let asked = MigrateError::query(&Place::Global);
            self.role = standing.map_err(&asked)?.role;
            self.is_english = sql::is_english(&mut pg).map_err(&asked)?;
            self.last_error.watch(&mut pg);
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

    /// Removes what a migration has left before the next one in the same place, whose lock is kept.
    pub(super) fn refresh(&mut self, place: &Place, path: &str) -> Result<(), MigrateError> {
        let text = sql::refreshing(self.lock_timeout, path);
        sql::run(self.pg()?, &text).map_err(MigrateError::query(place))?;
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
