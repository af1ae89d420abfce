//! Names of schemata: checked once, and quoted in one place.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The name of a tenant's PostgreSQL schema, checked once and trusted from then on.
///
/// A name is one lower-case ASCII letter, followed by up to 62 of `a-z`, `0-9` and `_`. Names that
/// PostgreSQL, Citus or this library keep for themselves are refused: `pg_…`, `information_schema`,
/// `public`, `multischema…`, `citus…`. A word that SQL reserves, such as `select`, is a good name:
/// names are quoted wherever they are written.
///
/// A name is cheap to clone. [`Display`](fmt::Display) and [`as_str`](Self::as_str) give it without quotes.
///
/// # Examples
///
/// ```
/// use multischema::SchemaName;
///
/// let name: SchemaName = "school_a".parse()?;
/// assert_eq!(name.as_str(), "school_a");
///
/// let error = "school-a".parse::<SchemaName>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"invalid schema name "school-a": character 7 is '-', and only `a-z`, `0-9` and `_` are allowed"#,
/// );
/// # Ok::<(), multischema::InvalidSchemaName>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct SchemaName(Arc<str>);

impl SchemaName {
    /// The longest name that PostgreSQL keeps whole, in bytes. It cuts a longer one without a word.
    pub const MAX_LEN: usize = 63;

    /// The schema whose structure every tenant's schema is a copy of. It holds no tenant's rows, so
    /// it is not a name that can be parsed.
    pub const TEMPLATE: &'static str = "__template__";

    /// Returns the name of the template, for maintenance. No input can give it: it does not parse, and nothing
    /// that works for tenants accepts it.
    #[must_use]
    pub fn template() -> Self {
        Self(Self::TEMPLATE.into())
    }

    /// What PostgreSQL calls the archived schema with this number in the registry.
    pub(crate) fn archived(id: i32) -> Self {
        Self::internal(format!("__trash_{id}"))
    }

    /// A name of the library's own making, which no input can give either.
    pub(crate) fn internal(name: String) -> Self {
        debug_assert!(
            name.starts_with(['_', 'm']) && name.len() <= Self::MAX_LEN,
            "{name}"
        );
        Self(name.into())
    }

    /// Returns whether this is the template's name.
    #[must_use]
    pub fn is_template(&self) -> bool {
        self.as_str() == Self::TEMPLATE
    }

    /// Returns the name without quotes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SchemaName {
    type Err = InvalidSchemaName;

    /// Checks `name`.
    ///
    /// # Errors
    ///
    /// [`InvalidSchemaName`], whose [`kind`](InvalidSchemaName::kind) is the rule that `name` breaks.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match check(name, Rules::Tenant) {
            Ok(()) => Ok(Self(name.into())),
            Err(kind) => Err(InvalidSchemaName::new(name, kind)),
        }
    }
}

impl TryFrom<&str> for SchemaName {
    type Error = InvalidSchemaName;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl TryFrom<String> for SchemaName {
    type Error = InvalidSchemaName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl From<SchemaName> for String {
    fn from(name: SchemaName) -> Self {
        name.as_str().to_owned()
    }
}

impl AsRef<str> for SchemaName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for SchemaName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SchemaName({:?})", self.as_str())
    }
}

/// A string that cannot name a schema, and the rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid schema name {name:?}: {kind}")]
pub struct InvalidSchemaName {
    name: Box<str>,
    kind: InvalidSchemaNameKind,
}

impl InvalidSchemaName {
    fn new(name: &str, kind: InvalidSchemaNameKind) -> Self {
        Self {
            name: name.into(),
            kind,
        }
    }

    /// Returns the string that was refused.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the rule that it breaks.
    #[must_use]
    pub fn kind(&self) -> InvalidSchemaNameKind {
        self.kind
    }
}

/// The rule that an invalid name breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSchemaNameKind {
    /// There is no name.
    #[error("it is empty")]
    Empty,
    /// PostgreSQL would cut the name short, and two customers could end up in one schema.
    #[error("it is {len} bytes long, and PostgreSQL keeps {max}", max = SchemaName::MAX_LEN)]
    TooLong {
        /// The length in bytes.
        len: usize,
    },
    /// The name begins with something other than a letter.
    #[error("it begins with {found:?}, and a name begins with one of `a-z`")]
    FirstCharacter {
        /// The first character.
        found: char,
    },
    /// A character that would need care in SQL, a host name, a URL or a file name.
    #[error("character {position} is {found:?}, and only `a-z`, `0-9` and `_` are allowed")]
    Character {
        /// The first offending character.
        found: char,
        /// Its position, counted in characters from 1.
        position: usize,
    },
    /// The name, or every name with this beginning, belongs to someone else.
    #[error("`{pattern}` belongs to {owner}")]
    Reserved {
        /// The reserved name; a trailing `*` stands for any ending.
        pattern: &'static str,
        /// To whom it belongs.
        owner: &'static str,
    },
    /// The template is never a tenant: it cannot be activated, checked out, or written to.
    #[error("the template is no tenant and holds no data")]
    Template,
}

/// The name of a schema that all tenants share, such as `public`.
///
/// It follows the rules of [`SchemaName`], but may be `public` and may begin with an underscore.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SharedName(Box<str>);

impl SharedName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SharedName {
    type Err = InvalidSchemaName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match check(name, Rules::Shared) {
            Ok(()) => Ok(Self(name.into())),
            Err(kind) => Err(InvalidSchemaName::new(name, kind)),
        }
    }
}

/// Writes `name` as an SQL identifier. Nothing else in this library puts quotes around a name.
pub(crate) fn quote(name: &str, f: &mut impl fmt::Write) -> fmt::Result {
    f.write_char('"')?;
    for char in name.chars() {
        if char == '"' {
            f.write_char('"')?;
        }
        f.write_char(char)?;
    }
    f.write_char('"')
}

#[derive(Clone, Copy, PartialEq)]
enum Rules {
    Tenant,
    Shared,
}

/// Names that no tenant may have: `(pattern, owner)`.
const RESERVED: [(&str, &str); 5] = [
    ("pg_*", "PostgreSQL"),
    ("information_schema", "PostgreSQL"),
    ("public", "what all tenants share"),
    ("multischema*", "this library"),
    ("citus*", "Citus"),
];

fn check(name: &str, rules: Rules) -> Result<(), InvalidSchemaNameKind> {
    use InvalidSchemaNameKind as Kind;

    let Some(first) = name.chars().next() else {
        return Err(Kind::Empty);
    };
    if name == SchemaName::TEMPLATE {
        return Err(Kind::Template);
    }
    if name.len() > SchemaName::MAX_LEN {
        return Err(Kind::TooLong { len: name.len() });
    }
    if !(first.is_ascii_lowercase() || rules == Rules::Shared && first == '_') {
        return Err(Kind::FirstCharacter { found: first });
    }
    let allowed = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    if let Some((index, found)) = name.chars().enumerate().find(|(_, char)| !allowed(*char)) {
        return Err(Kind::Character {
            found,
            position: index + 1,
        });
    }
    for (pattern, owner) in RESERVED {
        let reserved = match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == pattern,
        };
        if reserved && !(rules == Rules::Shared && name == "public") {
            return Err(Kind::Reserved { pattern, owner });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use InvalidSchemaNameKind as Kind;

    #[test]
    fn names_the_rule_and_the_character_that_break_it() {
        let character = |found, position| Kind::Character { found, position };
        let reserved = |pattern, owner| Kind::Reserved { pattern, owner };
        let cases = [
            ("", Kind::Empty),
            (&"a".repeat(64), Kind::TooLong { len: 64 }),
            (&"ä".repeat(32), Kind::TooLong { len: 64 }),
            ("_foo", Kind::FirstCharacter { found: '_' }),
            ("-foo", Kind::FirstCharacter { found: '-' }),
            ("4foo", Kind::FirstCharacter { found: '4' }),
            ("Foo", Kind::FirstCharacter { found: 'F' }),
            (" foo", Kind::FirstCharacter { found: ' ' }),
            ("ärger", Kind::FirstCharacter { found: 'ä' }),
            ("$user", Kind::FirstCharacter { found: '$' }),
            ("foo-1", character('-', 4)),
            ("fOo", character('O', 2)),
            ("zürich", character('ü', 2)),
            ("a\"; DROP SCHEMA b; --", character('"', 2)),
            ("a'b", character('\'', 2)),
            ("a\nb", character('\n', 2)),
            ("a\0b", character('\0', 2)),
            ("a*/b", character('*', 2)),
            ("pg_x", reserved("pg_*", "PostgreSQL")),
            ("pg_temp", reserved("pg_*", "PostgreSQL")),
            (
                "information_schema",
                reserved("information_schema", "PostgreSQL"),
            ),
            ("public", reserved("public", "what all tenants share")),
            ("multischema", reserved("multischema*", "this library")),
            ("multischema_ids", reserved("multischema*", "this library")),
            ("citus_internal", reserved("citus*", "Citus")),
            ("__template__", Kind::Template),
        ];

        for (name, kind) in cases {
            let error = name.parse::<SchemaName>().unwrap_err();
            assert_eq!(error.kind(), kind, "for {name:?}");
            assert_eq!(error.name(), name);
        }
    }

    #[test]
    fn accepts_what_postgresql_keeps_whole() {
        for name in [
            "a",
            "foo",
            "foo_bar",
            "a1",
            "pgx",
            "select",
            "publicity",
            &"a".repeat(63),
        ] {
            let parsed: SchemaName = name.parse().unwrap();
            assert_eq!(parsed.to_string(), name);
        }
    }

    #[test]
    fn a_shared_schema_may_be_public_but_never_the_template_or_the_callers_own() {
        for name in ["public", "extensions", "_lookup"] {
            assert_eq!(name.parse::<SharedName>().unwrap().as_str(), name);
        }
        for name in [
            "__template__",
            "$user",
            "pg_temp",
            "multischema",
            "information_schema",
            "",
        ] {
            assert!(name.parse::<SharedName>().is_err(), "for {name:?}");
        }
    }

    #[test]
    fn quoting_doubles_quotes() {
        let mut sql = String::new();
        quote("a\"b", &mut sql).unwrap();
        assert_eq!(sql, "\"a\"\"b\"");
    }
}
