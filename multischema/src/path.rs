//! The search path: the ordered list of schemata in which PostgreSQL looks for an unqualified name.
//!
//! Isolation comes down to one value of this type being current on one connection. This module says
//! which paths exist and writes each the one way PostgreSQL reads it; [`scope`](crate::scope) makes
//! one current.
//!
//! | Path | Lists | Current while |
//! |---|---|---|
//! | [`SearchPath::empty`] | nothing | nobody uses the connection |
//! | [`SearchPath::global`] | the shared schemata | global tables are used |
//! | [`SearchPath::tenant`] | one tenant's schema, then the shared ones | a tenant's tables are used |
//!
//! A path that lists a schema ends in `pg_temp`: left out, it would be searched first, and a temporary table
//! could stand in for a tenant's.

use std::fmt;
use std::sync::Arc;

use crate::name::{InvalidSchemaName, SchemaName, SharedName, quote};

/// The schemata that every tenant's search path ends with; `public` by default.
///
/// # Examples
///
/// ```
/// use multischema::SharedSchemata;
///
/// let shared = SharedSchemata::new(["public", "extensions"])?;
/// assert!(SharedSchemata::new(["$user"]).is_err());
/// # Ok::<(), multischema::InvalidSchemaName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SharedSchemata(Arc<[SharedName]>);

impl SharedSchemata {
    /// Checks `names`, which are searched in this order.
    ///
    /// # Errors
    ///
    /// [`InvalidSchemaName`] for the first that is not a plain name, or that is no tenant's to share:
    /// the template, `$user`, PostgreSQL's own schemata and this library's.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidSchemaName> {
        let names = names.into_iter().map(str::parse);
        Ok(Self(names.collect::<Result<_, _>>()?))
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.0.iter().map(SharedName::as_str).collect()
    }

    pub(crate) fn contains(&self, schema: &SchemaName) -> bool {
        self.0
            .iter()
            .any(|shared| shared.as_str() == schema.as_str())
    }
}

impl Default for SharedSchemata {
    fn default() -> Self {
        match Self::new(["public"]) {
            Ok(shared) => shared,
            Err(error) => unreachable!("{error}"),
        }
    }
}

/// A search path that this library sets, and the only text it ever sets one to.
///
/// # Examples
///
/// ```
/// use multischema::{SchemaName, SearchPath, SharedSchemata};
///
/// let school: SchemaName = "school_a".parse()?;
/// let path = SearchPath::tenant(&school, &SharedSchemata::default());
/// assert_eq!(path.to_string(), r#""school_a", "public", pg_temp"#);
/// assert_eq!(path.schema(), Some(&school));
/// # Ok::<(), multischema::InvalidSchemaName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SearchPath {
    schema: Option<SchemaName>,
    text: Arc<str>,
}

impl SearchPath {
    /// The path on which no table of anybody's is found.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            schema: None,
            text: "".into(),
        }
    }

    /// The path on which only what all tenants share is found.
    #[must_use]
    pub fn global(shared: &SharedSchemata) -> Self {
        Self {
            schema: None,
            text: write(None, shared).into(),
        }
    }

    /// The path on which the tables of `schema` are found, then what all tenants share.
    #[must_use]
    pub fn tenant(schema: &SchemaName, shared: &SharedSchemata) -> Self {
        Self {
            schema: Some(schema.clone()),
            text: write(Some(schema), shared).into(),
        }
    }

    /// Returns the tenant's schema, if the path has one.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaName> {
        self.schema.as_ref()
    }

    /// Returns the path as PostgreSQL reads it and `SHOW search_path` gives it back.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for SearchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn write(schema: Option<&SchemaName>, shared: &SharedSchemata) -> String {
    let shared = shared.0.iter().map(SharedName::as_str);
    let mut text = String::with_capacity(48);
    for name in schema.map(SchemaName::as_str).into_iter().chain(shared) {
        quote(name, &mut text).expect("writing to a string does not fail");
        text.push_str(", ");
    }
    text.push_str("pg_temp");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_tenant_at_most_and_ends_in_pg_temp() {
        let schema: SchemaName = "select".parse().unwrap();
        let shared = SharedSchemata::new(["public", "extensions"]).unwrap();

        assert_eq!(SearchPath::empty().as_str(), "");
        assert_eq!(
            SearchPath::global(&shared).as_str(),
            r#""public", "extensions", pg_temp"#
        );
        assert_eq!(
            SearchPath::tenant(&schema, &shared).as_str(),
            r#""select", "public", "extensions", pg_temp"#,
        );
    }

    #[test]
    fn a_shared_schema_is_checked() {
        let error = SharedSchemata::new(["public", "$user"]).unwrap_err();
        assert_eq!(error.name(), "$user");
    }
}
