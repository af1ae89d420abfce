//! The explicit way out.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

use super::in_scope::InScope;
use super::mark::Scope;

/// Says of a query that the compiler need not know where its tables are.
pub trait UnscopedExt: Sized {
    /// Lets [`RunQueryDsl`](crate::RunQueryDsl) run the query on a connection of any scope.
    ///
    /// For raw SQL and for tables of other crates. Only the check of the compiler is left out: the
    /// connection still is where it is, and a global connection finds no tenant's table.
    ///
    /// # Examples
    ///
    /// ```
    /// use diesel::prelude::*;
    /// use multischema::{GlobalConnection, RunQueryDsl, SessionHandle, UnscopedExt};
    ///
    /// fn vacuum(conn: &mut GlobalConnection<impl SessionHandle>) -> QueryResult<usize> {
    ///     diesel::sql_query("VACUUM public.plans").unscoped().execute(conn)
    /// }
    /// ```
    #[must_use = "a query is only run when calling `load`, `execute` or similar"]
    fn unscoped(self) -> Unscoped<Self> {
        Unscoped(self)
    }
}

impl<Q> UnscopedExt for Q {}

/// A query that runs in any scope; see [`UnscopedExt::unscoped`].
#[derive(Debug, Clone, Copy)]
#[must_use = "a query is only run when calling `load`, `execute` or similar"]
pub struct Unscoped<Q>(Q);

impl<Q, S: Scope> InScope<S> for Unscoped<Q> {}

impl<Q: QueryId> QueryId for Unscoped<Q> {
    type QueryId = Q::QueryId;

    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query> Query for Unscoped<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Unscoped<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

impl<Q, Conn> diesel::RunQueryDsl<Conn> for Unscoped<Q> {}
