//! The thread of a listener ends with the last who needs it.

use std::env;
use std::process::Command;
use std::time::{Duration, Instant};

use multischema::{CachedRegistry, Registry, TenantPool};
use multischema_tests::World;

use super::{live, until};

/// Where the database is for the process that this test starts: in its own, others have threads.
const URL: &str = "MULTISCHEMA_TEST_THREADS_URL";

#[test]
#[cfg(target_os = "linux")]
fn threads_end_with_the_last_handle() {
    let (world, []) = World::registered([]);
    let mut alone = Command::new(env::current_exe().unwrap());
    alone.args(["access::threads::alone", "--exact", "--nocapture"]);
    let ran = alone.env(URL, world.url()).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    assert!(String::from_utf8_lossy(&ran.stderr).contains("all ended"));
}

/// How many threads listen in this process.
fn listening() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names
        .filter(|name| "multischema-listen".starts_with(name.trim_end()))
        .count()
}

/// Does nothing but in a process of its own.
#[test]
fn alone() {
    let Ok(url) = env::var(URL) else {
        return;
    };
    let registry = || Registry::new(TenantPool::builder(&url).max_size(1).build().unwrap());
    let ends = || {
        until(Duration::from_secs(3), || listening() == 0);
    };
    assert_eq!(listening(), 0);
    // One that listens.
    let cached = live(registry().cached());
    let clone = cached.clone();
    assert_eq!(listening(), 1);
    drop(cached);
    assert!(clone.is_live());
    assert_eq!(listening(), 1);
    drop(clone);
    ends();
    // Several, at any time of their lives.
    for wait in [0, 1, 5, 20, 60, 2100] {
        let all = [(); 4].map(|()| registry().cached());
        std::thread::sleep(Duration::from_millis(wait));
        drop(all);
        ends();
    }
    // One that gets nowhere, and waits for its next attempt.
    let cached = CachedRegistry::builder(registry()).listen_at("postgres://127.0.0.1:1/nowhere");
    let cached = cached.build();
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(listening(), 1);
    drop(cached);
    ends();
    // However often somebody asks.
    let cached = CachedRegistry::builder(registry()).listen_at("postgres://127.0.0.1:1/nowhere");
    let cached = cached.build();
    for _ in 0..1000 {
        assert!(!cached.is_live());
        assert!(listening() <= 1);
    }
    drop(cached);
    ends();
    // A server that lets one in and says nothing, where one waits for ever.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let nowhere = format!("postgres://127.0.0.1:{port}/nowhere?connect_timeout=0");
    let cached = CachedRegistry::builder(registry()).listen_at(&nowhere);
    let cached = cached.build();
    let start = Instant::now();
    let mut most = 0;
    while start.elapsed() < Duration::from_secs(26) {
        assert!(!cached.is_live());
        most = most.max(listening());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(most, 3);
    // What they wait for ends.
    drop((cached, silent));
    ends();
    std::io::Write::write_all(&mut std::io::stderr(), b"all ended").unwrap();
}
