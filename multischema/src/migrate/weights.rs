//! How many locks migrations take.

use std::cell::RefCell;
use std::collections::HashMap;

use diesel::migration::Migration;
use diesel::pg::Pg;

/// As many as PostgreSQL has room for by default for each of its connections: what takes no more needs no room of others.
const USUAL: i64 = 64;

/// How many locks each migration has taken in the template, or in the first schema if that had it already. It takes about as
/// many in each.
#[derive(Debug, Default)]
pub(super) struct Weights(RefCell<HashMap<String, i64>>);

impl Weights {
    pub(super) fn note(&self, migration: &dyn Migration<Pg>, locks: i64) {
        let mut weights = self.0.borrow_mut();
        weights.insert(migration.name().to_string(), locks);
    }

    pub(super) fn knows(&self, migration: &dyn Migration<Pg>) -> bool {
        let weights = self.0.borrow();
        weights.contains_key(&migration.name().to_string())
    }

    /// How many it is to take, if that is known, and more than usual.
    pub(super) fn of(&self, migration: &dyn Migration<Pg>) -> Option<i64> {
        let weights = self.0.borrow();
        let weight = weights.get(&migration.name().to_string());
        weight.copied().filter(|locks| *locks > USUAL)
    }
}
