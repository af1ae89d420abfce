//! The rows of a list.

use diesel::QueryResult;
use multischema::ScopedConnection;
use multischema_axum::DbError;

use super::key::{Key, record};
use super::paging::{Edge, Paging};
use super::reach::{Job, Reach};
use super::sql::{Name, Relation, Sql, add, joined, parsed};
use crate::model::Order;

/// How many rows are counted before it is said that there are more.
pub(crate) const COUNTED: usize = 10_000;
/// Characters of a value that a list shows.
const SHOWN: usize = 200;
/// How long the database may look for a page.
const PATIENCE: &str = "10s";

/// A condition that rows are chosen by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Is {
        column: String,
        value: String,
    },
    IsNull {
        column: String,
        is_null: bool,
    },
    From {
        column: String,
        value: String,
    },
    To {
        column: String,
        value: String,
    },
    /// Each word is in one of the columns.
    Has {
        columns: Vec<String>,
        words: Vec<String>,
    },
    /// It is one of these.
    OneOf {
        keys: Vec<Key>,
    },
}

/// What a list shows of a column.
#[derive(Debug, Clone)]
pub(crate) enum Shown {
    Column(String),
    /// The whole value, as something is made of it.
    Whole(String),
    /// What the row is called that a foreign key refers to.
    Referred {
        column: String,
        to: Relation,
        to_column: String,
        display: Vec<String>,
    },
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub(crate) of: Relation,
    pub(crate) key: Vec<String>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) conditions: Vec<Condition>,
    /// To the key, so that no two rows are equal.
    pub(crate) order: Vec<Order>,
    pub(crate) paging: Paging,
    pub(crate) limit: usize,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct ListPage {
    pub(crate) rows: Vec<ListRow>,
    pub(crate) has_before: bool,
    pub(crate) has_after: bool,
    pub(crate) count: Count,
}

/// How many rows there are on all pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    Exactly(usize),
    MoreThan(usize),
    /// By the last statistics.
    About(usize),
}

#[derive(Debug)]
pub(crate) struct ListRow {
    pub(crate) key: Key,
    pub(crate) edge: Edge,
    pub(crate) cells: Vec<Option<String>>,
}

impl Job for List {
    type Output = ListPage;

    fn run<C: Reach>(self, conn: &mut C) -> Result<ListPage, DbError> {
        conn.whole(|conn| {
            impatient(conn)?;
            let count = self.count(conn)?;
            let (mut rows, is_more) = self.rows(conn)?;
            let is_backwards = self.paging.is_backwards();
            if is_backwards {
                rows.reverse();
            }
            let is_inside = !matches!(self.paging, Paging::First | Paging::Last | Paging::Skip(0));
            let (has_before, has_after) = match is_backwards {
                true => (is_more, is_inside),
                false => (is_inside, is_more),
            };
            Ok(ListPage {
                rows,
                has_before,
                has_after,
                count,
            })
        })
    }
}

impl List {
    pub(crate) fn rows<C: ScopedConnection>(
        &self,
        conn: &mut C,
    ) -> QueryResult<(Vec<ListRow>, bool)> {
        let mut sql = Sql::new();
        let columns = self
            .key
            .iter()
            .map(|it| format!("t.{}::pg_catalog.text", Name(it)));
        let columns = columns.chain(
            self.order
                .iter()
                .map(|it| format!("t.{}::pg_catalog.text", Name(&it.column))),
        );
        let columns = joined(columns.chain(self.shown.iter().map(Self::cell)), ", ");
        add!(
            sql,
            "SELECT pg_catalog.json_build_array({columns})::pg_catalog.text AS line FROM {} t",
            self.of
        );
        let paged = self.paging.condition(&mut sql, &self.of, &self.order);
        self.choose(&mut sql, paged);
        add!(
            sql,
            " ORDER BY {} LIMIT {}",
            self.paging.order(&self.order),
            self.limit + 1
        );
        if let Paging::Skip(rows) = self.paging {
            add!(sql, " OFFSET {rows}");
        }
        let mut lines = sql.lines(conn)?;
        let is_more = lines.len() > self.limit;
        lines.truncate(self.limit);
        let rows: QueryResult<Vec<ListRow>> = lines.iter().map(|it| self.row(it)).collect();
        Ok((rows?, is_more))
    }

    fn row(&self, line: &str) -> QueryResult<ListRow> {
        let values: Vec<Option<String>> = parsed(line)?;
        let mut values = values.into_iter();
        let mut texts = |count| {
            values
                .by_ref()
                .take(count)
                .map(Option::unwrap_or_default)
                .collect()
        };
        let key = Key(texts(self.key.len()));
        let edge = Edge(texts(self.order.len()));
        Ok(ListRow {
            key,
            edge,
            cells: values.collect(),
        })
    }

    fn cell(shown: &Shown) -> String {
        let text = match shown {
            Shown::Whole(column) => return format!("t.{}::pg_catalog.text", Name(column)),
            Shown::Column(column) => format!("t.{}::pg_catalog.text", Name(column)),
            Shown::Referred {
                column,
                to,
                to_column,
                display,
            } => {
                let (column, to_column) = (Name(column), Name(to_column));
                let display = displayed("r", display);
                format!(
                    "coalesce((SELECT {display} FROM {to} r WHERE r.{to_column} = t.{column}), t.{column}::pg_catalog.text)"
                )
            }
        };
        format!("pg_catalog.left({text}, {})", SHOWN + 1)
    }

    /// Adds `WHERE`.
    fn choose(&self, sql: &mut Sql, paged: Option<String>) {
        let chosen = chosen(sql, &self.conditions, &self.of, &self.key);
        let all = joined(chosen.into_iter().chain(paged), " AND ");
        if !all.is_empty() {
            add!(*sql, " WHERE {all}");
        }
    }

    fn count<C: ScopedConnection>(&self, conn: &mut C) -> QueryResult<Count> {
        let mut sql = Sql::new();
        add!(
            sql,
            "SELECT pg_catalog.count(*)::pg_catalog.text AS line FROM (SELECT FROM {} t",
            self.of
        );
        self.choose(&mut sql, None);
        add!(sql, " LIMIT {}) counted", COUNTED + 1);
        let counted = number(&sql.lines(conn)?)?;
        if counted <= COUNTED {
            return Ok(Count::Exactly(counted));
        }
        if !self.conditions.is_empty() {
            return Ok(Count::MoreThan(COUNTED));
        }
        let mut sql = Sql::new();
        let of = sql.bind(self.of.to_string());
        add!(
            sql,
            "SELECT greatest(c.reltuples, 0)::pg_catalog.int8::pg_catalog.text AS line FROM pg_catalog.pg_class c \
             WHERE c.oid = {of}::pg_catalog.regclass"
        );
        let estimated = number(&sql.lines(conn)?)?;
        Ok(match estimated > COUNTED {
            true => Count::About(estimated),
            false => Count::MoreThan(COUNTED),
        })
    }
}

impl Condition {
    fn sql(&self, sql: &mut Sql, of: &Relation, key: &[String]) -> String {
        let mut compared = |column: &str, sign: &str, value: &str| {
            let value = record(sql, of, [(column.to_owned(), Some(value.to_owned()))]);
            format!("t.{0} {sign} {value}.{0}", Name(column))
        };
        match self {
            Self::Is { column, value } => compared(column, "=", value),
            Self::From { column, value } => compared(column, ">=", value),
            Self::To { column, value } => compared(column, "<=", value),
            Self::IsNull { column, is_null } => {
                let not = if *is_null { "" } else { " NOT" };
                format!("t.{} IS{not} NULL", Name(column))
            }
            Self::Has { columns, words } => {
                let words = words.iter().map(|word| {
                    let pattern = sql.bind(pattern(word));
                    let columns = columns
                        .iter()
                        .map(|it| format!("t.{}::pg_catalog.text ILIKE {pattern}", Name(it)));
                    format!("({})", joined(columns, " OR "))
                });
                joined(words, " AND ")
            }
            Self::OneOf { keys } => Key::conditions(keys, sql, of, key),
        }
    }
}

/// What is true of the rows of `t` that are chosen; nothing if all are.
pub(super) fn chosen(
    sql: &mut Sql,
    conditions: &[Condition],
    of: &Relation,
    key: &[String],
) -> Option<String> {
    let conditions: Vec<String> = conditions.iter().map(|it| it.sql(sql, of, key)).collect();
    (!conditions.is_empty()).then(|| joined(conditions, " AND "))
}

/// What a row of `table` is called.
pub(crate) fn displayed(table: &str, columns: &[String]) -> String {
    let columns = columns
        .iter()
        .map(|it| format!("{table}.{}::pg_catalog.text", Name(it)));
    format!(
        "nullif(pg_catalog.concat_ws(' ', {}), '')",
        joined(columns, ", ")
    )
}

/// Has PostgreSQL give up before whoever asked does.
pub(crate) fn impatient<C: ScopedConnection>(conn: &mut C) -> QueryResult<()> {
    let mut sql = Sql::new();
    add!(
        sql,
        "SELECT pg_catalog.concat(pg_catalog.set_config('statement_timeout', '{PATIENCE}', true), \
         pg_catalog.set_config('lock_timeout', '{PATIENCE}', true)) AS line"
    );
    sql.lines(conn).map(drop)
}

/// What has the word anywhere, for `LIKE`.
pub(crate) fn pattern(word: &str) -> String {
    let word = word
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{word}%")
}

fn number(lines: &[String]) -> QueryResult<usize> {
    parsed(lines.first().map_or("0", String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_looked_for_as_it_is() {
        assert_eq!(pattern("50%_\\"), "%50\\%\\_\\\\%");
    }
}
