//! Who may use which schema.

mod dead;
mod members;
mod misses;
mod network;
mod odd;
mod own;
mod proxy;
mod revoked;
mod rules;
mod steady;
mod threads;

use std::thread;
use std::time::{Duration, Instant};

use multischema::{CachedRegistry, Registry, SchemaName, TenantPool, User};
use multischema_tests::{Noting, Statements, World};

fn name(name: &str) -> SchemaName {
    name.parse().unwrap()
}

/// A user who is no superuser.
fn user(id: &str) -> User {
    User::new(id)
}

fn superuser() -> User {
    User::new("root").superuser(true)
}

/// A database with schemata in its registry, and a user `ann` who belongs to all of them.
fn world<const N: usize>(names: [&str; N]) -> (World, [SchemaName; N]) {
    let (world, names) = World::registered(names);
    let registry = world.empty_registry();
    for schema in &names {
        registry.add_member(schema, "ann", "member").unwrap();
    }
    (world, names)
}

/// A process of its own, as far as the registry is concerned: its pool, its memory.
fn process(world: &World) -> CachedRegistry {
    live(world.empty_registry().cached())
}

/// One whose pool notes what it sends.
fn noted_process(world: &World) -> (CachedRegistry, Statements) {
    let noting = Noting::default();
    let pool = TenantPool::builder(world.url()).max_size(4);
    let pool = pool.customizer(Box::new(noting.clone())).build().unwrap();
    let cached = live(Registry::new(pool).cached());
    let _ = noting.0.take();
    (cached, noting.0)
}

fn live(cached: CachedRegistry) -> CachedRegistry {
    assert!(cached.wait_until_live(Duration::from_secs(10)));
    cached
}

/// Waits until it is so, and returns how long that took.
#[track_caller]
fn until(limit: Duration, mut is_so: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < limit, "not within {limit:?}");
        thread::sleep(Duration::from_millis(2));
    }
    start.elapsed()
}

/// Fails unless memory gives this answer, or does once it is believed again: on a busy machine a listener may not get to run.
#[track_caller]
fn peeks<T: PartialEq + std::fmt::Debug>(peek: impl Fn() -> Option<T>, expected: &T) {
    let start = Instant::now();
    loop {
        match peek() {
            Some(answer) => return assert_eq!(answer, *expected),
            None => assert!(start.elapsed() < Duration::from_secs(5), "no answer"),
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Has the answer to what everybody may use in memory, so that it is not read later.
#[track_caller]
fn remembers(cached: &CachedRegistry, user: &User, schema: &SchemaName) {
    until(Duration::from_secs(2), || {
        cached.may_use(user, schema).unwrap() && cached.peek_may_use(user, schema) == Some(true)
    });
}

/// What finds the listeners' backends.
const LISTENERS: &str = "pg_stat_activity WHERE datname = current_database() \
     AND (query = 'LISTEN multischema' OR query LIKE '/* multischema listens */%')";
