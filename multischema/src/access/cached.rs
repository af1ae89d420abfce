//! The registry, from memory.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::builder::CachedRegistryBuilder;
use super::error::AccessError;
use super::grant::Grant;
use super::memory::{Memory, Recalled, Topic};
use super::schema_access::{SchemaAccess, only};
use super::stats::CacheStats;
use crate::name::SchemaName;
use crate::registry::{Registry, RegistryError, Schema, User};

/// How often memory is looked into, and what it lacks read, before the database is asked for the answer itself. It may change
/// in between.
const ATTEMPTS: u32 = 3;

/// The registry as this process remembers it, for what is asked on every request.
///
/// What it remembers is believed only while it is known that no change was missed. A connection of its own listens for
/// changes and is asked for a sign of life every 2 s; without one for 2.5 s, or once it is known to be lost, each question is
/// one to the database, until there is another connection. So what another process revokes or suspends is refused
///
/// * within a fraction of a second as long as the connection lives: it is looked at every 50 ms;
/// * at once when it is known to be dead;
/// * within 3 s if the network has swallowed it without a word.
///
/// What is changed by a [`Registry`] on the same pool is so at once. Nothing is sent for an answer from memory. What was
/// read is read again after [`ttl`](CachedRegistryBuilder::ttl), and when a schema is asked for that was not there: once
/// for all who ask, and not more than once a second, unless it is heard that one was made. While nothing is believed, the
/// database is asked for names that are not there as for all others.
///
/// One is enough for a process: a clone is the same. The connection is closed, and its thread ends, with the last of them.
/// Where the pool knows no URL ([`TenantPool::wrap`](crate::TenantPool::wrap)), it has to be
/// [given](CachedRegistryBuilder::listen_at); until then every question is one to the database. So it is where the
/// connection does not hear what the pool's connections say: behind a pooler that gives each transaction another session, on
/// a replica, or in a test whose transactions are never committed.
///
/// # Examples
///
/// ```no_run
/// use multischema::{Registry, TenantPool, User};
///
/// let pool = TenantPool::builder("postgres://localhost/schools").build()?;
/// let registry = Registry::new(pool).cached();
///
/// let ann = User::new("ann@example.com");
/// assert!(registry.may_use(&ann, &"school_a".parse()?)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CachedRegistry {
    memory: Arc<Memory>,
}

impl Registry {
    /// Begins a memory of the registry, with its own thread and connection; see [`CachedRegistry`]. Does not wait for
    /// them.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), multischema::RegistryError> {
    /// let cached = registry.cached();
    /// println!("{} schemata", cached.list()?.len());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn cached(&self) -> CachedRegistry {
        CachedRegistry::builder(self.clone()).build()
    }
}

impl CachedRegistry {
    /// Sets up a memory of `registry`.
    pub fn builder(registry: Registry) -> CachedRegistryBuilder {
        CachedRegistryBuilder::new(registry)
    }

    pub(super) fn new(memory: Memory) -> Self {
        let memory = Arc::new(memory);
        memory.revive();
        Self { memory }
    }

    /// Returns the registry that is remembered.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.memory.registry
    }

    /// Returns whether the user may use the schema now; see [`Registry::may_use`].
    ///
    /// # Errors
    ///
    /// As [`Registry::may_use`], if the database has to be asked.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::CachedRegistry) -> Result<(), Box<dyn std::error::Error>> {
    /// let ann = multischema::User::new("ann@example.com");
    /// let allowed = registry.may_use(&ann, &"school_a".parse()?)?;
    /// # Ok(()) }
    /// ```
    pub fn may_use(&self, user: &User, schema: &SchemaName) -> Result<bool, RegistryError> {
        Ok(self.usable(user, schema)?.is_some())
    }

    /// The number of the schema, if the user may use it now.
    fn usable(&self, user: &User, schema: &SchemaName) -> Result<Option<i32>, RegistryError> {
        let topic = Topic {
            schema: Some(schema),
            user: (!user.is_superuser()).then(|| user.id()),
        };
        self.answer(
            topic,
            || self.recall_usable(user, schema),
            |registry| registry.usable(user, schema),
        )
    }

    /// Returns the roles that the user has in the schema; see [`Registry::roles`].
    ///
    /// # Errors
    ///
    /// As [`Registry::roles`], if the database has to be asked.
    pub fn roles(&self, user: &User, schema: &SchemaName) -> Result<Vec<String>, RegistryError> {
        let topic = Topic {
            schema: Some(schema),
            user: Some(user.id()),
        };
        self.answer(
            topic,
            || self.memory.recall_roles(user, schema),
            |registry| registry.roles(user, schema),
        )
    }

    /// Returns the schemata that the user may use now; see [`Registry::visible`].
    ///
    /// # Errors
    ///
    /// As [`Registry::visible`], if the database has to be asked.
    pub fn visible(&self, user: &User) -> Result<Arc<[Schema]>, RegistryError> {
        let topic = Topic {
            schema: None,
            user: (!user.is_superuser()).then(|| user.id()),
        };
        self.answer(
            topic,
            || self.memory.recall_visible(user),
            |registry| Ok(registry.visible(user)?.into()),
        )
    }

    /// Returns the schema `name`, if there is one, whatever its status. The template is none.
    ///
    /// # Errors
    ///
    /// As [`Registry::find`], if the database has to be asked.
    pub fn find(&self, name: &SchemaName) -> Result<Option<Schema>, RegistryError> {
        let topic = Topic {
            schema: Some(name),
            user: None,
        };
        self.answer(
            topic,
            || self.recall_find(name),
            |registry| registry.find(name),
        )
    }

    /// Returns all schemata, in the order in which they were made.
    ///
    /// # Errors
    ///
    /// As [`Registry::list`], if the database has to be asked.
    pub fn list(&self) -> Result<Arc<[Schema]>, RegistryError> {
        let topic = Topic {
            schema: None,
            user: None,
        };
        self.answer(
            topic,
            || self.memory.schemata().map(|it| Arc::clone(&it.all)),
            |registry| Ok(registry.list(crate::registry::Filter::all())?.into()),
        )
    }

    /// Answers [`may_use`](Self::may_use) from memory, or with `None` if the database has to be asked. Waits for nothing.
    #[must_use]
    pub fn peek_may_use(&self, user: &User, schema: &SchemaName) -> Option<bool> {
        self.peek_usable(user, schema).map(|it| it.is_some())
    }

    fn peek_usable(&self, user: &User, schema: &SchemaName) -> Option<Option<i32>> {
        self.peek(|| self.recall_usable(user, schema))
    }

    /// Answers [`roles`](Self::roles) from memory, or with `None` if the database has to be asked. Waits for nothing.
    #[must_use]
    pub fn peek_roles(&self, user: &User, schema: &SchemaName) -> Option<Vec<String>> {
        self.peek(|| self.memory.recall_roles(user, schema))
    }

    /// Answers [`visible`](Self::visible) from memory, or with `None` if the database has to be asked. Waits for nothing.
    #[must_use]
    pub fn peek_visible(&self, user: &User) -> Option<Arc<[Schema]>> {
        self.peek(|| self.memory.recall_visible(user))
    }

    /// Answers [`find`](Self::find) from memory, or with `None` if the database has to be asked. Waits for nothing.
    #[must_use]
    pub fn peek_find(&self, name: &SchemaName) -> Option<Option<Schema>> {
        self.peek(|| self.recall_find(name))
    }

    /// Has the database asked for what is asked next.
    pub fn forget(&self) {
        self.memory.forget();
    }

    /// Returns whether what is remembered is believed now.
    #[must_use]
    pub fn is_live(&self) -> bool {
        let is_live = self.memory.is_live();
        if !is_live {
            self.memory.revive();
        }
        is_live
    }

    /// Waits until what is remembered is believed, for as long as `patience`, and returns whether it is. Nobody has to:
    /// what is asked before that is answered by the database.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::CachedRegistry) {
    /// if !registry.wait_until_live(std::time::Duration::from_secs(2)) {
    ///     eprintln!("nobody tells what changes, so every request asks the database");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn wait_until_live(&self, patience: Duration) -> bool {
        let start = Instant::now();
        loop {
            if self.is_live() {
                return true;
            }
            let Some(left) = patience.checked_sub(start.elapsed()) else {
                return false;
            };
            thread::sleep(left.min(Duration::from_millis(5)));
        }
    }

    /// Returns what was done.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        self.memory.stats()
    }

    fn recall_usable(&self, user: &User, schema: &SchemaName) -> Option<Option<i32>> {
        Some(match self.memory.recall(user, schema)? {
            Recalled::Refused => None,
            Recalled::Superuser(id) | Recalled::Member(_, id) => Some(id),
        })
    }

    fn recall_find(&self, name: &SchemaName) -> Option<Option<Schema>> {
        if name.is_template() || self.memory.is_absent(name) {
            return Some(None);
        }
        let found = self.memory.schemata()?.find(name).cloned();
        found.map(Some)
    }

    fn peek<T>(&self, recall: impl FnOnce() -> Option<T>) -> Option<T> {
        let recalled = recall();
        match recalled {
            Some(_) => self.memory.counters.remembered.add(),
            None => self.memory.revive(),
        }
        recalled
    }

    /// Answers from memory, or by the database: never by something that was put together of both.
    fn answer<T>(
        &self,
        topic: Topic<'_>,
        recall: impl Fn() -> Option<T>,
        ask: impl FnOnce(&Registry) -> Result<T, RegistryError>,
    ) -> Result<T, RegistryError> {
        for _ in 0..ATTEMPTS {
            if let Some(answer) = self.peek(&recall) {
                return Ok(answer);
            }
            if !self.memory.learn(topic)? {
                break;
            }
        }
        self.memory.counters.statements.add();
        ask(&self.memory.registry)
    }
}

impl SchemaAccess for CachedRegistry {
    fn visible(&self, user: &User) -> Result<Arc<[Schema]>, AccessError> {
        Ok(Self::visible(self, user)?)
    }

    fn may_use(&self, user: &User, schema: &SchemaName) -> Result<bool, AccessError> {
        Ok(Self::may_use(self, user, schema)?)
    }

    fn grant(&self, user: &User, schema: &SchemaName) -> Result<Option<Grant>, AccessError> {
        Ok(self.usable(user, schema)?.map(Grant::of))
    }

    fn peek_grant(&self, user: &User, schema: &SchemaName) -> Option<Option<Grant>> {
        let usable = self.peek_usable(user, schema)?;
        Some(usable.map(Grant::of))
    }

    fn peek_visible(&self, user: &User) -> Option<Arc<[Schema]>> {
        Self::peek_visible(self, user)
    }

    fn peek_may_use(&self, user: &User, schema: &SchemaName) -> Option<bool> {
        Self::peek_may_use(self, user, schema)
    }

    fn peek_default_schema(&self, user: &User) -> Option<Option<Schema>> {
        Self::peek_visible(self, user).map(|visible| only(&visible))
    }
}

impl fmt::Debug for CachedRegistry {
    // Without the registry, whose pool knows the URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedRegistry")
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
