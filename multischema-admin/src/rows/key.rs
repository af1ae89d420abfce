//! The primary key of an object, as it is written in addresses.

use std::borrow::Cow;
use std::fmt;

use super::sql::{Name, Relation, Sql, joined};

/// The values of a primary key, as PostgreSQL writes them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key(pub(crate) Vec<String>);

impl Key {
    /// Reads what [`Display`](fmt::Display) writes, if it has as many values as the key has columns.
    pub(crate) fn parse(text: &str, columns: usize) -> Option<Self> {
        let mut values = vec![String::new()];
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            let last = values.last_mut()?;
            match char {
                '\\' => match chars.next()? {
                    'e' => {}
                    char @ ('\\' | ',') => last.push(char),
                    _ => return None,
                },
                ',' => values.push(String::new()),
                // PostgreSQL has no text with it.
                '\0' => return None,
                char => last.push(char),
            }
        }
        (values.len() == columns && !text.is_empty()).then_some(Self(values))
    }

    /// The condition that a row is this one, for a table that is called `t`; values are read as its columns' types.
    pub(crate) fn condition(&self, sql: &mut Sql, of: &Relation, columns: &[String]) -> String {
        let equal = columns.iter().zip(&self.0).map(|(column, value)| {
            format!("t.{} = {}", Name(column), of.value(sql, column, value))
        });
        joined(equal, " AND ")
    }

    /// The condition that a row is one of these, which are bound together, however many they are.
    pub(crate) fn conditions(
        keys: &[Self],
        sql: &mut Sql,
        of: &Relation,
        columns: &[String],
    ) -> String {
        let keys = keys.iter().map(|key| {
            let values = columns.iter().cloned().zip(key.0.iter().cloned());
            let values = values.map(|(column, value)| (column, value.into()));
            serde_json::Value::Object(values.collect())
        });
        let keys = serde_json::Value::Array(keys.collect());
        among(sql, of, &keys.to_string(), columns, columns)
    }

    /// [`Display`](fmt::Display) in SQL, of the row `t`.
    pub(crate) fn text(columns: &[String]) -> String {
        let values = columns.iter().map(|it| {
            format!(
                "coalesce(nullif(pg_catalog.replace(pg_catalog.replace(t.{}::pg_catalog.text, '\\', '\\\\'), ',', '\\,'), ''), '\\e')",
                Name(it)
            )
        });
        format!("pg_catalog.concat_ws(',', {})", joined(values, ", "))
    }

    /// The number of the schema whose block an id is of, counting ids unique across schemata.
    pub(crate) fn block(&self) -> Option<i32> {
        let [id] = self.0.as_slice() else { return None };
        let id: i64 = id.parse().ok()?;
        i32::try_from((id - 1).checked_shr(32)?)
            .ok()
            .filter(|it| *it > 0)
    }

    /// For an address.
    pub(crate) fn segment(&self) -> String {
        segment(&self.to_string()).into_owned()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.0.iter().map(String::as_str)))
    }
}

/// How a key with these values is written.
pub(super) fn written<'a>(mut values: impl Iterator<Item = &'a str>) -> Cow<'a, str> {
    let escaped = |value: &'a str| match value {
        "" => Cow::Borrowed("\\e"),
        value if value.contains(['\\', ',']) => {
            value.replace('\\', "\\\\").replace(',', "\\,").into()
        }
        value => value.into(),
    };
    let mut key = values.next().map(escaped).unwrap_or_default();
    for value in values {
        key += ",";
        key += escaped(value);
    }
    key
}

/// What a key that was written is in an address.
pub(crate) fn segment(key: &str) -> Cow<'_, str> {
    percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC).into()
}

/// The condition that columns of `t` have the values that columns of one of these rows have; `rows` is JSON.
pub(crate) fn among(
    sql: &mut Sql,
    of: &Relation,
    rows: &str,
    columns: &[String],
    of_rows: &[String],
) -> String {
    let rows = of.records(sql, rows, of_rows.iter().map(String::as_str), "v");
    let equal = columns.iter().zip(of_rows);
    let equal = equal.map(|(column, of_row)| format!("t.{} = v.{}", Name(column), Name(of_row)));
    format!(
        "EXISTS (SELECT FROM {rows} WHERE {})",
        joined(equal, " AND ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        for values in [
            &["1"][..],
            &["a,b", "c\\"],
            &[""],
            &["", ""],
            &["/?#%", "é"],
            &["\\e"],
        ] {
            let key = Key(values.iter().map(|&it| it.to_owned()).collect());
            assert_eq!(Key::parse(&key.to_string(), values.len()), Some(key));
        }
        for (text, columns) in [
            ("", 1),
            ("1", 2),
            ("1,2", 1),
            ("\\x", 1),
            ("\\", 1),
            ("\0", 1),
        ] {
            assert_eq!(Key::parse(text, columns), None, "{text:?}");
        }
    }

    #[test]
    fn an_id_names_its_schema() {
        let block = |id: i64| Key(vec![id.to_string()]).block();
        assert_eq!(block((3 << 32) + 1), Some(3));
        assert_eq!(block(4 << 32), Some(3));
        assert_eq!(block(7), None);
        assert_eq!(block(i64::MIN + 1), None);
        assert_eq!(Key(vec!["x".to_owned()]).block(), None);
    }
}
