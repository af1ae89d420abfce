//! What a foreign key can refer to.

use diesel::QueryResult;
use multischema::ScopedConnection;
use multischema_axum::DbError;

use super::list::{SHOWN, beginning, displayed};
use super::reach::{Job, Reach};
use super::sql::{Name, Relation, Sql, add, joined};
use super::texts::TextRow;

/// A row that can be referred to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Choice {
    pub(crate) value: String,
    /// As much of it as a list shows.
    pub(crate) label: String,
}

/// Looks for rows that a foreign key can refer to.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    pub(crate) of: Relation,
    /// The column that is referred to.
    pub(crate) column: String,
    pub(crate) display: Vec<String>,
    /// What the row is called has these words; all have none.
    pub(crate) words: Vec<String>,
    /// Only the row with this value.
    pub(crate) only: Option<String>,
    pub(crate) limit: usize,
}

impl Job for Choices {
    type Output = Vec<Choice>;

    fn run<C: Reach>(self, conn: &mut C) -> Result<Vec<Choice>, DbError> {
        conn.briefly(|conn| Ok(self.found(conn)?))
    }
}

impl Choices {
    pub(crate) fn found<C: ScopedConnection>(&self, conn: &mut C) -> QueryResult<Vec<Choice>> {
        // Who wants all wants them if they are few: no more are looked at, as no index has them in this order.
        let all = self.words.is_empty() && self.only.is_none();
        // Without words there is one text for each column that refers to others.
        let mut sql = match all {
            true => Sql::kept(),
            false => Sql::new(),
        };
        let column = Name(&self.column);
        let display = displayed("t", &self.display);
        let of = match all {
            true => format!("(SELECT * FROM {} LIMIT {})", self.of, self.limit),
            false => self.of.to_string(),
        };
        let label = beginning(
            &format!("coalesce({display}, t.{column}::pg_catalog.text)"),
            SHOWN,
        );
        add!(
            sql,
            "SELECT t.{column}::pg_catalog.text, {label} FROM {of} t"
        );
        let mut conditions: Vec<String> = Vec::new();
        for word in &self.words {
            let word = sql.bind(word.to_lowercase());
            conditions.push(format!(
                "pg_catalog.strpos(pg_catalog.lower({display}), {word}) > 0"
            ));
        }
        if let Some(only) = &self.only {
            let only = self.of.value(&mut sql, &self.column, only);
            conditions.push(format!("t.{column} = {only}"));
        }
        if !conditions.is_empty() {
            add!(sql, " WHERE {}", joined(conditions, " AND "));
        }
        add!(sql, " ORDER BY {display}, t.{column} LIMIT {}", self.limit);
        let found = sql.rows(conn)?;
        let text = |row: TextRow<'_>, column| row.get(column).unwrap_or_default().to_owned();
        let found = found.rows().map(|row| Choice {
            value: text(row, 0),
            label: text(row, 1),
        });
        Ok(found.collect())
    }
}
