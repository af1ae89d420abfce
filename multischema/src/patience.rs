//! How to wait for others.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How long to wait before the next attempt: 20 to 100 ms, at random, so that two do not meet again and again.
pub(crate) fn pause() -> Duration {
    // Each `RandomState` has keys of its own.
    Duration::from_millis(20 + RandomState::new().hash_one(()) % 81)
}
