//! What is remembered, whether it is believed, and how it is read.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::flight::{Flight, Flights};
use super::generations::{Generations, Hint};
use super::listener::Listening;
use super::pulse::Pulse;
use super::snapshot::Snapshot;
use super::stats::{CacheStats, Counters};
use super::users::{Roles, Users};
use crate::name::SchemaName;
use crate::registry::{Filter, Registry, RegistryError, Schema, User, check_user};

/// For how long a schema that was not there is believed not to be, so that names which somebody makes up do not reach the
/// database one by one.
const ABSENCE: Duration = Duration::from_secs(1);

/// What all clones of a [`CachedRegistry`](super::CachedRegistry) have in common.
pub(super) struct Memory {
    pub(super) registry: Registry,
    pub(super) pulse: Pulse,
    pub(super) listening: Listening,
    pub(super) counters: Counters,
    ttl: Duration,
    heard: Generations,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    users: Users,
    flights: Flights<Reading>,
}

/// What can be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Reading {
    Schemata,
    User(String),
}

/// What has to be remembered for an answer.
#[derive(Clone, Copy)]
pub(super) struct Topic<'a> {
    pub(super) schema: Option<&'a SchemaName>,
    /// The id of a user whose roles matter.
    pub(super) user: Option<&'a str>,
}

impl Memory {
    pub(super) fn new(
        registry: Registry,
        listening: Listening,
        ttl: Duration,
        capacity: usize,
    ) -> Self {
        Self {
            registry,
            pulse: Pulse::new(),
            listening,
            counters: Counters::default(),
            ttl,
            heard: Generations::default(),
            snapshot: RwLock::default(),
            users: Users::new(capacity),
            flights: Flights::new(),
        }
    }

    /// Notes a change.
    pub(super) fn hear(&self, hint: Hint<'_>) {
        self.heard.hear(hint);
        let Hint::Schemata(Some(name)) = hint else {
            return;
        };
        // Only those that there are, as anybody can send a name, and the pool forgets none.
        let Ok(name) = name.parse::<SchemaName>() else {
            return;
        };
        if self.latest().is_some_and(|it| it.find(&name).is_some()) {
            self.registry.pool().forget(&name);
        }
    }

    /// What was heard of schemata, and what this process has done itself. Each only grows, so that their sum says whether
    /// any of them has.
    fn schemata_generation(&self) -> u64 {
        self.heard.schemata() + self.registry.pool().changes()
    }

    fn members_generation(&self) -> u64 {
        self.heard.members() + self.registry.pool().changes()
    }

    fn latest(&self) -> Option<Arc<Snapshot>> {
        let latest = self.snapshot.read().unwrap_or_else(PoisonError::into_inner);
        latest.clone()
    }

    /// Whether what is remembered can be believed at all.
    pub(super) fn is_live(&self) -> bool {
        !self.ttl.is_zero() && self.pulse.is_alive()
    }

    /// All schemata, if what is remembered of them is believed. The pulse is felt first: what was heard before the proof is
    /// noted before it.
    pub(super) fn schemata(&self) -> Option<Arc<Snapshot>> {
        if !self.is_live() {
            return None;
        }
        let latest = self.latest()?;
        let is_current = latest.generation == self.schemata_generation() && latest.age() < self.ttl;
        is_current.then_some(latest)
    }

    /// The roles of a user. Whoever asks has felt the pulse.
    fn roles(&self, user: &str) -> Option<Arc<Roles>> {
        self.users.find(user, self.members_generation(), self.ttl)
    }

    /// Whether the schema was not there a moment ago. That is believed only where it would be heard of if it were made: whoever is told
    /// no may forget what they chose.
    pub(super) fn is_absent(&self, schema: &SchemaName) -> bool {
        self.is_live()
            && self.latest().is_some_and(|it| {
                it.find(schema).is_none()
                    && it.age() < ABSENCE
                    && it.generation == self.schemata_generation()
            })
    }

    /// The schema, and the user's roles in it, if the user may use it.
    pub(super) fn recall(&self, user: &User, schema: &SchemaName) -> Option<Recalled> {
        let is_nobody = !user.is_superuser() && check_user(user.id()).is_err();
        if is_nobody || schema.is_template() || self.is_absent(schema) {
            return Some(Recalled::Refused);
        }
        let snapshot = self.schemata()?;
        let Some(found) = snapshot.find(schema) else {
            // Who is a member of none that was made since has none of this name. That is not to take longer than it does for
            // one that is somebody else's: so nobody learns which names there are.
            let roles = (!user.is_superuser()).then(|| self.roles(user.id()))??;
            let knows_all = roles.schemata().all(|it| snapshot.has(it));
            return knows_all.then_some(Recalled::Refused);
        };
        if !user.usable().contains(&found.status) {
            return Some(Recalled::Refused);
        }
        if user.is_superuser() {
            return Some(Recalled::Superuser(found.id));
        }
        let roles = self.roles(user.id())?;
        Some(match roles.within(found.id) {
            Some(_) => Recalled::Member(roles, found.id),
            None => Recalled::Refused,
        })
    }

    pub(super) fn recall_roles(&self, user: &User, schema: &SchemaName) -> Option<Vec<String>> {
        let (roles, id) = match self.recall(user, schema)? {
            Recalled::Refused => return Some(Vec::new()),
            Recalled::Superuser(_) if check_user(user.id()).is_err() => return Some(Vec::new()),
            Recalled::Superuser(id) => (self.roles(user.id())?, id),
            Recalled::Member(roles, id) => (roles, id),
        };
        Some(roles.within(id).unwrap_or_default().to_vec())
    }

    pub(super) fn recall_visible(&self, user: &User) -> Option<Arc<[Schema]>> {
        if !user.is_superuser() && check_user(user.id()).is_err() {
            return Some([].into());
        }
        let snapshot = self.schemata()?;
        if user.is_superuser() {
            return Some(Arc::clone(&snapshot.open));
        }
        let roles = self.roles(user.id())?;
        Some(roles.visible(&snapshot, || {
            let is_usable = |schema: &&Schema| user.usable().contains(&schema.status);
            let visible = snapshot.those(roles.schemata()).filter(is_usable);
            visible.cloned().collect()
        }))
    }

    /// Reads what is missing for an answer. Returns whether memory may have one then.
    pub(super) fn learn(&self, topic: Topic<'_>) -> Result<bool, RegistryError> {
        if !self.is_live() {
            return Ok(false);
        }
        let is_known = |schema| self.latest().is_some_and(|it| it.find(schema).is_some());
        let is_unsure = topic
            .schema
            .is_some_and(|it| !is_known(it) && !self.is_absent(it));
        if (is_unsure || self.schemata().is_none()) && !self.read_schemata()? {
            return Ok(false);
        }
        match topic.user {
            Some(user) if self.roles(user).is_none() => self.read_roles(user),
            _ => Ok(true),
        }
    }

    fn read_schemata(&self) -> Result<bool, RegistryError> {
        self.read(&Reading::Schemata, || {
            let (generation, begun) = (self.schemata_generation(), Instant::now());
            let all = self.registry.list(Filter::all())?;
            let read = Arc::new(Snapshot::new(generation, begun, all));
            let latest = self.snapshot.write();
            let mut latest = latest.unwrap_or_else(PoisonError::into_inner);
            if latest.as_ref().is_none_or(|it| read.is_newer_than(it)) {
                *latest = Some(read);
            }
            Ok(())
        })
    }

    fn read_roles(&self, user: &str) -> Result<bool, RegistryError> {
        self.read(&Reading::User(user.to_owned()), || {
            let (generation, begun) = (self.members_generation(), Instant::now());
            let rows = self.registry.roles_of(user)?;
            let roles = Roles::new(generation, begun, rows);
            self.users.keep(user, Arc::new(roles));
            Ok(())
        })
    }

    fn read(
        &self,
        reading: &Reading,
        work: impl FnOnce() -> Result<(), RegistryError>,
    ) -> Result<bool, RegistryError> {
        let flight = self.flights.fly(reading, || {
            self.counters.statements.add();
            work()
        })?;
        Ok(flight != Flight::Late)
    }

    /// Forgets everything.
    pub(super) fn forget(&self) {
        self.heard.hear(Hint::Anything);
    }

    pub(super) fn stats(&self) -> CacheStats {
        CacheStats {
            remembered: self.counters.remembered.get(),
            statements: self.counters.statements.get(),
            connects: self.counters.connects.get(),
            is_live: self.is_live(),
            users: self.users.count(),
        }
    }
}

/// What memory says of a user and a schema.
pub(super) enum Recalled {
    Refused,
    /// A superuser may use the schema of this number.
    Superuser(i32),
    /// A member may use the schema of this number.
    Member(Arc<Roles>, i32),
}
