//! How a cached registry is set up.

use std::fmt;
use std::time::Duration;

use super::cached::CachedRegistry;
use super::listener::Listening;
use super::memory::Memory;
use crate::pool::Apart;
use crate::registry::Registry;

/// Sets up a [`CachedRegistry`]; see [`CachedRegistry::builder`].
#[must_use = "a cached registry is there when `build` is called"]
pub struct CachedRegistryBuilder {
    registry: Registry,
    apart: Option<Apart>,
    ttl: Duration,
    max_memberships: usize,
}

impl CachedRegistryBuilder {
    pub(super) fn new(registry: Registry) -> Self {
        Self {
            apart: registry.pool().apart(),
            registry,
            ttl: Duration::from_secs(30),
            max_memberships: 100_000,
        }
    }

    /// Sets for how long what was read is believed, even if nothing was heard that changes it.
    ///
    /// Defaults to 30 seconds. With [`Duration::ZERO`] the database is asked each time, and nobody listens.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// Sets how many memberships are remembered at most, those of all users together. Each user counts as one more. With
    /// too few for those who are there at once, they are read again and again.
    ///
    /// Defaults to 100,000, which may take 40 MB.
    pub fn max_memberships(mut self, max: usize) -> Self {
        self.max_memberships = max;
        self
    }

    /// Sets the database in which to listen for changes. It has to be that of the pool, by a way on which a session stays
    /// with its connection; if it is another, what is remembered is never believed.
    ///
    /// Defaults to the URL of the pool, and to none if the pool was [wrapped](crate::TenantPool::wrap).
    pub fn listen_at(mut self, url: &str) -> Self {
        self.apart = Some(Apart::at(url));
        self
    }

    /// Begins to listen, on a thread of its own, and does not wait for it.
    #[must_use]
    pub fn build(self) -> CachedRegistry {
        let listening = Listening::at(self.apart.filter(|_| !self.ttl.is_zero()));
        CachedRegistry::new(Memory::new(
            self.registry,
            listening,
            self.ttl,
            self.max_memberships,
        ))
    }
}

impl fmt::Debug for CachedRegistryBuilder {
    // Without the URL, as a password may be in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedRegistryBuilder")
            .field("ttl", &self.ttl)
            .field("max_memberships", &self.max_memberships)
            .finish_non_exhaustive()
    }
}
