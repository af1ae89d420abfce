//! Working on the rows of a model, wherever they are.

use std::time::Duration;

use multischema::{GlobalConnection, Lease, ScopedConnection, TenantConnection, TransactionLimits};
use multischema_axum::DbError;

use crate::model::{Act, ActionError};

/// How long the database may look for a page: it gives up before whoever asked does.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that reaches the rows of a model.
pub(crate) trait Reach: ScopedConnection {
    /// Does all of it, or nothing.
    fn whole<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>;

    /// The same, unless a statement takes longer than whoever asked waits for.
    fn briefly<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>;

    /// The same for what is kept prepared and looks for values that are in many rows or in few: it is planned for them each time.
    fn briefly_anew<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>;

    /// Does what is for a connection of this kind.
    fn act(&mut self, act: &Act, keys: &[String]) -> Result<String, ActionError>;
}

impl Reach for TenantConnection<Lease> {
    fn whole<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        diesel::Connection::transaction(self, work)
    }

    fn briefly<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction_within(TransactionLimits::new(PATIENCE), work)
    }

    fn briefly_anew<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction_within(TransactionLimits::new(PATIENCE).plan_anew(), work)
    }

    fn act(&mut self, act: &Act, keys: &[String]) -> Result<String, ActionError> {
        match act {
            Act::Tenant(work) => work(self, keys),
            Act::Global(_) => Err(ActionError::other(
                "an action of what all share was asked of a schema",
            )),
        }
    }
}

impl Reach for GlobalConnection<Lease> {
    fn whole<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(work)
    }

    fn briefly<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction_within(TransactionLimits::new(PATIENCE), work)
    }

    fn briefly_anew<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction_within(TransactionLimits::new(PATIENCE).plan_anew(), work)
    }

    fn act(&mut self, act: &Act, keys: &[String]) -> Result<String, ActionError> {
        match act {
            Act::Global(work) => work(self, keys),
            Act::Tenant(_) => Err(ActionError::other(
                "an action of a schema was asked of what all share",
            )),
        }
    }
}

/// What is done on such a connection. (A closure cannot take connections of two types.)
pub(crate) trait Job: Send + 'static {
    /// What comes of it.
    type Output: Send + 'static;

    /// Does it.
    fn run<C: Reach>(self, conn: &mut C) -> Result<Self::Output, DbError>;
}
