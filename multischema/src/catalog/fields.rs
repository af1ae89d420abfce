//! The fields of one record, taken one by one from its text.

use std::borrow::Cow;
use std::error::Error;
use std::str::FromStr;

use super::grant::Grants;
use super::object::Oid;

/// Why a row of the catalogs was not understood.
pub(super) type Malformed = Box<dyn Error + Send + Sync>;

/// The fields of one record that are left to be taken.
pub(super) struct Fields<'a> {
    /// None after the last.
    rest: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// Begins with the first field of a record, as the documentation of PostgreSQL describes the
    /// [syntax of composite values](https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX).
    pub(super) fn of(record: &'a str) -> Result<Self, Malformed> {
        let inside = record.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
        match inside {
            Some(rest) => Ok(Self { rest: Some(rest) }),
            None => Err(format!("{record:?} is no record").into()),
        }
    }

    /// The next field; none if it is null.
    fn next(&mut self) -> Result<Option<Cow<'a, str>>, Malformed> {
        let rest = self.rest.ok_or("a field is missing")?;
        let (field, end) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (text, end) = unquoted(quoted).ok_or("a quote is missing")?;
                (Some(text), end)
            }
            None => {
                let end = rest.bytes().position(|byte| byte == b',');
                let (text, end) = rest.split_at(end.unwrap_or(rest.len()));
                ((!text.is_empty()).then_some(Cow::Borrowed(text)), end)
            }
        };
        self.rest = match end.strip_prefix(',') {
            None if !end.is_empty() => return Err("a comma is missing".into()),
            next => next,
        };
        Ok(field)
    }

    pub(super) fn optional(&mut self) -> Result<Option<String>, Malformed> {
        Ok(self.next()?.map(Cow::into_owned))
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<(), Malformed> {
        (0..count).try_for_each(|_| self.next().map(drop))
    }

    pub(super) fn text(&mut self) -> Result<String, Malformed> {
        self.optional()?.ok_or_else(|| "a field is null".into())
    }

    pub(super) fn number<T>(&mut self) -> Result<T, Malformed>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        Ok(self.next()?.ok_or("a field is null")?.parse()?)
    }

    /// A number; `missing` where there is none.
    pub(super) fn number_or<T>(&mut self, missing: T) -> Result<T, Malformed>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        match self.next()? {
            Some(text) => Ok(text.parse()?),
            None => Ok(missing),
        }
    }

    /// The number of an object, which is 0 where there is none.
    pub(super) fn oid(&mut self) -> Result<Oid, Malformed> {
        self.number_or(0)
    }

    pub(super) fn flag(&mut self) -> Result<bool, Malformed> {
        Ok(self.next()?.as_deref() == Some("t"))
    }

    /// PostgreSQL's type `"char"`, whose zero is a blank here.
    pub(super) fn letter(&mut self) -> Result<char, Malformed> {
        let text = self.next()?;
        Ok(text.and_then(|text| text.chars().next()).unwrap_or(' '))
    }

    /// Numbers, from a vector or an array: `1 2` or `{1,2}`.
    pub(super) fn numbers<T>(&mut self) -> Result<Vec<T>, Malformed>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        let text = self.next()?.unwrap_or_default();
        let numbers = text.trim_matches(['{', '}']).split([' ', ',']);
        let numbers = numbers.filter(|number| !number.is_empty());
        numbers.map(|number| Ok(number.parse()?)).collect()
    }

    /// Strings, from an array; none if there is nothing.
    pub(super) fn strings(&mut self) -> Result<Vec<String>, Malformed> {
        match self.next()? {
            Some(text) => strings(&text),
            None => Ok(Vec::new()),
        }
    }

    /// What [`grants!`](super::grant::grants) wrote.
    pub(super) fn grants(&mut self) -> Result<Grants, Malformed> {
        let own = match self.next()? {
            Some(text) => Some(strings(&text)?),
            None => None,
        };
        Grants::parse(own, self.strings()?)
    }
}

/// What follows `beginning`, which PostgreSQL is known to begin a definition with.
pub(super) fn after<'a>(definition: &'a str, beginning: &str) -> Result<&'a str, Malformed> {
    definition.strip_prefix(beginning).ok_or_else(|| {
        format!("a definition was to begin with {beginning:?} and is {definition:?}").into()
    })
}

/// The elements of an array, as the documentation of PostgreSQL describes
/// [its syntax](https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). None is null or an array.
fn strings(array: &str) -> Result<Vec<String>, Malformed> {
    let no_array = || Malformed::from(format!("{array:?} is no array"));
    let inside = array.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    let mut rest = inside.ok_or_else(no_array)?;
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let end = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (text, end) = escaped(quoted).ok_or_else(no_array)?;
                elements.push(text);
                end
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                elements.push(rest[..end].to_owned());
                &rest[end..]
            }
        };
        rest = match end.strip_prefix(',') {
            Some("") => return Err(no_array()),
            Some(next) => next,
            None if end.is_empty() => end,
            None => return Err(no_array()),
        };
    }
    Ok(elements)
}

/// The same as [`unquoted`], but that a backslash is before each quote and each backslash inside.
fn escaped(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut rest = quoted;
    loop {
        let at = rest.find(['"', '\\'])?;
        text.push_str(&rest[..at]);
        if rest[at..].starts_with('"') {
            return Some((text, &rest[at + 1..]));
        }
        let next = rest[at + 1..].chars().next()?;
        text.push(next);
        rest = &rest[at + 1 + next.len_utf8()..];
    }
}

/// The text in quotes at the beginning, whose first quote is taken off already, and what follows the last. A quote or a
/// backslash inside is doubled.
fn unquoted(quoted: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut text = Cow::Borrowed("");
    let mut rest = quoted;
    loop {
        let at = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\'))?;
        let (before, marked) = rest.split_at(at);
        let (mark, after) = marked.split_at(1);
        text += before;
        match after.strip_prefix(mark) {
            Some(after) => {
                text += mark;
                rest = after;
            }
            None => return (mark == "\"").then_some((text, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, strings};

    fn fields(record: &str) -> Option<Vec<Option<String>>> {
        let mut fields = Fields::of(record).ok()?;
        let mut found = Vec::new();
        while fields.rest.is_some() {
            found.push(fields.optional().ok()?);
        }
        Some(found)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn takes_a_record_apart() {
        assert_eq!(fields("(1,t)"), Some(vec![some("1"), some("t")]));
        assert_eq!(fields("(,\"\",)"), Some(vec![None, some(""), None]));
        assert_eq!(
            fields(r#"("a ""b"" \\ c, (d)",{1,2})"#),
            Some(vec![some(r#"a "b" \ c, (d)"#), some("{1"), some("2}")])
        );
        assert_eq!(
            fields(r#"("{1,2}","")"#),
            Some(vec![some("{1,2}"), some("")])
        );
    }

    #[test]
    fn refuses_what_is_no_record() {
        for text in ["", "1", "(1", "(\"1)", r#"("1"2)"#, r#"("\")"#] {
            assert_eq!(fields(text), None, "{text}");
        }
    }

    #[test]
    fn takes_an_array_apart() {
        let found = |text| strings(text).ok();
        assert_eq!(found("{}"), Some(vec![]));
        assert_eq!(
            found("{a,b=1}"),
            Some(vec!["a".to_owned(), "b=1".to_owned()])
        );
        assert_eq!(
            found(r#"{"a, \"b\" \\ c",""}"#),
            Some(vec![r#"a, "b" \ c"#.to_owned(), String::new()])
        );
        for text in ["", "{", "{a,}", r#"{"a}"#, r#"{"a"b}"#, r#"{"\"#] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
