//! `UNION`, `INTERSECT` and `EXCEPT`, with the scope of both sides.

use diesel::QueryResult;
use diesel::dsl;
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::QueryDsl;
use diesel::query_dsl::methods::{LimitDsl, OffsetDsl};

use super::in_scope::InScope;
use super::mark::Scope;
use crate::diesel_internal::{IntoPositionalOrderExpr, PositionalOrderDsl};

/// Two queries combined, in the scope that reaches the tables of both.
///
/// Diesel keeps the type of its combined queries to itself, so this stands around it for
/// [`InScope`] to look inside.
#[derive(Debug, Clone, Copy, QueryId)]
#[must_use = "a query is only run when calling `load`, `get_result` or similar"]
pub struct Combined<Q, Left, Right> {
    query: Q,
    sides: std::marker::PhantomData<(Left, Right)>,
}

impl<Q, Left, Right> Combined<Q, Left, Right> {
    fn new(query: Q) -> Self {
        Self {
            query,
            sides: std::marker::PhantomData,
        }
    }
}

impl<Q, Left, Right, S> InScope<S> for Combined<Q, Left, Right>
where
    Left: InScope<S>,
    Right: InScope<S>,
    S: Scope,
{
}

impl<Q: Query, Left, Right> Query for Combined<Q, Left, Right> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Pg>, Left, Right> QueryFragment<Pg> for Combined<Q, Left, Right> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.query.walk_ast(pass)
    }
}

impl<Q, Left, Right, Conn> diesel::RunQueryDsl<Conn> for Combined<Q, Left, Right> {}

impl<Q, Left, Right> QueryDsl for Combined<Q, Left, Right> {}

impl<Q: LimitDsl, Left, Right> LimitDsl for Combined<Q, Left, Right> {
    type Output = Combined<Q::Output, Left, Right>;

    fn limit(self, limit: i64) -> Self::Output {
        Combined::new(self.query.limit(limit))
    }
}

impl<Q: OffsetDsl, Left, Right> OffsetDsl for Combined<Q, Left, Right> {
    type Output = Combined<Q::Output, Left, Right>;

    fn offset(self, offset: i64) -> Self::Output {
        Combined::new(self.query.offset(offset))
    }
}

impl<Q, Left, Right, Expr> PositionalOrderDsl<Expr> for Combined<Q, Left, Right>
where
    Q: PositionalOrderDsl<Expr>,
    Expr: IntoPositionalOrderExpr,
{
    type Output = Combined<Q::Output, Left, Right>;

    fn positional_order_by(self, order: Expr) -> Self::Output {
        Combined::new(self.query.positional_order_by(order))
    }
}

macro_rules! combinators {
    ($($(#[$doc:meta])* $method:ident -> $output:ident;)*) => {
        /// Combines two queries whose columns have the same types.
        ///
        /// The methods are those of [`diesel::CombineDsl`]. Import this trait by name, beside Diesel's
        /// prelude, as [`RunQueryDsl`](crate::RunQueryDsl).
        ///
        /// # Examples
        ///
        /// ```
        /// use diesel::prelude::*;
        /// use multischema::{CombineDsl, RunQueryDsl, SessionHandle, TenantConnection};
        ///
        /// diesel::table! { documents { id -> Integer, title -> Text } }
        /// diesel::table! { public.plans (id) { id -> Integer, name -> Text } }
        /// multischema::tables! { tenant: [documents]; global: [plans] }
        ///
        /// fn names(conn: &mut TenantConnection<impl SessionHandle>) -> QueryResult<Vec<String>> {
        ///     let titles = documents::table.select(documents::title);
        ///     titles.union(plans::table.select(plans::name)).load(conn)
        /// }
        /// ```
        pub trait CombineDsl: diesel::CombineDsl + Sized {
            $(
                $(#[$doc])*
                fn $method<Right>(self, right: Right) -> Combined<dsl::$output<Self, Right>, Self, Right>
                where
                    Right: AsQuery<SqlType = <Self::Query as Query>::SqlType>,
                {
                    Combined::new(diesel::CombineDsl::$method(self, right))
                }
            )*
        }

        impl<Q: diesel::CombineDsl> CombineDsl for Q {}

        /// So that a combined query can be the left side of another.
        impl<Q: diesel::CombineDsl, L, R> diesel::CombineDsl for Combined<Q, L, R> {
            type Query = Q::Query;

            $(
                fn $method<Right>(self, right: Right) -> dsl::$output<Self, Right>
                where
                    Right: AsQuery<SqlType = <Self::Query as Query>::SqlType>,
                {
                    diesel::CombineDsl::$method(self.query, right)
                }
            )*
        }
    };
}

combinators! {
    /// The rows of either query, each once.
    union -> Union;
    /// The rows of either query.
    union_all -> UnionAll;
    /// The rows that both queries have, each once.
    intersect -> Intersect;
    /// The rows that both queries have.
    intersect_all -> IntersectAll;
    /// The rows of the first query that the second does not have, each once.
    except -> Except;
    /// The rows of the first query that the second does not have.
    except_all -> ExceptAll;
}
