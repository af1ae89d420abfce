//! What a pool has done.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a [`TenantPool`](super::TenantPool) has done since it was built, and what it has now.
///
/// Each checkout that succeeds is one of [`hits`](Self::hits), [`proofs`](Self::proofs) and
/// [`switches`](Self::switches).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PoolStats {
    /// Checkouts that sent no statement: a connection was there already, by a proof that is young enough.
    pub hits: u64,
    /// Checkouts of a connection that was there already, which proved it again.
    pub proofs: u64,
    /// Checkouts that moved a connection from elsewhere, new ones among them.
    pub switches: u64,
    /// Transactions begun by [`TenantPool::transaction`](super::TenantPool::transaction).
    pub transactions: u64,
    /// Connections that were taken from r2d2, new to the pool.
    pub connects: u64,
    /// Connections that were found dead at a checkout, and replaced.
    pub reconnects: u64,
    /// Connections that were closed: dead, not clean, too old, or too large.
    pub closed: u64,
    /// Checkouts that gave up waiting for a connection.
    pub timeouts: u64,
    /// Connections that are lent now.
    pub lent: u32,
    /// Connections that are parked now.
    pub parked: u32,
}

#[derive(Default)]
pub(super) struct Counters {
    pub(super) hits: Counter,
    pub(super) proofs: Counter,
    pub(super) switches: Counter,
    pub(super) transactions: Counter,
    pub(super) connects: Counter,
    pub(super) reconnects: Counter,
    pub(super) closed: Counter,
    pub(super) timeouts: Counter,
}

#[derive(Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counters {
    pub(super) fn read(&self) -> PoolStats {
        PoolStats {
            hits: self.hits.get(),
            proofs: self.proofs.get(),
            switches: self.switches.get(),
            transactions: self.transactions.get(),
            connects: self.connects.get(),
            reconnects: self.reconnects.get(),
            closed: self.closed.get(),
            timeouts: self.timeouts.get(),
            lent: 0,
            parked: 0,
        }
    }
}
