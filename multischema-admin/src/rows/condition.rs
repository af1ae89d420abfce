//! What the rows of a list are chosen by.

use super::key::Key;
use super::sql::{Name, Relation, Sql, joined};

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

impl Condition {
    fn sql(&self, sql: &mut Sql, of: &Relation, key: &[String]) -> String {
        let mut compared = |column: &str, sign: &str, value: &str| {
            let value = of.value(sql, column, value);
            format!("t.{} {sign} {value}", Name(column))
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

/// What has the word anywhere, for `LIKE`.
pub(crate) fn pattern(word: &str) -> String {
    let word = word
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{word}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_looked_for_as_it_is() {
        assert_eq!(pattern("50%_\\"), "%50\\%\\_\\\\%");
    }
}
