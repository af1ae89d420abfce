//! A statement that is put together: of names from the catalog, in quotes, and of values, which are bound.

use std::fmt::{self, Write};

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;
use multischema::{RunQueryDsl, ScopedConnection, UnscopedExt};

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
    pub(crate) schema: String,
    pub(crate) table: String,
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", Name(&self.schema), Name(&self.table))
    }
}

/// A statement whose result is a text a row, and what is bound to it.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    text: String,
    binds: Vec<String>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Sql {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Binds a value, and returns what stands for it.
    pub(crate) fn bind(&mut self, value: impl Into<String>) -> String {
        self.binds.push(value.into());
        format!("${}", self.binds.len())
    }

    /// Returns the rows, whose only column is called `line`.
    pub(crate) fn lines<C: ScopedConnection>(self, conn: &mut C) -> QueryResult<Vec<String>> {
        let mut query = diesel::sql_query(self.text).into_boxed::<Pg>();
        for bind in self.binds {
            query = query.bind::<Text, _>(bind);
        }
        let lines: Vec<Line> = RunQueryDsl::load(query.unscoped(), conn)?;
        Ok(lines.into_iter().map(|it| it.line).collect())
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
    serde_json::from_str(line)
        .map_err(|error| diesel::result::Error::DeserializationError(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        let relation = Relation {
            schema: "a".to_owned(),
            table: "x\"; DROP TABLE y; --".to_owned(),
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
}
