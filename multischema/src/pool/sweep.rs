//! Closing, or giving back, connections that nobody asked for in a while.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use super::park::Kept;
use super::shared::{Shared, give_back};

/// Holds the sweeper; with it ends the thread.
pub(super) struct Sweeper {
    _stop: Sender<()>,
}

/// Sweeps `shared` from time to time, for as long as the sweeper and the pool are there. If no thread can be
/// started, connections are swept by who looks for one only.
pub(super) fn start(shared: &Arc<Shared>) -> Option<Sweeper> {
    let interval = interval(shared)?;
    let (stop, stopped) = mpsc::channel();
    let pool = Arc::downgrade(shared);
    let thread = thread::Builder::new().name("multischema-sweep".into());
    thread
        .spawn(move || {
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                if !sweep(&pool) {
                    break;
                }
            }
        })
        .ok()?;
    Some(Sweeper { _stop: stop })
}

/// Often enough that nothing stays for much longer than it may.
fn interval(shared: &Shared) -> Option<Duration> {
    let limits = [shared.r2d2.max_lifetime(), shared.r2d2.idle_timeout()];
    let back = shared
        .settings
        .is_wrapped
        .then_some(shared.settings.proof_ttl)
        .filter(|ttl| !ttl.is_zero());
    let shortest = limits.into_iter().chain([back]).flatten().min()?;
    Some((shortest / 2).clamp(Duration::from_millis(10), Duration::from_secs(30)))
}

fn sweep(pool: &Weak<Shared>) -> bool {
    let Some(shared) = pool.upgrade() else {
        return false;
    };
    while let Some(kept) = shared.park.take_due(|kept| shared.is_old(kept)) {
        shared.close(kept);
        shared.park.give_permit();
    }
    if shared.settings.is_wrapped {
        // Others wait for them.
        let ttl = shared.settings.proof_ttl;
        let is_unused = |kept: &Kept| kept.idle_since.elapsed() >= ttl;
        while let Some(kept) = shared.park.take_due(is_unused) {
            give_back(kept);
            shared.park.give_permit();
        }
    }
    true
}
