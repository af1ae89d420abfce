//! All schemata, as they were read at one time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::name::SchemaName;
use crate::registry::{Schema, User};

/// All schemata of the registry. It never changes; another takes its place.
pub(super) struct Snapshot {
    /// What was heard of when the reading began.
    pub(super) generation: u64,
    /// When the reading began.
    begun: Instant,
    /// In the order in which they were made.
    pub(super) all: Arc<[Schema]>,
    /// Those that a superuser may use.
    pub(super) open: Arc<[Schema]>,
    places: HashMap<SchemaName, usize>,
    numbers: HashMap<i32, usize>,
}

impl Snapshot {
    pub(super) fn new(generation: u64, begun: Instant, all: Vec<Schema>) -> Self {
        let superuser = User::new("").superuser(true);
        let is_open = |schema: &&Schema| superuser.usable().contains(&schema.status);
        let open = all.iter().filter(is_open).cloned().collect();
        let places = all.iter().enumerate();
        let places = places.map(|(place, it)| (it.name.clone(), place)).collect();
        let numbers = all.iter().enumerate();
        let numbers = numbers.map(|(place, it)| (it.id, place)).collect();
        Self {
            generation,
            begun,
            all: all.into(),
            open,
            places,
            numbers,
        }
    }

    pub(super) fn find(&self, name: &SchemaName) -> Option<&Schema> {
        self.places.get(name).map(|place| &self.all[*place])
    }

    /// Those of the schemata with these numbers that there are, in their order.
    pub(super) fn those(
        &self,
        numbers: impl Iterator<Item = i32>,
    ) -> impl Iterator<Item = &Schema> {
        let mut places: Vec<usize> = numbers
            .filter_map(|it| self.numbers.get(&it).copied())
            .collect();
        places.sort_unstable();
        places.into_iter().map(|place| &self.all[place])
    }

    /// Whether there is a schema with this number.
    pub(super) fn has(&self, number: i32) -> bool {
        self.numbers.contains_key(&number)
    }

    /// How long ago the reading began.
    pub(super) fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Whether the other was read before it.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        self.begun >= other.begun
    }
}
