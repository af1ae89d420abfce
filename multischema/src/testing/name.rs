//! The names of databases and folders.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns a name that is never returned again, here or in another process.
///
/// Numbers of processes are used again, by this machine and by others with the same server; the
/// clock tells them apart.
pub(super) fn unique() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    let clock = clock & 0xffff_ffff_ffff; // three days of nanoseconds, and short
    format!("multischema_{}_{counter}_{clock:x}", process::id())
}
