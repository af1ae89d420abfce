//! What tables, columns and types of the database are called in Rust.

use std::collections::{HashMap, HashSet};

use unicode_ident::{is_xid_continue, is_xid_start};

/// Words of Rust that cannot be an item's name.
const WORDS: [&str; 55] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "Self", "_", "__",
];

/// What `table!` (a variable `q`, in Diesel 2.3) or the files themselves call things beside what is named here.
const TAKEN: [&str; 16] = [
    "all_columns",
    "columns",
    "core",
    "diesel",
    "dsl",
    "global",
    "q",
    "sql_types",
    "star",
    "std",
    "table",
    "tenant",
    "SqlType",
    "QueryId",
    "BoxedQuery",
    "Table",
];

/// What Diesel calls the types that it knows, and those that are made of others.
const DIESEL: [(&str, &str); 51] = [
    ("bool", "Bool"),
    ("int2", "Int2"),
    ("int4", "Int4"),
    ("int8", "Int8"),
    ("float4", "Float4"),
    ("float8", "Float8"),
    ("numeric", "Numeric"),
    ("text", "Text"),
    ("varchar", "Varchar"),
    ("bpchar", "Bpchar"),
    ("char", "CChar"),
    ("bytea", "Bytea"),
    ("date", "Date"),
    ("time", "Time"),
    ("timestamp", "Timestamp"),
    ("timestamptz", "Timestamptz"),
    ("interval", "Interval"),
    ("json", "Json"),
    ("jsonb", "Jsonb"),
    ("uuid", "Uuid"),
    ("oid", "Oid"),
    ("money", "Money"),
    ("inet", "Inet"),
    ("cidr", "Cidr"),
    ("macaddr", "Macaddr"),
    ("macaddr8", "Macaddr8"),
    ("pg_lsn", "PgLsn"),
    ("int4range", "Int4range"),
    ("int8range", "Int8range"),
    ("numrange", "Numrange"),
    ("daterange", "Daterange"),
    ("tsrange", "Tsrange"),
    ("tstzrange", "Tstzrange"),
    ("int4multirange", "Int4multirange"),
    ("int8multirange", "Int8multirange"),
    ("nummultirange", "Nummultirange"),
    ("datemultirange", "Datemultirange"),
    ("tsmultirange", "Tsmultirange"),
    ("tstzmultirange", "Tstzmultirange"),
    // These have no name of PostgreSQL's.
    ("", "Citext"),
    ("", "Array"),
    ("", "Binary"),
    ("", "Nullable"),
    ("", "Range"),
    ("", "Multirange"),
    ("", "Integer"),
    ("", "BigInt"),
    ("", "SmallInt"),
    ("", "Float"),
    ("", "Double"),
    ("", "Record"),
];

/// What Diesel calls a type of PostgreSQL's own, if it knows it.
pub(super) fn known(name: &str) -> Option<&'static str> {
    let found = DIESEL
        .iter()
        .find(|(known, _)| *known == name && !name.is_empty());
    found.map(|(_, rust)| *rust)
}

/// Names for Rust, no two of which are equal.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// A name for what is called `name` in the database: that, if Rust has it. It begins with no capital, as types do: a column
    /// `Date` would be the type of that name in its table.
    pub(super) fn lower(&mut self, name: &str) -> String {
        let plain = plain(name);
        let mut chars = plain.chars();
        let name = match chars.next() {
            Some(first) if first.is_uppercase() => {
                let rest = chars.as_str();
                let rest = match rest.contains(char::is_lowercase) {
                    true => rest.to_owned(),
                    false => rest.to_lowercase(),
                };
                first.to_lowercase().collect::<String>() + &rest
            }
            _ => plain,
        };
        self.take(name)
    }

    /// A name for a type.
    pub(super) fn camel(&mut self, name: &str) -> String {
        let plain = plain(name);
        let words = plain.split('_');
        let words = words.filter_map(|word| {
            let mut rest = word.chars();
            let first = rest.next()?;
            Some(first.to_uppercase().chain(rest).collect::<String>())
        });
        let mut name: String = words.collect();
        if DIESEL.iter().any(|(_, rust)| *rust == name) {
            name.push_str("Type");
        }
        self.take(name)
    }

    fn take(&mut self, mut name: String) -> String {
        if !name.starts_with(|it| is_xid_start(it) || it == '_') {
            name.insert(0, '_');
        }
        let is_taken = |name: &str| is_word(name) || TAKEN.contains(&name);
        while is_taken(&name) || self.0.contains(&name) {
            name.push('_');
        }
        self.0.insert(name.clone());
        name
    }
}

/// What of a name can be a part of one in Rust.
fn plain(name: &str) -> String {
    let plain = |it: char| if is_xid_continue(it) { it } else { '_' };
    name.chars().map(plain).collect()
}

/// Whether it is a word of Rust. A schema of that name cannot stand before a table, as Diesel takes it as it is written.
pub(super) fn is_word(name: &str) -> bool {
    WORDS.contains(&name)
}

/// The names of the columns of a table, by what they are called in the database.
pub(super) fn of_columns<'a>(
    table: &str,
    columns: impl Iterator<Item = &'a str>,
) -> HashMap<&'a str, String> {
    // `table!` has no column that is called as its table is.
    let mut names = Names(HashSet::from([table.to_owned()]));
    columns.map(|name| (name, names.lower(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_if_rust_has_it_and_no_two_are_equal() {
        let mut names = Names::default();
        for (name, expected) in [
            ("notes", "notes"),
            ("notes", "notes_"),
            ("type", "type_"),
            ("type_", "type__"),
            ("größe", "größe"),
            ("1st", "_1st"),
            ("two words", "two_words"),
            ("two-words", "two_words_"),
            ("\"; drop", "___drop"),
            ("_", "___"),
            ("Date", "date"),
            ("DATE_OF", "date_of"),
            ("userId", "userId"),
            ("m²", "m_"),
            ("文", "文"),
        ] {
            assert_eq!(names.lower(name), expected, "for {name:?}");
        }
    }

    #[test]
    fn a_type_is_never_called_as_one_of_diesels() {
        let mut names = Names::default();
        for (name, expected) in [
            ("lower_secondary", "LowerSecondary"),
            ("text", "TextType"),
            ("nullable", "NullableType"),
            ("two words", "TwoWords"),
            ("two_words", "TwoWords_"),
            ("self", "Self_"),
        ] {
            assert_eq!(names.camel(name), expected, "for {name:?}");
        }
    }
}
