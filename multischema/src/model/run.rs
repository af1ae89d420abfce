//! Running queries on connections that have a scope.

use diesel::QueryResult;
use diesel::connection::{AnsiTransactionManager, Connection, LoadConnection};
use diesel::dsl::Limit;
use diesel::pg::Pg;
use diesel::query_dsl::methods::{ExecuteDsl, LimitDsl, LoadQuery};

use super::in_scope::InScope;
use super::mark::Scope;

/// A connection with a scope: [`TenantConnection`](crate::TenantConnection) or
/// [`GlobalConnection`](crate::GlobalConnection).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection with a scope",
    label = "neither a `TenantConnection` nor a `GlobalConnection`",
    note = "check one out with `pool.tenant(&schema)?` or `pool.global()?`, or enter a scope with `Session::new(connection).tenant(&schema)?`",
    note = "on any other connection, queries run with `diesel::RunQueryDsl`"
)]
pub trait ScopedConnection {
    /// What the connection can reach.
    type Scope: Scope;

    /// The connection that Diesel sees.
    #[doc(hidden)]
    type Inner: Connection<Backend = Pg, TransactionManager = AnsiTransactionManager>
        + LoadConnection;

    /// Returns the connection that Diesel sees. Each of its statements is checked like one of `self`.
    #[doc(hidden)]
    fn inner(&mut self) -> &mut Self::Inner;
}

/// Runs queries on connections with a scope, and only where the scope reaches all of their tables.
///
/// The methods are those of [`diesel::RunQueryDsl`] and behave as they do. Import this trait by name,
/// beside Diesel's prelude: a name imported so takes the place of one from a `*`.
///
/// ```
/// use diesel::prelude::*;
/// use multischema::RunQueryDsl;
/// ```
///
/// Diesel's own trait runs queries on a [`TenantConnection`](crate::TenantConnection) as well, which
/// is a full [`Connection`], with the checks at run time but without those of the compiler; it runs
/// none on a [`GlobalConnection`](crate::GlobalConnection).
///
/// # Examples
///
/// ```
/// use diesel::prelude::*;
/// use multischema::{GlobalConnection, RunQueryDsl, SessionHandle, TenantConnection};
///
/// diesel::table! { documents { id -> Integer, title -> Text } }
/// diesel::table! { public.plans (id) { id -> Integer, name -> Text } }
/// multischema::tables! { tenant: [documents]; global: [plans] }
///
/// fn titles(conn: &mut TenantConnection<impl SessionHandle>) -> QueryResult<Vec<String>> {
///     documents::table.select(documents::title).load(conn)
/// }
///
/// fn plans(conn: &mut GlobalConnection<impl SessionHandle>) -> QueryResult<Vec<String>> {
///     plans::table.select(plans::name).load(conn)
/// }
/// ```
///
/// A tenant's table on a global connection does not compile:
///
/// ```compile_fail,E0277
/// # use diesel::prelude::*;
/// # use multischema::{GlobalConnection, RunQueryDsl, SessionHandle, TenantConnection};
/// # diesel::table! { documents { id -> Integer, title -> Text } }
/// # multischema::tables! { tenant: [documents]; global: [] }
/// fn titles(conn: &mut GlobalConnection<impl SessionHandle>) -> QueryResult<Vec<String>> {
///     documents::table.select(documents::title).load(conn)
/// }
/// ```
pub trait RunQueryDsl<C: ScopedConnection>: Sized {
    /// Runs the command and returns the number of rows it touched.
    ///
    /// # Errors
    ///
    /// What the database answers, or a [`ScopeError`](crate::ScopeError) inside of
    /// [`QueryBuilderError`](diesel::result::Error::QueryBuilderError) if the connection is no longer
    /// where it was.
    fn execute(self, conn: &mut C) -> QueryResult<usize>
    where
        Self: InScope<C::Scope> + ExecuteDsl<C::Inner>,
    {
        ExecuteDsl::execute(self, conn.inner())
    }

    /// Runs the query and returns all of its rows.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), and if a row cannot be read as a `U`.
    fn load<'query, U>(self, conn: &mut C) -> QueryResult<Vec<U>>
    where
        Self: InScope<C::Scope> + LoadQuery<'query, C::Inner, U>,
    {
        self.internal_load(conn.inner())?.collect()
    }

    /// Runs the query and returns an iterator over its rows.
    ///
    /// `B` is the loading mode: [`DefaultLoadingMode`](diesel::connection::DefaultLoadingMode) has all
    /// rows sent at once, [`PgRowByRowLoadingMode`](diesel::pg::PgRowByRowLoadingMode) one after the
    /// other.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute). Each item is an error of its own if it cannot be read as a `U`.
    fn load_iter<'conn, 'query: 'conn, U, B>(
        self,
        conn: &'conn mut C,
    ) -> QueryResult<Self::RowIter<'conn>>
    where
        U: 'conn,
        C::Inner: 'conn,
        Self: InScope<C::Scope> + LoadQuery<'query, C::Inner, U, B> + 'conn,
    {
        self.internal_load(conn.inner())
    }

    /// Runs the query and returns the first row that comes; the query itself is not limited.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), and [`NotFound`](diesel::result::Error::NotFound) if there is no row.
    fn get_result<'query, U>(self, conn: &mut C) -> QueryResult<U>
    where
        Self: InScope<C::Scope> + LoadQuery<'query, C::Inner, U>,
    {
        let first = self.internal_load(conn.inner())?.next();
        first.unwrap_or(Err(diesel::result::Error::NotFound))
    }

    /// Runs the command and returns all rows that it returns; the same as [`load`](Self::load).
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    fn get_results<'query, U>(self, conn: &mut C) -> QueryResult<Vec<U>>
    where
        Self: InScope<C::Scope> + LoadQuery<'query, C::Inner, U>,
    {
        RunQueryDsl::load(self, conn)
    }

    /// Runs the query with `LIMIT 1` and returns the row.
    ///
    /// # Errors
    ///
    /// As [`get_result`](Self::get_result).
    fn first<'query, U>(self, conn: &mut C) -> QueryResult<U>
    where
        Self: InScope<C::Scope> + LimitDsl,
        Limit<Self>: LoadQuery<'query, C::Inner, U>,
    {
        let first = LimitDsl::limit(self, 1).internal_load(conn.inner())?.next();
        first.unwrap_or(Err(diesel::result::Error::NotFound))
    }
}

impl<T, C: ScopedConnection> RunQueryDsl<C> for T {}
