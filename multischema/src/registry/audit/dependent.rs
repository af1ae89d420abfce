//! What goes with the template, and is none of it.

use diesel::result::Error;

use super::super::error::RegistryError;
use super::super::obstacle::Need;
use super::super::registry::Registry;
use super::sql;
use crate::name::SchemaName;

/// An object outside of the template that depends on it: `DROP SCHEMA __template__ CASCADE` would take it, or a part of it.
///
/// See [`Registry::dependents_of_template`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dependent {
    /// The schema that it is in, as PostgreSQL calls it. An event trigger, for one, is in none.
    pub schema: Option<String>,
    /// The schema of the registry that this is. One that is archived is called otherwise in PostgreSQL.
    pub registered: Option<SchemaName>,
    /// What it is, with the name of its schema, quoted where SQL needs that: `view school_a.titles`.
    pub object: String,
    /// What it depends on, in the same words.
    pub on: Vec<String>,
}

impl Registry {
    /// Returns the objects of other schemata, in the registry or not, that depend on objects of the template, and those of no
    /// schema. A schema that was made of the template has none: whoever has one reads or writes the template instead of its own
    /// tables, or draws its ids from there.
    ///
    /// What depends on those in turn is not listed, nor are temporary objects. What a function says in its text, and not in SQL's
    /// `BEGIN ATOMIC`, is no dependency that PostgreSQL knows of. It is one statement, on PostgreSQL's catalogs alone.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), multischema::RegistryError> {
    /// for it in registry.dependents_of_template()? {
    ///     eprintln!("{} depends on {}", it.object, it.on.join(", "));
    /// }
    /// # Ok(()) }
    /// ```
    pub fn dependents_of_template(&self) -> Result<Vec<Dependent>, RegistryError> {
        let shared = self.pool.shared_schemata();
        self.run(None, Need::Read, |conn| {
            let found = conn.lend(|pg| sql::dependents(pg, shared));
            Ok(found.map_err(Error::from)??)
        })
    }
}
