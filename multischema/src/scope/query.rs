//! A query that belongs to one schema.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

use crate::name::SchemaName;

/// Keeps Diesel and PostgreSQL from using one schema's statement for another.
///
/// Diesel finds the statement of a query of known shape by its type alone, so that all schemata on a
/// connection would share one; PostgreSQL then plans it again at each switch, and refuses when a type
/// differs. Without a static id Diesel goes by the text, and the text names the schema. (It also shows
/// up in `pg_stat_activity`, in the server's log and in Diesel's instrumentation.)
pub(super) struct ScopedQuery<Q> {
    query: Q,
    schema: Option<SchemaName>,
}

impl<Q> ScopedQuery<Q> {
    pub(super) fn new(query: Q, schema: Option<&SchemaName>) -> Self {
        Self {
            query,
            schema: schema.cloned(),
        }
    }
}

impl<Q> QueryId for ScopedQuery<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for ScopedQuery<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for ScopedQuery<Q> {
    // The tag is written here and not in `to_sql`: Diesel executes `&ScopedQuery`, and a reference
    // forwards `walk_ast` only. A `SchemaName` cannot end the comment.
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.query.walk_ast(pass.reborrow())?;
        pass.push_sql(" /* schema=");
        pass.push_sql(self.schema.as_ref().map_or("public", SchemaName::as_str));
        pass.push_sql(" */");
        Ok(())
    }
}
