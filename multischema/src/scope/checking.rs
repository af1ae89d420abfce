//! What is asked before a statement is sent, and what is done about stale ones.

use std::ops::DerefMut;

use diesel::QueryResult;
use diesel::connection::{CacheSize, Connection};
use diesel::pg::PgConnection;
use diesel::result::Error;

use super::error::{ScopeError, Whereabouts};
use super::session::{Place, Session, Verify};
use super::stale::Stale;
use super::{sql, status};
use crate::name::SchemaName;
use crate::path::SearchPath;

impl<P> Session<P>
where
    P: DerefMut<Target = PgConnection>,
{
    /// Returns whether one statement may be sent from the scope of `path`.
    pub(super) fn check(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        // Until it is rolled back, PostgreSQL refuses all but that.
        if status::requires_rollback(&mut self.pg) {
            return Ok(());
        }
        self.check_text(path)
    }

    /// Returns whether text may be sent from the scope of `path`: of several statements, the first may
    /// roll back and the second do something.
    pub(super) fn check_text(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        self.ready(path)?;
        if self.raw.suspect || status::requires_rollback(&mut self.pg) {
            self.prove(path)?;
            self.raw.suspect = false;
        } else if self.verify == Verify::Every {
            self.prove_path(path)?;
        }
        Ok(())
    }

    /// Finds out whether the connection is in the scope of `path`.
    pub(super) fn verify_now(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        self.ready(path)?;
        self.prove(path)?;
        self.raw.suspect = false;
        Ok(())
    }

    fn ready(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        if self.stale || self.raw.deallocated {
            let forgotten = self.forget_statements();
            forgotten.map_err(|source| unproven(path, source))?;
        }
        // A scope was entered from within this one and left again.
        if !self.is_at(path) {
            self.enter(path)?;
        }
        Ok(())
    }

    /// Compares search path, current schema and role with what was found when the scope was entered.
    fn prove(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        let (Place::Proven {
            found: expected, ..
        }
        | Place::Within {
            found: expected, ..
        }) = &self.place
        else {
            unreachable!("it was just entered, or has been")
        };
        let found = sql::locate(&mut self.pg, path).map_err(|source| unproven(path, source))?;
        if *expected == found {
            Ok(())
        } else {
            Err(moved(expected, found))
        }
    }

    fn prove_path(&mut self, path: &SearchPath) -> Result<(), ScopeError> {
        let shown = sql::show_search_path(&mut self.pg);
        if shown.map_err(|source| unproven(path, source))? == path.as_str() {
            Ok(())
        } else {
            self.prove(path)
        }
    }

    /// Returns the error of a statement that was stale, or nothing if it may be sent once more.
    pub(super) fn recover(
        &mut self,
        error: Error,
        stale: Stale,
        schema: Option<&SchemaName>,
    ) -> QueryResult<()> {
        self.stale = true;
        // What was done before in the same transaction is lost, so only its owner can start again. Where
        // nothing can be forgotten, there is a transaction that nobody told us of.
        let in_transaction = self.raw.begun || status::depth(&mut *self.pg) > 0;
        if in_transaction || self.forget_statements().is_err() {
            return Err(stale.into_error(error, schema));
        }
        Ok(())
    }

    /// Has Diesel and PostgreSQL forget all statements that are prepared on this connection, and all types
    /// that were looked up, of all schemata.
    ///
    /// Stale statements are found out by themselves (see [`TenantConnection`](crate::TenantConnection)); this
    /// is for who has just changed tables or types and would not have the next statement run into it.
    ///
    /// # Errors
    ///
    /// What the database answers.
    pub fn forget_statements(&mut self) -> QueryResult<()> {
        // Both at once: one that only Diesel forgets stays on the server, and one that only the server
        // forgets fails for ever.
        sql::deallocate(&mut self.pg)?;
        // Setting the size that it has does nothing, so go there and back.
        for size in [CacheSize::Disabled, CacheSize::Unbounded, self.cache_size] {
            self.pg.set_prepared_statement_cache_size(size);
        }
        self.types.clear(&mut self.pg);
        if let Place::Proven { path, .. } | Place::Within { path, .. } = &self.place {
            self.types.install(&mut self.pg, path.schema());
        }
        self.stale = false;
        self.raw.prepared = false;
        self.raw.deallocated = false;
        Ok(())
    }
}

fn unproven(path: &SearchPath, source: Error) -> ScopeError {
    ScopeError::Verify {
        schema: path.schema().cloned(),
        source,
    }
}

fn moved(expected: &Whereabouts, found: Whereabouts) -> ScopeError {
    ScopeError::Moved {
        expected: Box::new(expected.clone()),
        found: Box::new(found),
    }
}
