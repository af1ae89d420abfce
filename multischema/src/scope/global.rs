//! The connection for what all tenants share.

use std::fmt;

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;
use diesel::result::Error;

use super::error::ScopeError;
use super::handle::SessionHandle;
use super::limits::TransactionLimits;
use super::session::Session;
use super::statement::Scoped;
use super::tenant::TenantConnection;
use super::transaction::Open;
use crate::model::{Global, ScopedConnection};
use crate::name::SchemaName;
use crate::path::SearchPath;

/// A connection that reaches what all tenants share, and no tenant's tables.
///
/// On purpose it is not a [`diesel::Connection`], so that Diesel's own methods cannot run a tenant's query on
/// it. Queries run by [`multischema::RunQueryDsl`](crate::RunQueryDsl), which checks that all tables are marked
/// `#[global]`; inside of expressions (sub-selects, `INSERT … SELECT`), where it cannot look, PostgreSQL finds
/// no tenant's table, as the search path lists none.
pub struct GlobalConnection<H: SessionHandle> {
    scoped: Scoped<H>,
}

impl<H: SessionHandle> GlobalConnection<H> {
    pub(super) fn enter(handle: H) -> Result<Self, ScopeError> {
        let scoped = Scoped::enter(handle, |session| {
            SearchPath::global(session.shared_schemata())
        })?;
        Ok(Self { scoped })
    }

    /// The scope that the session is in already.
    pub(crate) fn entered(handle: H, path: SearchPath) -> Self {
        Self {
            scoped: Scoped::entered(handle, path),
        }
    }

    /// Enters the scope of a schema, for the time of the borrow; see
    /// [`TenantConnection::tenant`](crate::TenantConnection::tenant).
    ///
    /// # Errors
    ///
    /// As [`Session::tenant`], and [`ScopeError::Unclean`] if raw SQL ran in this scope that may have left
    /// anything.
    pub fn tenant(
        &mut self,
        schema: &SchemaName,
    ) -> Result<TenantConnection<&mut Session<H::Pg>>, ScopeError> {
        TenantConnection::enter(self.scoped.session(), schema)
    }

    /// Returns the search path that was set.
    #[must_use]
    pub fn search_path(&self) -> &SearchPath {
        self.scoped.path()
    }

    /// Runs `work` in a transaction, which is committed if it returns `Ok`, else rolled back. In a transaction
    /// it makes a savepoint.
    ///
    /// # Errors
    ///
    /// What `work` returns; or what `BEGIN`, `COMMIT` or `ROLLBACK` do.
    pub fn transaction<T, E>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        // Not `TransactionManager::transaction`, which would hand the connection inside to `work`.
        AnsiTransactionManager::begin_transaction(&mut self.scoped)?;
        let open = Open::innermost(&mut self.scoped);
        let result = work(self);
        open.end(&mut self.scoped, result)
    }

    /// Runs `work` in a transaction, as [`transaction`](Self::transaction) does, none of whose statements may take longer than `limits` say. They are set by the
    /// message that begins it, and end with it. In a transaction `work` is in a savepoint, and they last until the end of that transaction, unless the savepoint is rolled back.
    ///
    /// # Errors
    ///
    /// What `work` returns; or what `BEGIN`, `COMMIT` or `ROLLBACK` do.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use diesel::prelude::*;
    /// # use multischema::{RunQueryDsl, SessionHandle, GlobalConnection, TransactionLimits};
    /// # diesel::table! { public.plans (id) { id -> Integer, name -> Text } }
    /// # multischema::tables! { tenant: []; global: [plans] }
    /// # fn example(conn: &mut GlobalConnection<impl SessionHandle>) -> QueryResult<()> {
    /// let limits = TransactionLimits::new(Duration::from_secs(10));
    /// let count: i64 = conn.transaction_within(limits, |conn| plans::table.count().get_result(conn))?;
    /// # Ok(()) }
    /// ```
    pub fn transaction_within<T, E>(
        &mut self,
        limits: TransactionLimits,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error>,
    {
        let open = self.scoped.begin_within(limits)?;
        let result = work(self);
        open.end(&mut self.scoped, result)
    }

    /// Asks PostgreSQL, in one round trip, whether the connection is where it was put.
    ///
    /// # Errors
    ///
    /// As [`TenantConnection::verify`](crate::TenantConnection::verify).
    pub fn verify(&mut self) -> Result<(), ScopeError> {
        self.scoped.verify()
    }

    /// Hands the connection inside to work of this crate's; see [`as_pg`](Self::as_pg). If that succeeds, the statements
    /// that are prepared on it are still known.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub(crate) fn lend<T, E>(
        &mut self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
    ) -> Result<Result<T, E>, ScopeError> {
        self.scoped.lend(work, |_| true)
    }

    /// The same for work that knows whether others have run anything on the connection: if not, it has left no more than
    /// the DSL does.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub(crate) fn lend_to<T, E>(
        &mut self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
        left: impl FnOnce(&T) -> bool,
    ) -> Result<Result<T, E>, ScopeError> {
        self.scoped.lend(work, left)
    }

    /// Returns the connection inside; see [`TenantConnection::as_pg`](crate::TenantConnection::as_pg).
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn as_pg(&mut self) -> Result<&mut PgConnection, ScopeError> {
        self.scoped.as_pg()
    }
}

impl<H: SessionHandle> ScopedConnection for GlobalConnection<H> {
    type Scope = Global;
    type Inner = Scoped<H>;

    fn inner(&mut self) -> &mut Scoped<H> {
        &mut self.scoped
    }
}

impl<H: SessionHandle> fmt::Debug for GlobalConnection<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GlobalConnection").finish_non_exhaustive()
    }
}
