//! Until when memory may be believed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Until when it is known that all changes are heard of. It beats from one proof to the next; without one it stops by itself.
pub(super) struct Pulse {
    base: Instant,
    /// In nanoseconds since `base`.
    until: AtomicU64,
}

impl Pulse {
    /// One that does not beat yet.
    pub(super) fn new() -> Self {
        Self {
            base: Instant::now(),
            until: AtomicU64::new(0),
        }
    }

    pub(super) fn is_alive(&self) -> bool {
        nanoseconds(self.base.elapsed()) < self.until.load(Ordering::Acquire)
    }

    /// Lets it beat until then. What was heard before is noted already.
    pub(super) fn prove(&self, until: Instant) {
        let until = nanoseconds(until.saturating_duration_since(self.base));
        self.until.store(until, Ordering::Release);
    }

    pub(super) fn stop(&self) {
        self.until.store(0, Ordering::Release);
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_beats_until_the_proof_is_too_old_or_it_is_stopped() {
        let pulse = Pulse::new();
        assert!(!pulse.is_alive());
        let soon = Instant::now() + Duration::from_millis(30);
        pulse.prove(soon);
        assert!(pulse.is_alive());
        std::thread::sleep(Duration::from_millis(40));
        assert!(!pulse.is_alive());
        pulse.prove(Instant::now() + Duration::from_secs(60));
        assert!(pulse.is_alive());
        pulse.stop();
        assert!(!pulse.is_alive());
        pulse.prove(soon);
        assert!(!pulse.is_alive());
    }
}
