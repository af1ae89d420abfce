//! Working on the rows of a model, wherever they are.

use multischema::{GlobalConnection, Lease, ScopedConnection, TenantConnection};
use multischema_axum::DbError;

/// A connection that reaches the rows of a model.
pub(crate) trait Reach: ScopedConnection {
    /// Does all of it, or nothing.
    fn whole<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>;
}

impl Reach for TenantConnection<Lease> {
    fn whole<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        diesel::Connection::transaction(self, work)
    }
}

impl Reach for GlobalConnection<Lease> {
    fn whole<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(work)
    }
}

/// What is done on such a connection. (A closure cannot take connections of two types.)
pub(crate) trait Job: Send + 'static {
    /// What comes of it.
    type Output: Send + 'static;

    /// Does it.
    fn run<C: Reach>(self, conn: &mut C) -> Result<Self::Output, DbError>;
}
