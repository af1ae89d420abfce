//! Names that are there twice.

use diesel::result::Error;

use super::super::error::RegistryError;
use super::super::obstacle::Need;
use super::super::registry::Registry;
use super::sql;
use crate::catalog::ObjectKind;

/// A name that the template has, and a schema that all share has, too.
///
/// See [`Registry::shadowed`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shadowed {
    /// What the template's is.
    pub kind: ObjectKind,
    /// The name, as PostgreSQL has it, without quotes.
    pub name: String,
    /// The schema that all share.
    pub schema: String,
    /// Whether it is a function, and none of either takes the same arguments as one of the other: then they are told apart by
    /// what they are called with.
    pub is_overload: bool,
}

impl Registry {
    /// Returns the names of the template's relations, types and functions that a shared schema has, too. In a tenant's schema they
    /// stand in for what all share; where a schema lacks them, what all share stands in for them, without a word.
    ///
    /// Diesel's history of migrations is in both and is left out, as are indexes, which no query names, and the row types of two tables
    /// of one name. It is one statement, on PostgreSQL's catalogs alone.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), multischema::RegistryError> {
    /// for it in registry.shadowed()? {
    ///     eprintln!("which {} is `{}`: a tenant's, or that in {}?", it.kind, it.name, it.schema);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn shadowed(&self) -> Result<Vec<Shadowed>, RegistryError> {
        let shared = self.pool.shared_schemata();
        self.run(None, Need::Read, |conn| {
            let found = conn.lend(|pg| sql::shadowed(pg, shared));
            Ok(found.map_err(Error::from)??)
        })
    }
}
