//! A statement that is put together: of names from the catalog, in quotes, and of values, which are bound.

use std::fmt::{self, Write};
use std::sync::Arc;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, BoxedSqlQuery, Query, QueryFragment, QueryId, SqlQuery};
use diesel::result::Error;
use diesel::sql_types::{Text, Untyped};
use multischema::{RunQueryDsl, ScopedConnection, UnscopedExt};

use super::texts::Texts;
use crate::structure::{Table, TypeName};

/// A name of the catalog's, as SQL has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for char in self.0.chars() {
            if char == '"' {
                f.write_char('"')?;
            }
            f.write_char(char)?;
        }
        f.write_char('"')
    }
}

/// A table in its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Relation {
    schema: String,
    table: String,
    columns: Arc<[Typed]>,
    is_unaltered: bool,
}

/// A column, and its types as SQL has them.
#[derive(Debug, PartialEq, Eq)]
struct Typed {
    name: String,
    written_as: String,
    read_as: String,
}

impl Relation {
    pub(crate) fn of(table: &Table, schema: String) -> Self {
        let columns = table.columns.iter().map(|it| Typed {
            name: it.name.clone(),
            written_as: type_name(&it.written_as, &schema),
            read_as: type_name(&it.read_as, &schema),
        });
        Self {
            columns: columns.collect(),
            table: table.name.clone(),
            is_unaltered: table.is_unaltered,
            schema,
        }
    }

    /// Whether, by the template, rows need not be taken apart to have the columns that the table has.
    pub(super) fn is_unaltered(&self) -> bool {
        self.is_unaltered
    }

    /// A value that is compared with that of a column.
    pub(super) fn value(&self, sql: &mut Sql, column: &str, value: &str) -> String {
        let bound = sql.bind(value);
        let typed = self
            .typed(column)
            .map_or("pg_catalog.text", |it| &it.read_as);
        format!("CAST({bound} AS {typed})")
    }

    /// The rows that a list in JSON has, with these columns, called `name`. With `json_populate_recordset` those that it has not would be
    /// looked at as well, and a domain that is not null would refuse that.
    pub(super) fn records<'a>(
        &self,
        sql: &mut Sql,
        json: impl Into<String>,
        columns: impl IntoIterator<Item = &'a str>,
        name: &str,
    ) -> String {
        let bound = sql.bind(json);
        let columns = columns.into_iter().map(|column| {
            let typed = self.typed(column);
            let typed = typed.map_or("pg_catalog.text", |it| &it.written_as);
            format!("{} {typed}", Name(column))
        });
        let columns = joined(columns, ", ");
        format!("pg_catalog.json_to_recordset({bound}::pg_catalog.json) AS {name} ({columns})")
    }

    fn typed(&self, column: &str) -> Option<&Typed> {
        self.columns.iter().find(|it| it.name == column)
    }
}

fn type_name(of: &TypeName, tenant: &str) -> String {
    if let Some(name) = &of.built_in {
        return name.clone();
    }
    let schema = if of.is_tenant { tenant } else { &of.schema };
    let array = if of.is_array { "[]" } else { "" };
    format!("{}.{}{array}", Name(schema), Name(&of.name))
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", Name(&self.schema), Name(&self.table))
    }
}

/// A statement whose result is texts, and what is bound to it.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    text: String,
    binds: Vec<String>,
    /// Where a value is, there is its rank between two of [`BOUND`].
    is_kept: bool,
}

/// No name in a database has it.
const BOUND: char = '\0';

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Sql {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// One that each connection keeps prepared, for as long as it has its schema's: only for what has few texts, whatever is asked for. What
    /// it calls leaves nothing behind.
    pub(crate) fn kept() -> Self {
        Self {
            is_kept: true,
            ..Self::default()
        }
    }

    /// Binds a value, and returns what stands for it.
    pub(crate) fn bind(&mut self, value: impl Into<String>) -> String {
        self.binds.push(value.into());
        let rank = self.binds.len();
        match self.is_kept {
            true => format!("{BOUND}{rank}{BOUND}"),
            false => format!("${rank}"),
        }
    }

    /// Returns the rows, all of whose columns are texts.
    pub(crate) fn rows<C: ScopedConnection>(self, conn: &mut C) -> QueryResult<Texts> {
        match self.is_kept {
            true => Texts::load(Kept(self).unscoped(), conn),
            false => Texts::load(self.query().unscoped(), conn),
        }
    }

    /// Returns the rows, whose only column is called `line`.
    pub(crate) fn lines<C: ScopedConnection>(self, conn: &mut C) -> QueryResult<Vec<String>> {
        let lines: Vec<Line> = RunQueryDsl::load(self.query().unscoped(), conn)?;
        Ok(lines.into_iter().map(|it| it.line).collect())
    }

    fn query(self) -> BoxedSqlQuery<'static, Pg, SqlQuery> {
        debug_assert!(!self.is_kept, "its values are not numbered");
        let query = diesel::sql_query(self.text).into_boxed::<Pg>();
        self.binds
            .into_iter()
            .fold(query, |query, bind| query.bind::<Text, _>(bind))
    }
}

/// A statement that Diesel keeps prepared, as it does with its own: by its text.
struct Kept(Sql);

impl QueryId for Kept {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Kept {
    type SqlType = Untyped;
}

impl QueryFragment<Pg> for Kept {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (place, part) in self.0.text.split(BOUND).enumerate() {
            match place % 2 {
                0 => pass.push_sql(part),
                _ => {
                    let rank: Option<usize> = part.parse().ok();
                    let bound = rank.and_then(|it| self.0.binds.get(it.checked_sub(1)?));
                    let bound = bound.ok_or_else(|| {
                        Error::QueryBuilderError("no value is bound there".into())
                    })?;
                    pass.push_bind_param::<Text, _>(bound)?;
                }
            }
        }
        Ok(())
    }
}

/// Writing to a string does not fail.
impl Write for Sql {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

/// Adds to a statement.
macro_rules! add {
    ($sql:expr, $($text:tt)*) => {
        // Writing to a string does not fail.
        let _ = std::fmt::Write::write_fmt(&mut $sql, format_args!($($text)*));
    };
}
pub(crate) use add;

/// Items with a word between them.
pub(crate) fn joined<T: fmt::Display>(items: impl IntoIterator<Item = T>, between: &str) -> String {
    let mut text = String::new();
    for item in items {
        if !text.is_empty() {
            text.push_str(between);
        }
        let _ = write!(text, "{item}");
    }
    text
}

/// What a line of JSON is; that it is not what was asked for is an error of the database's.
pub(crate) fn parsed<T: serde::de::DeserializeOwned>(line: &str) -> QueryResult<T> {
    serde_json::from_str(line).map_err(|error| Error::DeserializationError(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        let relation = Relation {
            schema: "a".to_owned(),
            table: "x\"; DROP TABLE y; --".to_owned(),
            columns: Arc::default(),
            is_unaltered: true,
        };
        assert_eq!(relation.to_string(), "\"a\".\"x\"\"; DROP TABLE y; --\"");
    }

    #[test]
    fn a_value_is_bound() {
        let mut sql = Sql::new();
        let first = sql.bind("'");
        add!(sql, "SELECT {first}");
        assert_eq!(
            (sql.text.as_str(), sql.binds),
            ("SELECT $1", vec!["'".to_owned()])
        );
    }

    #[test]
    fn a_value_of_a_statement_that_is_kept_is_bound_wherever_it_is() {
        let mut sql = Sql::kept();
        let [first, second] = ["a", "b"].map(|it| sql.bind(it));
        add!(sql, "SELECT {second}, {first}, {second}");
        let text = diesel::debug_query::<Pg, _>(&Kept(sql)).to_string();
        assert_eq!(text, "SELECT $1, $2, $3 -- binds: [\"b\", \"a\", \"b\"]");
    }
}
