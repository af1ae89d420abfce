//! Where a query may run, worked out from the tables in it.

use diesel::QuerySource;
use diesel::query_builder::{DeleteStatement, InsertStatement, Only, Tablesample, UpdateStatement};
use diesel::query_source::{Alias, AliasSource};

use super::mark::{Reaches, Scope, TableScope};
use crate::diesel_internal::{
    BoxedSelectStatement, FromClause, Join, JoinOn, NoFromClause, SelectStatement,
};

/// A query, all of whose tables a connection of scope `S` can reach.
///
/// Implemented for the tables and for each form of Diesel's queries in which they can stand:
/// `SELECT`, boxed, joined, aliased, combined (`UNION` and so on), `INSERT`, `UPDATE`, `DELETE`.
///
/// A sub-select inside an expression is not looked into (Diesel's expressions are open to other
/// crates' types); there the database refuses, as the search path of a global connection lists no
/// tenant's schema.
#[diagnostic::on_unimplemented(
    message = "the scope of this query is not known",
    label = "nothing says in which schema this reads and writes",
    note = "mark each table in it: `#[derive(MultiSchema)]` with `#[tenant]` or `#[global]` on a model, or \
            `multischema::tables! {{ tenant: [documents]; global: [plans] }}`",
    note = "for UNION, INTERSECT and EXCEPT: `use multischema::CombineDsl;`",
    note = "if you know where it goes, as with raw SQL, say `.unscoped()` first"
)]
pub trait InScope<S: Scope> {}

impl<T: TableScope, S: Reaches<T::Scope>> InScope<S> for T {}

// SELECT --------------------------------------------------------------------------------------------

impl<Q, S, Sel, D, W, O, L, G, H, Lock> InScope<S>
    for SelectStatement<FromClause<Q>, Sel, D, W, O, L, G, H, Lock>
where
    Q: QuerySource + InScope<S>,
    S: Scope,
{
}

impl<S, Sel, D, W, O, L, G, H, Lock> InScope<S>
    for SelectStatement<NoFromClause, Sel, D, W, O, L, G, H, Lock>
where
    S: Scope,
{
}

impl<Q, S, ST, DB, G> InScope<S> for BoxedSelectStatement<'_, ST, FromClause<Q>, DB, G>
where
    Q: QuerySource + InScope<S>,
    S: Scope,
{
}

impl<S: Scope, ST, DB, G> InScope<S> for BoxedSelectStatement<'_, ST, NoFromClause, DB, G> {}

// what stands in a FROM clause ----------------------------------------------------------------------

impl<Left, Right, Kind, S> InScope<S> for Join<Left, Right, Kind>
where
    Left: QuerySource + InScope<S>,
    Right: QuerySource + InScope<S>,
    S: Scope,
{
}

impl<J: InScope<S>, On, S: Scope> InScope<S> for JoinOn<J, On> {}

impl<A, S> InScope<S> for Alias<A>
where
    A: AliasSource<Target: InScope<S>>,
    S: Scope,
{
}

impl<T: InScope<S>, S: Scope> InScope<S> for Only<T> {}

impl<T: InScope<S>, Method, S: Scope> InScope<S> for Tablesample<T, Method> where
    Method: diesel::query_builder::TablesampleMethod
{
}

// INSERT, UPDATE, DELETE ----------------------------------------------------------------------------

impl<T, V, Op, R, S> InScope<S> for InsertStatement<T, V, Op, R>
where
    T: QuerySource + InScope<S>,
    S: Scope,
{
}

impl<T, W, V, R, S> InScope<S> for UpdateStatement<T, W, V, R>
where
    T: QuerySource + InScope<S>,
    S: Scope,
{
}

impl<T, W, R, S> InScope<S> for DeleteStatement<T, W, R>
where
    T: QuerySource + InScope<S>,
    S: Scope,
{
}
