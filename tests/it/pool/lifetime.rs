//! How long connections are kept, how much they may know, and what is told of them.

use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

use multischema::{SchemaName, TenantPool};
use multischema_tests::{titles, value};

use super::{SHORT, build, noted, pid, pool, wait, world};

const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";

fn pid_of(pool: &TenantPool, schema: &SchemaName) -> i32 {
    pid(&mut pool.tenant(schema).unwrap())
}

/// Waits until `done` says so.
#[track_caller]
fn until(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(3), "in vain");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn one_that_is_too_old_is_not_lent() {
    let (world, [a]) = world(["a"]);
    let pool = build(&world, 1, |pool| pool.max_lifetime(Some(SHORT * 3)));
    let first = pid_of(&pool, &a);
    assert_eq!(pid_of(&pool, &a), first);
    let mut conn = pool.tenant(&a).unwrap();
    thread::sleep(SHORT * 4);
    assert_eq!(pid(&mut conn), first);
    drop(conn);
    assert_eq!(pool.stats().parked, 0, "closed when it came back");
    assert_ne!(pid_of(&pool, &a), first);
}

#[test]
fn one_that_is_too_old_is_closed_by_the_sweep() {
    let (world, [a]) = world(["a"]);
    let pool = build(&world, 2, |pool| {
        pool.max_lifetime(Some(SHORT)).min_idle(Some(0))
    });
    drop([pool.tenant(&a).unwrap(), pool.tenant(&a).unwrap()]);
    until(|| pool.stats().parked == 0);
    assert_eq!(pool.stats().closed, 2);
    until(|| value(&mut world.pg(), OTHERS) == "0");
}

#[test]
fn one_that_nobody_used_is_closed_and_one_that_is_used_is_not() {
    let (world, [a]) = world(["a"]);
    let pool = build(&world, 1, |pool| {
        pool.idle_timeout(Some(SHORT * 5)).min_idle(Some(0))
    });
    let first = pid_of(&pool, &a);
    for _ in 0..8 {
        thread::sleep(SHORT);
        assert_eq!(pid_of(&pool, &a), first);
    }
    until(|| pool.stats().parked == 0);
    assert_eq!(pool.stats().closed, 1);
}

#[test]
fn without_limits_they_stay() {
    let (world, [a]) = world(["a"]);
    let pool = build(&world, 1, |pool| {
        pool.idle_timeout(None).max_lifetime(None).min_idle(Some(0))
    });
    let first = pid_of(&pool, &a);
    wait();
    assert_eq!(pid_of(&pool, &a), first);
}

#[test]
fn the_sweep_ends_with_the_pool() {
    let (world, [a]) = world(["a"]);
    let build = || {
        build(&world, 1, |pool| {
            pool.idle_timeout(Some(SHORT)).min_idle(Some(0))
        })
    };
    let (one, two) = (build(), build());
    drop(one.tenant(&a).unwrap());
    drop(one.clone());
    until(|| one.stats().parked == 0);
    drop((one, two));
}

#[test]
fn one_that_may_hold_too_much_memory_is_closed_when_it_comes_back() {
    let (world, [a, b]) = world(["a", "b"]);
    // A schema here has 8 or so relations: what one takes is allowed, what two take is not.
    let pool = build(&world, 1, |pool| pool.max_backend_memory(15 * 1024 * 12));
    let first = pid_of(&pool, &a);
    assert_eq!(pid_of(&pool, &a), first);
    assert_eq!(pid_of(&pool, &b), first);
    assert_eq!(pool.stats().closed, 1);
    assert_ne!(pid_of(&pool, &a), first);
}

#[test]
fn one_that_may_hold_too_much_memory_is_closed_also_after_transactions_of_the_pools() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = build(&world, 1, |pool| pool.max_backend_memory(15 * 1024 * 12));
    for schema in [&a, &a, &b] {
        pool.transaction(schema, titles).unwrap();
    }
    assert_eq!(pool.stats().closed, 1);
}

#[test]
fn past_the_number_of_schemata_all_statements_are_forgotten() {
    let (world, schemata) = world(["a", "b", "c", "d"]);
    let pool = build(&world, 1, |pool| pool.max_schemas_per_connection(2));
    let mut pids = HashSet::new();
    const PREPARED: &str =
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%documents%'";
    for (round, schema) in schemata.iter().chain(&schemata).enumerate() {
        let mut conn = pool.tenant(schema).unwrap();
        titles(&mut conn).unwrap();
        let prepared: usize = value(&mut conn, PREPARED).parse().unwrap();
        assert!(prepared <= 2, "{prepared} in round {round}");
        pids.insert(pid(&mut conn));
    }
    assert_eq!(pids.len(), 1, "on one connection");
    for schema in &schemata {
        pool.transaction(schema, titles).unwrap();
    }
    let prepared: usize = value(&mut pool.tenant(&schemata[3]).unwrap(), PREPARED)
        .parse()
        .unwrap();
    assert!(prepared <= 2, "{prepared} after transactions");
}

#[test]
fn what_is_known_of_a_schema_is_kept_up_to_the_number() {
    let (world, [a, b]) = world(["a", "b"]);
    let (pool, statements) = noted(&world, 1, |pool| pool.max_schemas_per_connection(2));
    for schema in [&a, &b, &a, &b] {
        titles(&mut pool.tenant(schema).unwrap()).unwrap();
    }
    let sent = statements.take();
    let forgotten = sent.iter().any(|text| text.contains("DEALLOCATE"));
    assert!(!forgotten, "{sent:?}");
}

#[test]
fn what_is_told_shows_no_password() {
    let url = "postgres://me:secret@127.0.0.1:1/app";
    let builder = TenantPool::builder(url).min_idle(Some(0)).max_size(1);
    assert!(!format!("{builder:?}").contains("secret"));
    let pool = builder.checkout_timeout(SHORT).build().unwrap();
    assert!(!format!("{pool:?}").contains("secret"));
    let error = pool.tenant(&"a".parse().unwrap()).unwrap_err();
    assert!(
        !format!("{error:?} {error}").contains("secret"),
        "{error:?}"
    );
}

#[test]
fn the_numbers_add_up() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 2);
    let mut lent = Vec::new();
    for schema in [&a, &b] {
        lent.push(pool.tenant(schema).unwrap());
    }
    let stats = pool.stats();
    assert_eq!((stats.lent, stats.parked, stats.connects), (2, 0, 2));
    lent.pop();
    let stats = pool.stats();
    assert_eq!((stats.lent, stats.parked), (1, 1));
    drop(lent);
    for schema in [&a, &a, &b] {
        drop(pool.tenant(schema).unwrap());
    }
    drop(pool.global().unwrap());
    pool.transaction(&a, titles).unwrap();
    pool.tenant(&"missing".parse().unwrap()).unwrap_err();
    let stats = pool.stats();
    assert_eq!(stats.hits + stats.proofs + stats.switches, 6);
    assert_eq!((stats.hits, stats.switches, stats.transactions), (3, 3, 1));
    assert_eq!((stats.lent, stats.parked), (0, 2));
    assert_eq!((stats.closed, stats.reconnects, stats.timeouts), (0, 0, 0));
}

#[test]
fn one_that_is_lent_for_longer_than_it_may_be_unused_is_kept() {
    let (world, [a]) = world(["a"]);
    let pool = build(&world, 1, |pool| {
        pool.idle_timeout(Some(SHORT * 5)).min_idle(Some(0))
    });
    let mut conn = pool.tenant(&a).unwrap();
    let first = pid(&mut conn);
    thread::sleep(SHORT * 6);
    drop(conn);
    assert_eq!(pool.stats().closed, 0);
    assert_eq!(pid(&mut pool.tenant(&a).unwrap()), first);
}

#[test]
fn one_that_is_lent_outlives_the_pool_and_is_closed_with_it() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = build(&world, 2, |pool| pool.min_idle(Some(0)));
    drop(pool.tenant(&b).unwrap());
    let mut conn = pool.tenant(&a).unwrap();
    drop(pool);
    assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
    assert_eq!(titles(&mut conn.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    drop(conn);
    until(|| value(&mut world.pg(), OTHERS) == "0");
}
