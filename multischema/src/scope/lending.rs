//! What a pool asks of a session that it lends and keeps.

use std::ops::DerefMut;
use std::time::Duration;

use diesel::connection::Connection;
use diesel::pg::PgConnection;
use diesel::result::{DatabaseErrorKind, Error};

use super::error::ScopeError;
use super::session::{Place, Session};
use super::{sql, status};
use crate::name::SchemaName;
use crate::path::{SearchPath, SharedSchemata};

impl<P> Session<P>
where
    P: DerefMut<Target = PgConnection>,
{
    /// A session whose connection comes from a pool, and which asks the registry for every schema.
    pub(crate) fn lent(connection: P, shared: SharedSchemata) -> Self {
        let mut session = Self::new(connection).shared(shared);
        session.asks_registry = true;
        session
    }

    /// Notes that the connection was made for the pool: nobody has begun anything on it but a test transaction, and
    /// its path is empty.
    pub(crate) fn made_for_us(mut self) -> Self {
        self.unfamiliar = false;
        self.floor = u32::from(status::is_test(&mut self.pg));
        self.place = Place::Empty;
        self
    }

    /// Sets whether whoever has the connection from now on may use a schema that is suspended.
    pub(crate) fn admit_suspended(&mut self, admits: bool) {
        self.admits_suspended = admits;
    }

    /// Returns whether the connection is at `path` by a proof that is younger than `ttl`, so that nothing needs
    /// to be sent.
    pub(crate) fn is_proven(&mut self, path: &SearchPath, ttl: Duration) -> bool {
        let Place::Proven {
            path: proven, at, ..
        } = &self.place
        else {
            return false;
        };
        let is_young = at.is_some_and(|at| at.elapsed() < ttl);
        proven == path && is_young && !self.stale && !self.dirty && {
            status::depth(&mut *self.pg) == self.floor && !status::is_broken(&mut self.pg)
        }
    }

    /// Returns whether statements and types of `schema` may be known to the connection.
    pub(crate) fn knows(&self, schema: Option<&SchemaName>) -> bool {
        self.types.knows(schema)
    }

    /// Returns whether the connection is at a place that was proven, and is not in doubt.
    pub(crate) fn is_proven_anywhere(&self) -> bool {
        matches!(&self.place, Place::Proven { at: Some(_), .. }) && !self.stale
    }

    /// Returns whether statements of one more schema can be kept.
    pub(crate) fn has_room(&self) -> bool {
        self.types.len() < self.max_schemas
    }

    /// Returns the number that the registry had for `schema` when the connection entered it the last time, if that was asked.
    pub(crate) fn number_of(&self, schema: &SchemaName) -> Option<i32> {
        self.visited.get(schema).map(|it| it.id)
    }

    /// Returns how many schemata the connection was in. PostgreSQL remembers all of them.
    pub(crate) fn schemata_visited(&self) -> usize {
        self.visited.len()
    }

    /// Counts the relations of `schema`.
    pub(crate) fn count_relations(&mut self, schema: &SchemaName) -> diesel::QueryResult<u64> {
        sql::count_relations(&mut self.pg, schema)
    }

    /// Has statements and proof forgotten before the next scope is entered.
    pub(crate) fn distrust(&mut self) {
        self.stale = true;
        self.doubt();
    }

    /// Returns whether PostgreSQL or the network has given the connection up, after `error`.
    pub(crate) fn is_dead(&mut self, error: &ScopeError) -> bool {
        use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};

        let (ScopeError::Enter { source, .. }
        | ScopeError::Verify { source, .. }
        | ScopeError::Clean { source, .. }) = error
        else {
            return false;
        };
        match source {
            // The latter also if another statement is being read, by an iterator that was leaked.
            Error::DatabaseError(ClosedConnection | UnableToSendCommand, _) => {
                status::mark_broken(&mut self.pg);
            }
            // Diesel does not notice when it fails to prepare a statement, but when it fails to send a text.
            _ => drop(sql::probe(&mut self.pg)),
        }
        status::is_broken(&mut self.pg)
    }

    /// Returns whether the connection, whose scope was left, can be lent to another: nothing of its last borrower
    /// is on it.
    pub(crate) fn is_clean(&mut self) -> bool {
        let instrumentation = (*self.pg.instrumentation()).type_id();
        let is_altered =
            self.altered || self.instrumentation.is_some_and(|it| it != instrumentation);
        let is_unusable = status::is_broken(&mut self.pg)
            // Of a test transaction.
            || status::requires_rollback(&mut self.pg)
            || status::depth(&mut *self.pg) != self.floor;
        // Where nothing was entered, a transaction of its owner's may be open.
        !(self.dirty || self.unfamiliar || is_altered || is_unusable)
    }

    /// Has the pool that the connection comes from close it.
    pub(crate) fn close(&mut self) {
        // Nothing needs to be undone on it.
        self.place = Place::Untouched;
        self.stale = false;
        status::mark_broken(&mut self.pg);
    }
}
