//! What a cached registry has done.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a [`CachedRegistry`](super::CachedRegistry) has done since it was begun, and what it has now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CacheStats {
    /// Answers from memory.
    pub remembered: u64,
    /// Statements that were sent: to read what memory had not, or to answer at once where it could not be believed.
    pub statements: u64,
    /// How often it began to listen, so that memory could be believed.
    pub connects: u64,
    /// Whether memory is believed now.
    pub is_live: bool,
    /// How many users it remembers now.
    pub users: usize,
}

#[derive(Default)]
pub(super) struct Counters {
    pub(super) remembered: Counter,
    pub(super) statements: Counter,
    pub(super) connects: Counter,
}

#[derive(Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
