//! The roles of some users, as many as there is room for.

use std::collections::HashMap;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use super::snapshot::Snapshot;
use crate::registry::Schema;

/// What a user is in each schema, as it was read at one time.
pub(super) struct Roles {
    /// What was heard of when the reading began.
    generation: u64,
    /// When the reading began.
    begun: Instant,
    by_schema: HashMap<i32, Vec<String>>,
    /// How many roles there are, in all schemata.
    count: usize,
    visible: Mutex<Visible>,
}

/// The schemata that a user may use, as they were found the last time.
struct Visible {
    /// Where they were found.
    of: Weak<Snapshot>,
    schemata: Arc<[Schema]>,
}

impl Roles {
    pub(super) fn new(generation: u64, begun: Instant, rows: Vec<(i32, String)>) -> Self {
        let count = rows.len();
        let mut by_schema: HashMap<i32, Vec<String>> = HashMap::new();
        for (schema, role) in rows {
            by_schema.entry(schema).or_default().push(role);
        }
        Self {
            generation,
            begun,
            by_schema,
            count,
            visible: Mutex::new(Visible {
                of: Weak::new(),
                schemata: Arc::from([]),
            }),
        }
    }

    /// Returns what `find` finds in the snapshot, which is asked once for each: a page that lists the schemata is not to copy all of their
    /// names each time.
    pub(super) fn visible(
        &self,
        snapshot: &Arc<Snapshot>,
        find: impl FnOnce() -> Arc<[Schema]>,
    ) -> Arc<[Schema]> {
        let last = self.visible.lock();
        let mut last = last.unwrap_or_else(PoisonError::into_inner);
        // No other has its place in memory as long as this knows it.
        if !ptr::eq(last.of.as_ptr(), Arc::as_ptr(snapshot)) {
            *last = Visible {
                of: Arc::downgrade(snapshot),
                schemata: find(),
            };
        }
        Arc::clone(&last.schemata)
    }

    /// The roles in the schema of this number; none if the user is no member.
    pub(super) fn within(&self, schema: i32) -> Option<&[String]> {
        self.by_schema.get(&schema).map(Vec::as_slice)
    }

    /// The numbers of the schemata that the user is a member of.
    pub(super) fn schemata(&self) -> impl Iterator<Item = i32> {
        self.by_schema.keys().copied()
    }

    fn is_of(&self, generation: u64, ttl: Duration) -> bool {
        self.generation == generation && self.begun.elapsed() < ttl
    }
}

/// Those asked for lately. When there is no room for one more, those that nobody has asked for since the last time are
/// forgotten.
pub(super) struct Users {
    /// How many roles and users each half may hold.
    room: usize,
    halves: RwLock<Halves>,
}

#[derive(Default)]
struct Halves {
    young: HashMap<String, Arc<Roles>>,
    /// What there is in `young`: roles and users.
    weight: usize,
    old: HashMap<String, Arc<Roles>>,
}

impl Users {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            room: capacity / 2,
            halves: RwLock::default(),
        }
    }

    /// What was read of the user, if it is of this generation and not older than `ttl`.
    pub(super) fn find(&self, user: &str, generation: u64, ttl: Duration) -> Option<Arc<Roles>> {
        let halves = self.halves.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(roles) = halves.young.get(user) {
            return roles.is_of(generation, ttl).then(|| Arc::clone(roles));
        }
        let roles = halves.old.get(user)?;
        let roles = roles.is_of(generation, ttl).then(|| Arc::clone(roles))?;
        drop(halves);
        self.keep(user, Arc::clone(&roles));
        Some(roles)
    }

    pub(super) fn keep(&self, user: &str, roles: Arc<Roles>) {
        let weight = 1 + roles.count;
        let mut halves = self.halves.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = halves.young.get_mut(user) {
            // One that began later may have been through sooner.
            if before.begun > roles.begun {
                return;
            }
            let before = std::mem::replace(before, roles);
            halves.weight = halves.weight + weight - (1 + before.count);
            return;
        }
        let mut forgotten = HashMap::new();
        if halves.weight + weight > self.room {
            let young = std::mem::take(&mut halves.young);
            forgotten = std::mem::replace(&mut halves.old, young);
            halves.weight = 0;
        }
        halves.old.remove(user);
        halves.young.insert(user.to_owned(), roles);
        halves.weight += weight;
        // Many may have to be freed, and meanwhile others ask.
        drop(halves);
        drop(forgotten);
    }

    pub(super) fn count(&self) -> usize {
        let halves = self.halves.read().unwrap_or_else(PoisonError::into_inner);
        halves.young.len() + halves.old.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(60);

    fn roles(generation: u64, count: i32) -> Arc<Roles> {
        let rows = (0..count).map(|schema| (schema, "member".to_owned()));
        Arc::new(Roles::new(generation, Instant::now(), rows.collect()))
    }

    #[test]
    fn what_is_asked_for_stays_and_what_is_not_goes() {
        let users = Users::new(20);
        users.keep("asked", roles(1, 1));
        for number in 0..1000 {
            users.keep(&number.to_string(), roles(1, 1));
            assert!(users.find("asked", 1, TTL).is_some(), "after {number}");
            assert!(users.count() <= 10);
        }
        assert!(users.find("0", 1, TTL).is_none());
        assert!(users.find("999", 1, TTL).is_some());
    }

    #[test]
    fn one_with_many_roles_takes_more_room() {
        let users = Users::new(20);
        for number in 0..100 {
            users.keep(&number.to_string(), roles(1, 8));
            assert!(users.count() <= 2);
        }
        // One that is too large is alone.
        users.keep("large", roles(1, 1000));
        users.keep("next", roles(1, 1));
        assert!(users.find("large", 1, TTL).is_some());
        users.keep("other", roles(1, 8));
        assert!(users.count() <= 4);
    }

    #[test]
    fn what_is_of_another_generation_or_too_old_is_not_found() {
        let users = Users::new(20);
        users.keep("ann", roles(1, 1));
        assert!(users.find("ann", 2, TTL).is_none());
        assert!(users.find("ann", 1, Duration::ZERO).is_none());
        assert!(users.find("ann", 1, TTL).is_some());
    }

    #[test]
    fn what_was_read_before_takes_no_place_of_what_was_read_later() {
        let users = Users::new(20);
        let early = roles(1, 1);
        std::thread::sleep(Duration::from_millis(2));
        users.keep("ann", roles(1, 2));
        users.keep("ann", early);
        assert!(users.find("ann", 1, TTL).unwrap().within(1).is_some());
    }
}
