//! What migrations weigh: how many locks they take, and whether they make ids.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use diesel::migration::Migration;
use diesel::pg::Pg;

use super::work::Way;

/// As many as PostgreSQL has room for by default for each of its connections: what takes no more needs no room of others.
const USUAL: i64 = 64;

/// What each migration has done in the template, or in the first schema if that had it already. It does about the same in each.
#[derive(Debug, Default)]
pub(super) struct Weights(Mutex<HashMap<(String, Way), Weight>>);

/// What one migration has done, one way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    pub(super) locks: i64,
    /// Whether it may have made or changed what ids are drawn from.
    pub(super) may_have_ids: bool,
}

impl Weights {
    pub(super) fn note(&self, migration: &dyn Migration<Pg>, way: Way, weight: Weight) {
        self.noted().insert(key(migration, way), weight);
    }

    pub(super) fn get(&self, migration: &dyn Migration<Pg>, way: Way) -> Option<Weight> {
        self.noted().get(&key(migration, way)).copied()
    }

    /// How many locks it is to take, if that is known, and more than usual.
    pub(super) fn of(&self, migration: &dyn Migration<Pg>, way: Way) -> Option<i64> {
        let weight = self.get(migration, way)?;
        Some(weight.locks).filter(|locks| *locks > USUAL)
    }

    fn noted(&self) -> MutexGuard<'_, HashMap<(String, Way), Weight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(migration: &dyn Migration<Pg>, way: Way) -> (String, Way) {
    (migration.name().to_string(), way)
}
