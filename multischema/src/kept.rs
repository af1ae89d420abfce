//! Statements that Diesel keeps prepared, as it does with those that it writes itself, by their text. What
//! [`diesel::sql_query`] sends is prepared anew each time, which costs one more message.

use diesel::QueryResult;
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::Error;
use diesel::sql_types::{Array, Integer, Oid as SqlOid, Text, Untyped};

/// A statement with values in it. There should be few different texts, as a connection keeps all of them.
pub(crate) struct Kept<'a> {
    text: String,
    values: Vec<Value<'a>>,
    after: String,
}

/// A value of a statement.
pub(crate) enum Value<'a> {
    Integer(i32),
    Oids(Vec<u32>),
    Text(&'a str),
}

impl<'a> Kept<'a> {
    /// Takes a text of constants, in which `$1`, `$2` and so on stand for the values: each once, in this order.
    pub(crate) fn new<const N: usize>(text: String, values: [Value<'a>; N]) -> Self {
        Self {
            text,
            values: values.into(),
            after: String::new(),
        }
    }

    /// Continues with text in which nothing stands for a value.
    pub(crate) fn then(mut self, text: &str) -> Self {
        self.after.push_str(text);
        self
    }
}

impl QueryId for Kept<'_> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Kept<'_> {
    type SqlType = Untyped;
}

impl QueryFragment<Pg> for Kept<'_> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut rest = &*self.text;
        for (index, value) in self.values.iter().enumerate() {
            let place = format!("${}", index + 1);
            let Some((before, after)) = rest.split_once(&place) else {
                let missing = format!("`{place}` is not in its place");
                return Err(Error::QueryBuilderError(missing.into()));
            };
            pass.push_sql(before);
            match value {
                Value::Integer(value) => pass.push_bind_param::<Integer, _>(value)?,
                Value::Oids(values) => pass.push_bind_param::<Array<SqlOid>, _>(values)?,
                Value::Text(value) => pass.push_bind_param::<Text, _>(value)?,
            }
            rest = after;
        }
        pass.push_sql(rest);
        pass.push_sql(&self.after);
        Ok(())
    }
}

impl diesel::RunQueryDsl<PgConnection> for Kept<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_where_their_numbers_are() {
        let values = [Value::Text("a"), Value::Integer(1)];
        let query = Kept::new("SELECT $1 FROM t($2)".to_owned(), values);
        // What comes then is no place.
        let query = query.then(r#" JOIN "$1""#);
        let text = diesel::debug_query::<Pg, _>(&query).to_string();
        assert_eq!(text, r#"SELECT $1 FROM t($2) JOIN "$1" -- binds: ["a", 1]"#);
    }

    #[test]
    fn a_value_that_is_not_in_its_place_is_an_error() {
        let values = [Value::Text("a"), Value::Integer(1)];
        let query = Kept::new("SELECT $2, $1".to_owned(), values);
        let mut builder = diesel::pg::PgQueryBuilder::default();
        let error = query.to_sql(&mut builder, &Pg).unwrap_err();
        assert_eq!(error.to_string(), "`$2` is not in its place");
    }
}
