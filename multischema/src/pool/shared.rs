//! What all clones of a pool, and all connections lent by it, have in common.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::CacheSize;
use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, Pool};

use super::apart::Apart;
use super::park::{Kept, Park};
use super::stats::Counters;
use crate::path::SharedSchemata;
use crate::scope::Verify;

pub(super) struct Shared {
    pub(super) r2d2: Pool<ConnectionManager<PgConnection>>,
    pub(super) settings: Settings,
    pub(super) park: Park,
    pub(super) counters: Counters,
    /// How many relations a schema has, as counted in the first that was checked out; 0 if none was.
    pub(super) relations: AtomicU64,
    /// Counts the changes that this process has made in the registry.
    pub(super) changes: AtomicU64,
    /// Makes connections that are none of the pool's; none if the URL is not known.
    pub(super) apart: Option<Apart>,
}

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) checkout_timeout: Duration,
    pub(super) proof_ttl: Duration,
    pub(super) shared: SharedSchemata,
    pub(super) verify: Verify,
    pub(super) cache_size: Option<CacheSize>,
    pub(super) max_schemas: usize,
    pub(super) max_backend_memory: u64,
    /// Others use the same r2d2 pool, and are to find connections in it.
    pub(super) is_wrapped: bool,
}

impl Shared {
    /// Returns whether the connection has reached an age at which r2d2 would close it.
    pub(super) fn is_old(&self, kept: &Kept) -> bool {
        let past = |limit: Option<Duration>, since: Instant| {
            limit.is_some_and(|limit| since.elapsed() >= limit)
        };
        past(self.r2d2.max_lifetime(), kept.born) || past(self.r2d2.idle_timeout(), kept.idle_since)
    }

    /// Returns whether PostgreSQL may hold more memory for the connection than it should. It never gives back
    /// what it has learned of a relation, which is about 15 kB.
    pub(super) fn is_large(&self, kept: &Kept) -> bool {
        const PER_RELATION: u64 = 15 * 1024;
        let relations = self.relations.load(Ordering::Relaxed);
        let visited = u64::try_from(kept.session.schemata_visited()).unwrap_or(u64::MAX);
        visited
            .saturating_mul(relations)
            .saturating_mul(PER_RELATION)
            > self.settings.max_backend_memory
    }

    /// Closes a connection.
    pub(super) fn close(&self, mut kept: Kept) {
        self.counters.closed.add();
        kept.session.close();
    }
}

/// Gives a connection back to a pool that others use: dropped, its session empties the path and, distrusted, has its
/// statements forgotten.
pub(super) fn give_back(mut kept: Kept) {
    kept.session.distrust();
}
