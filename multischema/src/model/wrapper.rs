//! What the query wrappers of the derive are made of.
//!
//! The derive writes which query a wrapper runs; how it runs, and what it asks of a model, a new row and a set of
//! changes, is here. Each of these has a trait with one blanket impl, so that what is missing is one error with the
//! remedy in it.

use diesel::QueryResult;
use diesel::deserialize::FromSqlRow;
use diesel::dsl::{AsSelect, Eq, SqlTypeOf};
use diesel::expression::{AsExpression, QueryMetadata, Selectable, TypedExpressionType};
use diesel::pg::Pg;
use diesel::query_builder::{AsChangeset, AstPass, Query, QueryFragment, QueryId};
use diesel::result::Error;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, SqlType};
use diesel::{Expression, ExpressionMethods, Insertable, SelectableHelper};

use super::in_scope::InScope;
use super::mark::Scope;
use super::run::{RunQueryDsl, ScopedConnection};
use crate::diesel_internal::{Bound, CanInsertInSingleQuery};

/// A model that can be read: one with `#[derive(Queryable, Selectable)]` or `#[derive(HasQuery)]`.
#[diagnostic::on_unimplemented(
    message = "the rows of its table cannot be read as `{Self}`",
    label = "the query wrappers read this struct",
    note = "add `#[derive(Queryable, Selectable)]` or `#[derive(HasQuery)]`",
    note = "if it has them: a type parameter does not fit its column, or a lifetime is not `'static`"
)]
pub trait Row: Sized + 'static {
    /// Runs a query that selects this model.
    #[doc(hidden)]
    fn rows<Q, C>(query: Q, conn: &mut C) -> QueryResult<Vec<Self>>
    where
        Self: Selectable<Pg, SelectExpression: QueryId>,
        C: ScopedConnection,
        Q: InScope<C::Scope> + diesel::RunQueryDsl<C::Inner>,
        Q: Query<SqlType = AsSelect<Self, Pg>> + QueryFragment<Pg> + QueryId;

    /// As [`rows`](Self::rows), but returns the first of them.
    #[doc(hidden)]
    fn row<Q, C>(query: Q, conn: &mut C) -> QueryResult<Self>
    where
        Self: Selectable<Pg, SelectExpression: QueryId>,
        C: ScopedConnection,
        Q: InScope<C::Scope> + diesel::RunQueryDsl<C::Inner>,
        Q: Query<SqlType = AsSelect<Self, Pg>> + QueryFragment<Pg> + QueryId;
}

#[diagnostic::do_not_recommend]
impl<M, Columns> Row for M
where
    M: Selectable<Pg, SelectExpression: QueryId + Expression<SqlType = Columns>>,
    M: FromSqlRow<Columns, Pg> + 'static,
    Columns: SqlType + TypedExpressionType + 'static,
    Pg: QueryMetadata<Columns>,
{
    fn rows<Q, C>(query: Q, conn: &mut C) -> QueryResult<Vec<Self>>
    where
        C: ScopedConnection,
        Q: InScope<C::Scope> + diesel::RunQueryDsl<C::Inner>,
        Q: Query<SqlType = AsSelect<Self, Pg>> + QueryFragment<Pg> + QueryId,
    {
        RunQueryDsl::load(query, conn)
    }

    fn row<Q, C>(query: Q, conn: &mut C) -> QueryResult<Self>
    where
        C: ScopedConnection,
        Q: InScope<C::Scope> + diesel::RunQueryDsl<C::Inner>,
        Q: Query<SqlType = AsSelect<Self, Pg>> + QueryFragment<Pg> + QueryId,
    {
        RunQueryDsl::get_result(query, conn)
    }
}

/// [`Row`] for a struct without parameters, with the columns `S`.
///
/// It is made for one error where there would be many: `S` is a parameter, and there is a second impl, so that the
/// compiler does not know `S` if the first does not fit, and does not complain of all that cannot be done with it. (A
/// struct with parameters needs a bound instead, behind which the compiler would not see what `S` is.)
#[diagnostic::on_unimplemented(
    message = "the rows of its table cannot be read as `{Self}`",
    label = "the query wrappers read this struct",
    note = "add `#[derive(Queryable, Selectable)]` or `#[derive(HasQuery)]`",
    note = "if it has them, `#[diesel(check_for_backend(diesel::pg::Pg))]` names the field whose type does not fit",
    note = "a struct that is never read leaves out what reads: `skip(all, find, create, update)`"
)]
pub trait PlainRow<S>: Sized {
    /// Returns the columns of the struct.
    fn selection() -> S;

    /// Runs a query that selects them.
    ///
    /// # Errors
    ///
    /// As [`RunQueryDsl::load`].
    fn rows<Q, C>(query: Q, conn: &mut C) -> QueryResult<Vec<Self>>
    where
        C: ScopedConnection,
        Q: InScope<C::Scope> + diesel::RunQueryDsl<C::Inner>,
        Q: Query<SqlType = S> + QueryFragment<Pg> + QueryId;

    /// As [`rows`](Self::rows), but returns the first of them.
    ///
    /// # Errors
    ///
    /// As [`RunQueryDsl::get_result`].
    fn row<Q, C>(query: Q, conn: &mut C) -> QueryResult<Self>
    where
        C: ScopedConnection,
        Q: InScope<C::Scope> + diesel::RunQueryDsl<C::Inner>,
        Q: Query<SqlType = S> + QueryFragment<Pg> + QueryId;
}

#[diagnostic::do_not_recommend]
impl<M: Row + Selectable<Pg, SelectExpression: QueryId>> PlainRow<AsSelect<M, Pg>> for M {
    fn selection() -> AsSelect<M, Pg> {
        M::as_select()
    }

    fn rows<Q, C>(query: Q, conn: &mut C) -> QueryResult<Vec<Self>>
    where
        C: ScopedConnection,
        Q: InScope<C::Scope> + diesel::RunQueryDsl<C::Inner>,
        Q: Query<SqlType = AsSelect<M, Pg>> + QueryFragment<Pg> + QueryId,
    {
        Row::rows(query, conn)
    }

    fn row<Q, C>(query: Q, conn: &mut C) -> QueryResult<Self>
    where
        C: ScopedConnection,
        Q: InScope<C::Scope> + diesel::RunQueryDsl<C::Inner>,
        Q: Query<SqlType = AsSelect<M, Pg>> + QueryFragment<Pg> + QueryId,
    {
        Row::row(query, conn)
    }
}

/// Has no implementation.
pub trait Never: Sized {
    /// Is never called.
    fn never<T>() -> T;
}

#[diagnostic::do_not_recommend]
impl<M: Never> PlainRow<()> for M {
    fn selection() {}

    fn rows<Q, C>(_: Q, _: &mut C) -> QueryResult<Vec<Self>> {
        M::never()
    }

    fn row<Q, C>(_: Q, _: &mut C) -> QueryResult<Self> {
        M::never()
    }
}

/// What `create` takes: one new row of the table `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a new row of `{T}`",
    label = "cannot be inserted there",
    note = "add `#[derive(Insertable)]` to the struct, and `#[diesel(table_name = …)]`",
    note = "or say the columns: `(documents::title.eq(\"…\"), documents::owner.eq(7))`"
)]
pub trait NewRow<T>:
    Insertable<T, Values: QueryFragment<Pg> + CanInsertInSingleQuery<Pg> + QueryId>
{
}

#[diagnostic::do_not_recommend]
impl<T, N> NewRow<T> for N where
    N: Insertable<T, Values: QueryFragment<Pg> + CanInsertInSingleQuery<Pg> + QueryId>
{
}

/// Refuses to insert a list or the rows of a query, all of which look alike to the compiler.
///
/// `create` returns one row; of several it would lose all but the first.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct OneRow<N>(N);

impl<N> OneRow<N> {
    /// Wraps what is to be inserted.
    pub fn new(row: N) -> Self {
        Self(row)
    }
}

impl<T, N: Insertable<T>> Insertable<T> for OneRow<N> {
    type Values = OneRow<N::Values>;

    fn values(self) -> Self::Values {
        OneRow(self.0.values())
    }
}

impl<V: CanInsertInSingleQuery<Pg>> CanInsertInSingleQuery<Pg> for OneRow<V> {
    // Also for an empty list, for which Diesel would else send another statement.
    fn rows_to_insert(&self) -> Option<usize> {
        Some(1)
    }
}

impl<V: QueryFragment<Pg> + CanInsertInSingleQuery<Pg>> QueryFragment<Pg> for OneRow<V> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.0.rows_to_insert() == Some(1) {
            self.0.walk_ast(pass)
        } else {
            Err(Error::QueryBuilderError(
                "`create` takes one row; insert several with `diesel::insert_into`".into(),
            ))
        }
    }
}

/// What `update` takes: new values for columns of the table `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of changes to `{T}`",
    label = "cannot be set there",
    note = "add `#[derive(AsChangeset)]` to the struct, and `#[diesel(table_name = …)]`",
    note = "or say the columns: `documents::title.eq(\"…\")`"
)]
pub trait Changes<T>: AsChangeset<Target = T, Changeset: QueryFragment<Pg>> {}

#[diagnostic::do_not_recommend]
impl<T, Ch> Changes<T> for Ch where Ch: AsChangeset<Target = T, Changeset: QueryFragment<Pg>> {}

/// What `find`, `update` and `delete` take: a value for a column of the primary key.
///
/// It is what Diesel can send to the column ([`ToSql`]), by value or by reference.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value for the key column `{Column}`",
    label = "not of the type of the column",
    note = "it takes what Diesel can send to a column of this type, or a reference to it"
)]
pub trait Key<Column: Expression>: ToSql<SqlTypeOf<Column>, Pg> {}

#[diagnostic::do_not_recommend]
impl<Column: Expression, T: ToSql<SqlTypeOf<Column>, Pg>> Key<Column> for T {}

/// Returns the condition that a key column has a value.
pub fn key<Column, T>(column: Column, value: T) -> Eq<Column, Bound<SqlTypeOf<Column>, T>>
where
    Column: Expression<SqlType: SqlType> + ExpressionMethods,
    Bound<SqlTypeOf<Column>, T>: AsExpression<SqlTypeOf<Column>>,
{
    column.eq(Bound::new(value))
}

/// Counts the rows of a query: `SELECT COUNT(*) FROM (query) AS counted`.
///
/// `.count()` replaces what is selected and counts before `LIMIT` and `GROUP BY`; around the query it is the number
/// of rows that come. The way to write it is that of Diesel's guide to pagination
/// (<https://diesel.rs/guides/extending-diesel.html>).
#[derive(Debug, Clone, Copy, QueryId)]
pub struct Counted<Q>(Q);

impl<Q> Counted<Q> {
    /// Wraps the query.
    pub fn new(query: Q) -> Self {
        Self(query)
    }
}

impl<Q: Query> Query for Counted<Q> {
    type SqlType = BigInt;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Counted<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("SELECT COUNT(*) FROM (");
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(") AS counted");
        Ok(())
    }
}

impl<Q, Conn> diesel::RunQueryDsl<Conn> for Counted<Q> {}

impl<Q: InScope<S>, S: Scope> InScope<S> for Counted<Q> {}
