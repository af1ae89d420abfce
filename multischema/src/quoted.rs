//! Names and values as they are written in SQL.

use std::fmt::{self, Write};

use crate::name::quote;

/// A name that PostgreSQL gave, as an identifier.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identifier<'a>(pub(crate) &'a str);

impl fmt::Display for Identifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        quote(self.0, f)
    }
}

/// A string, where `standard_conforming_strings` is on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Literal<'a>(pub(crate) &'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('\'')?;
        for char in self.0.chars() {
            if char == '\'' {
                f.write_char('\'')?;
            }
            f.write_char(char)?;
        }
        f.write_char('\'')
    }
}

/// The name at the beginning of a text that PostgreSQL wrote, in quotes or not, and what follows it; a name without quotes
/// is over at `end`.
pub(crate) fn unquoted(text: &str, end: char) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(end).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut name = String::new();
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

/// Items with `, ` between them.
pub(crate) fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for item in items {
        if !text.is_empty() {
            text.push_str(", ");
        }
        // Writing to a string does not fail.
        let _ = write!(text, "{item}");
    }
    text
}

/// `WITH (…)` of a table, view or index, and options of an operator class: `fillfactor=70` as `"fillfactor"='70'`.
pub(crate) fn options<'a>(
    options: impl IntoIterator<Item = &'a String>,
    prefix: &str,
) -> Vec<String> {
    let written = options
        .into_iter()
        .map(|option| match option.split_once('=') {
            Some((name, value)) => format!("{prefix}{}={}", Identifier(name), Literal(value)),
            None => format!("{prefix}{}", Identifier(option)),
        });
    written.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_name_or_a_string_is_doubled() {
        assert_eq!(Identifier("a\"b'c").to_string(), "\"a\"\"b'c\"");
        assert_eq!(Literal("a\"b'c\\").to_string(), "'a\"b''c\\'");
        assert_eq!(list(["a", "b"].map(Identifier)), "\"a\", \"b\"");
    }
}
