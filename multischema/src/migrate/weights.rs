//! How many locks migrations take.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use diesel::migration::Migration;
use diesel::pg::Pg;

use super::work::Way;

/// As many as PostgreSQL has room for by default for each of its connections: what takes no more needs no room of others.
const USUAL: i64 = 64;

/// How many locks each migration has taken in the template, or in the first schema if that had it already. It takes about as
/// many in each.
#[derive(Debug, Default)]
pub(super) struct Weights(Mutex<HashMap<(String, Way), i64>>);

impl Weights {
    pub(super) fn note(&self, migration: &dyn Migration<Pg>, way: Way, locks: i64) {
        self.noted().insert(key(migration, way), locks);
    }

    pub(super) fn knows(&self, migration: &dyn Migration<Pg>, way: Way) -> bool {
        self.noted().contains_key(&key(migration, way))
    }

    /// How many it is to take, if that is known, and more than usual.
    pub(super) fn of(&self, migration: &dyn Migration<Pg>, way: Way) -> Option<i64> {
        let weight = self.noted().get(&key(migration, way)).copied();
        weight.filter(|locks| *locks > USUAL)
    }

    fn noted(&self) -> MutexGuard<'_, HashMap<(String, Way), i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(migration: &dyn Migration<Pg>, way: Way) -> (String, Way) {
    (migration.name().to_string(), way)
}
