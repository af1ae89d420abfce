//! All that this library uses of Diesel's hidden API, so that a new Diesel is checked in one place.

pub(crate) use diesel::insertable::CanInsertInSingleQuery;
pub(crate) use diesel::internal::derives::as_expression::Bound;
pub(crate) use diesel::internal::derives::multiconnection::{
    ConnectionSealed, MultiConnectionHelper,
};
pub(crate) use diesel::internal::table_macro::{
    BoxedSelectStatement, FromClause, Identifier, InfixNode, Join, JoinOn, NoFromClause,
    SelectStatement, StaticQueryFragment,
};
/// Its `walk_target` is hidden; it is what has a `COPY` name a table that is known at run time only.
#[cfg(feature = "fixture")]
pub(crate) use diesel::pg::CopyTarget;
pub(crate) use diesel::query_dsl::positional_order_dsl::{
    IntoPositionalOrderExpr, PositionalOrderDsl,
};
