//! The OIDs of custom types, kept apart by schema.

use std::collections::HashMap;

use diesel::pg::{GetPgMetadataCache, PgConnection, PgMetadataCache};

use crate::name::SchemaName;

/// What Diesel has looked up of each schema's types, on one connection.
///
/// Diesel remembers the OID of `status` under that name alone. Two schemata have two types of the
/// name, so their memories are swapped as the connection goes from one to the other.
pub(super) struct TypeMap {
    /// The memories that are not in use now; that of the shared part has no schema.
    parked: HashMap<Option<SchemaName>, PgMetadataCache>,
    /// Whose memory is in the connection now, if it is one of ours.
    installed: Option<Option<SchemaName>>,
}

impl TypeMap {
    pub(super) fn new() -> Self {
        Self {
            parked: HashMap::new(),
            installed: None,
        }
    }

    /// Returns how many schemata are known.
    pub(super) fn len(&self) -> usize {
        self.parked.len() + usize::from(self.installed.is_some())
    }

    /// Returns how many schemata would be known with `schema`.
    pub(super) fn len_with(&self, schema: Option<&SchemaName>) -> usize {
        let known = self
            .installed
            .as_ref()
            .is_some_and(|it| it.as_ref() == schema);
        let others = self.len();
        if known || self.parked.contains_key(&schema.cloned()) {
            others
        } else {
            others + 1
        }
    }

    /// Returns whether something may be remembered of `schema`.
    pub(super) fn knows(&self, schema: Option<&SchemaName>) -> bool {
        let installed = self.installed.as_ref();
        installed.is_some_and(|it| it.as_ref() == schema)
            || self.parked.contains_key(&schema.cloned())
    }

    /// Gives the connection the memory of `schema`, and takes away what it had.
    pub(super) fn install(&mut self, pg: &mut PgConnection, schema: Option<&SchemaName>) {
        if self
            .installed
            .as_ref()
            .is_some_and(|it| it.as_ref() == schema)
        {
            return;
        }
        let memory = self.parked.remove(&schema.cloned()).unwrap_or_default();
        let before = std::mem::replace(pg.get_metadata_cache(), memory);
        // What a connection knew before its first scope, it may have learned in any schema.
        if let Some(owner) = self.installed.replace(schema.cloned()) {
            self.parked.insert(owner, before);
        }
    }

    /// Forgets all types of all schemata.
    pub(super) fn clear(&mut self, pg: &mut PgConnection) {
        self.parked.clear();
        self.installed = None;
        *pg.get_metadata_cache() = PgMetadataCache::new();
    }
}
