//! Queries of ours, which Diesel keeps prepared.

use std::marker::PhantomData;

use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Text;
use diesel::{QueryResult, RunQueryDsl};

use crate::name::SchemaName;

/// A query of ours, with at most two values in it. Its id is static, so that it is prepared once per
/// connection.
pub(super) struct Ours<'a, Id> {
    text: [&'static str; 3],
    values: [Option<&'a str>; 2],
    id: PhantomData<Id>,
}

/// What a query of ours returns.
pub(super) trait Returns: 'static {
    type SqlType;
}

impl<'a, Id> Ours<'a, Id> {
    pub(super) fn new(text: &'static str) -> Self {
        Self {
            text: [text, "", ""],
            values: [None; 2],
            id: PhantomData,
        }
    }

    pub(super) fn with(before: &'static str, value: &'a str, after: &'static str) -> Self {
        Self {
            text: [before, after, ""],
            values: [Some(value), None],
            id: PhantomData,
        }
    }

    pub(super) fn with_two(text: [&'static str; 3], values: [&'a str; 2]) -> Self {
        Self {
            text,
            values: values.map(Some),
            id: PhantomData,
        }
    }
}

impl<Id: Returns> QueryId for Ours<'_, Id> {
    type QueryId = Id;
}

impl<Id: Returns> Query for Ours<'_, Id> {
    type SqlType = Id::SqlType;
}

impl<Id> QueryFragment<Pg> for Ours<'_, Id> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let [first, rest @ ..] = &self.text;
        pass.push_sql(first);
        for (value, text) in self.values.iter().zip(rest) {
            if let Some(value) = value {
                pass.push_bind_param::<Text, _>(value)?;
            }
            pass.push_sql(text);
        }
        Ok(())
    }
}

impl<Id> RunQueryDsl<PgConnection> for Ours<'_, Id> {}

/// A query of ours that is prepared once for each place from which it is sent: PostgreSQL plans a statement anew,
/// which takes several times as long as to run it, when the search path is not that of its last time.
pub(super) struct From<'a, Id> {
    query: Ours<'a, Id>,
    place: Option<&'a SchemaName>,
}

impl<'a, Id> Ours<'a, Id> {
    pub(super) fn sent_from(self, place: Option<&'a SchemaName>) -> From<'a, Id> {
        From { query: self, place }
    }
}

impl<Id> QueryId for From<'_, Id> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Id: Returns> Query for From<'_, Id> {
    type SqlType = Id::SqlType;
}

impl<Id> QueryFragment<Pg> for From<'_, Id> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.query.walk_ast(pass.reborrow())?;
        if let Some(place) = self.place {
            pass.push_sql(" /* from ");
            pass.push_sql(place.as_str());
            pass.push_sql(" */");
        }
        Ok(())
    }
}

impl<Id> RunQueryDsl<PgConnection> for From<'_, Id> {}
