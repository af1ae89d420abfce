//! The fields of one row, as text, taken one by one.
//!
//! Every kind of object is read by a query of its own whose row is `(kind, fields)`, so that one statement can read
//! all of them. PostgreSQL writes each field as text, and this reads it back.

use std::error::Error;
use std::str::FromStr;

use serde::de::DeserializeOwned;

use super::grant::Grants;
use super::object::Oid;

/// Begins a query of one kind: `rows!("kind": "field", "field", …; "FROM …")`.
///
/// All names of types, functions and operators in these queries are qualified: the search path begins with the
/// schema that is read, and nothing in it may answer in PostgreSQL's place.
macro_rules! rows {
    ($kind:literal: $first:expr $(, $field:expr)* $(,)?; $($from:expr),+ $(,)?) => {
        concat!(
            "SELECT '", $kind, "'::pg_catalog.text AS kind, ARRAY[(", $first, ")::pg_catalog.text",
            $(", (", $field, ")::pg_catalog.text",)*
            "] AS fields ", $($from),+
        )
    };
}
pub(super) use rows;

/// `expression` only where the text of definitions is wanted, as this costs.
macro_rules! in_full {
    ($expression:expr) => {
        concat!(
            "CASE WHEN (SELECT in_full FROM wanted) THEN ",
            $expression,
            " END"
        )
    };
}
pub(super) use in_full;

/// The name of the relation `$oid` with its schema, as PostgreSQL's definitions write it.
macro_rules! qualified {
    ($oid:expr) => {
        concat!(
            "(SELECT pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(q.relname)) \
             FROM pg_catalog.pg_class q JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) q.relnamespace \
             WHERE q.oid OPERATOR(pg_catalog.=) ", $oid, ")"
        )
    };
}
pub(super) use qualified;

/// A list of strings, or none.
macro_rules! strings {
    ($array:expr) => {
        concat!("pg_catalog.array_to_json(", $array, ")")
    };
}
pub(super) use strings;

/// Whether `column` is one of the objects of the catalog `class` that are in the schema.
macro_rules! own {
    ($column:expr, $class:literal) => {
        concat!(
            $column, " OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT objid FROM own WHERE classid OPERATOR(pg_catalog.=) ",
            $class, "::pg_catalog.oid))"
        )
    };
}
pub(super) use own;

/// Why a row of the catalogs was not understood.
pub(super) type Malformed = Box<dyn Error + Send + Sync>;

/// The fields of one row that are left to be taken.
pub(super) struct Fields(std::vec::IntoIter<Option<String>>);

impl Fields {
    pub(super) fn new(fields: Vec<Option<String>>) -> Self {
        Self(fields.into_iter())
    }

    pub(super) fn optional(&mut self) -> Result<Option<String>, Malformed> {
        self.0.next().ok_or_else(|| "a field is missing".into())
    }

    pub(super) fn text(&mut self) -> Result<String, Malformed> {
        self.optional()?.ok_or_else(|| "a field is null".into())
    }

    pub(super) fn number<T>(&mut self) -> Result<T, Malformed>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        Ok(self.text()?.parse()?)
    }

    /// A number; `missing` where there is none.
    pub(super) fn number_or<T>(&mut self, missing: T) -> Result<T, Malformed>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        match self.optional()? {
            Some(text) => Ok(text.parse()?),
            None => Ok(missing),
        }
    }

    /// The number of an object, which is 0 where there is none.
    pub(super) fn oid(&mut self) -> Result<Oid, Malformed> {
        self.number_or(0)
    }

    pub(super) fn flag(&mut self) -> Result<bool, Malformed> {
        Ok(self.optional()?.as_deref() == Some("true"))
    }

    /// PostgreSQL's type `"char"`, of which none is a blank.
    pub(super) fn letter(&mut self) -> Result<char, Malformed> {
        let text = self.optional()?;
        Ok(text.and_then(|text| text.chars().next()).unwrap_or(' '))
    }

    /// Numbers, from a vector or an array: `1 2` or `{1,2}`.
    pub(super) fn numbers<T>(&mut self) -> Result<Vec<T>, Malformed>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        let text = self.optional()?.unwrap_or_default();
        let numbers = text.trim_matches(['{', '}']).split([' ', ',']);
        let numbers = numbers.filter(|number| !number.is_empty());
        numbers.map(|number| Ok(number.parse()?)).collect()
    }

    /// What [`strings!`] wrote.
    pub(super) fn strings(&mut self) -> Result<Vec<String>, Malformed> {
        self.json()
    }

    /// Items that PostgreSQL wrote as JSON; none if there is nothing.
    pub(super) fn json<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, Malformed> {
        match self.optional()? {
            Some(text) => Ok(serde_json::from_str(&text)?),
            None => Ok(Vec::new()),
        }
    }

    /// What [`grants!`](super::grant::grants) wrote.
    pub(super) fn grants(&mut self) -> Result<Grants, Malformed> {
        let [granted, by_default] = [self.optional()?, self.optional()?];
        Grants::parse(granted.as_deref(), by_default.as_deref())
    }
}

/// What follows `beginning`, which PostgreSQL is known to begin a definition with.
pub(super) fn after<'a>(definition: &'a str, beginning: &str) -> Result<&'a str, Malformed> {
    definition.strip_prefix(beginning).ok_or_else(|| {
        format!("a definition was to begin with {beginning:?} and is {definition:?}").into()
    })
}
