//! More borrowers than connections.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{CustomizeConnection, Error};
use multischema::{CheckoutError, SchemaName, TenantPool};
use multischema_tests::{World, titles};

use super::{LONG, SHORT, build, kill_all, pid, pool, wait, world};

#[test]
fn all_are_served_and_none_is_passed_over() {
    const THREADS: u32 = 16;
    const ROUNDS: u32 = 20;
    let (world, schemata) = world(["a", "b", "c"]);
    let pool = pool(&world, 2);
    let turns = AtomicU32::new(0);
    let passed = Mutex::new(Vec::new());
    thread::scope(|threads| {
        for number in 0..THREADS {
            let (pool, turns, passed, schemata) = (&pool, &turns, &passed, &schemata);
            threads.spawn(move || {
                for round in 0..ROUNDS {
                    let schema = &schemata[(number + round) as usize % schemata.len()];
                    let before = turns.load(Ordering::SeqCst);
                    let mut conn = pool.tenant(schema).unwrap();
                    let turn = turns.fetch_add(1, Ordering::SeqCst);
                    assert_eq!(titles(&mut conn).unwrap(), [format!("{schema} 1")]);
                    drop(conn);
                    passed.lock().unwrap().push(turn - before);
                }
            });
        }
    });
    let passed = passed.into_inner().unwrap();
    assert_eq!(passed.len(), usize::try_from(THREADS * ROUNDS).unwrap());
    // Each of the others once, but for a thread that the system has not let run.
    let long = passed.iter().filter(|before| **before > THREADS * 2);
    assert!(long.count() < passed.len() / 10, "{passed:?}");
    assert_eq!(pool.stats().lent, 0);
    assert_eq!(pool.stats().timeouts, 0);
}

#[test]
fn who_came_first_is_served_first_also_before_the_one_who_has_just_given_it_back() {
    let (world, [a]) = world(["a"]);
    let pool = pool(&world, 1);
    let order = Mutex::new(Vec::new());
    let start = Instant::now();
    let first = pool.tenant(&a).unwrap();
    thread::scope(|threads| {
        for number in 0..6 {
            let (pool, order, a) = (&pool, &order, &a);
            threads.spawn(move || {
                let conn = pool.tenant(a).unwrap();
                order.lock().unwrap().push(number);
                drop(conn);
            });
            thread::sleep(SHORT);
        }
        drop(first);
        let last = pool.tenant(&a).unwrap();
        order.lock().unwrap().push(6);
        drop(last);
    });
    assert_eq!(order.into_inner().unwrap(), [0, 1, 2, 3, 4, 5, 6]);
    assert!(start.elapsed() < Duration::from_secs(5), "nobody slept on");
}

#[test]
fn one_who_gives_up_says_how_long_it_waited_and_does_not_hold_up_the_others() {
    let (world, [a, b]) = world(["a", "b"]);
    let timeout = SHORT * 10;
    let pool = build(&world, 1, |pool| pool.checkout_timeout(timeout));
    let lent = pool.tenant(&a).unwrap();
    let start = Instant::now();
    let error = pool.tenant(&b).unwrap_err();
    let took = start.elapsed();
    match &error {
        CheckoutError::Exhausted {
            schema,
            waited,
            max_size,
        } => {
            assert_eq!((schema.as_ref(), *max_size), (Some(&b), 1));
            assert!(*waited >= timeout && *waited <= took, "{waited:?}");
        }
        other => panic!("{other:?}"),
    }
    let text = error.to_string();
    assert!(
        text.contains("schema `b`") && text.contains("all 1"),
        "{text}"
    );
    let error = pool.global().unwrap_err();
    assert_eq!(error.schema(), None);
    let result: QueryResult<()> = pool.transaction(&b, |_| unreachable!("there is none"));
    assert!(matches!(
        CheckoutError::of(&result.unwrap_err()),
        Some(CheckoutError::Exhausted { .. })
    ));
    assert_eq!(pool.stats().timeouts, 3);

    // One stands in the queue for a while longer than the first, which gives up.
    thread::scope(|threads| {
        threads.spawn(|| pool.tenant(&a).unwrap_err());
        thread::sleep(timeout / 2);
        let second = threads.spawn(|| drop(pool.tenant(&b).unwrap()));
        thread::sleep(timeout / 2 + timeout / 4);
        drop(lent);
        second.join().unwrap();
    });
    assert_eq!(pool.stats().lent, 0);
}

/// All connections that there may be can be had at once.
#[track_caller]
fn no_permit_is_lost(pool: &TenantPool, schema: &SchemaName, size: u32) {
    assert_eq!(pool.stats().lent, 0);
    let start = Instant::now();
    let mut lent: Vec<_> = (0..size).map(|_| pool.tenant(schema).unwrap()).collect();
    let pids: HashSet<_> = lent.iter_mut().map(pid).collect();
    assert_eq!(pids.len(), usize::try_from(size).unwrap());
    assert_eq!(pool.stats().lent, size);
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn no_permit_is_lost_however_a_checkout_ends() {
    let (world, [a, b]) = world(["a", "b"]);
    for min_idle in [None, Some(0)] {
        let pool = build(&world, 2, |pool| {
            pool.proof_ttl(Duration::ZERO)
                .min_idle(min_idle)
                .checkout_timeout(Duration::from_secs(3))
        });
        let missing: SchemaName = "missing".parse().unwrap();
        pool.tenant(&missing).unwrap_err();
        pool.transaction(&missing, titles).unwrap_err();
        no_permit_is_lost(&pool, &a, 2);

        let crash = catch_unwind(AssertUnwindSafe(|| {
            let _conn = pool.tenant(&a).unwrap();
            panic!("with a connection");
        }));
        assert!(crash.is_err());
        let crash = catch_unwind(AssertUnwindSafe(|| {
            let _: QueryResult<()> = pool.transaction(&a, |_| panic!("in a transaction"));
        }));
        assert!(crash.is_err());
        no_permit_is_lost(&pool, &b, 2);

        pool.transaction(&a, |conn| conn.batch_execute("SELECT 1 / 0"))
            .unwrap_err();
        let _ = pool.transaction(&a, |conn| {
            kill_all(&world);
            titles(conn)
        });
        no_permit_is_lost(&pool, &a, 2);

        {
            let mut lent = [pool.tenant(&a).unwrap(), pool.tenant(&b).unwrap()];
            kill_all(&world);
            for conn in &mut lent {
                titles(conn).unwrap_err();
            }
        }
        no_permit_is_lost(&pool, &b, 2);
    }
}

#[test]
fn two_clients_who_take_turns_on_two_connections_see_their_own_rows() {
    let (world, [a, b]) = world(["a", "b"]);
    for (ttl, requests) in [(LONG, 500), (Duration::ZERO, 100)] {
        let pool = build(&world, 2, |pool| pool.proof_ttl(ttl));
        thread::scope(|threads| {
            for schema in [&a, &b] {
                let pool = &pool;
                threads.spawn(move || {
                    for request in 0..requests {
                        let read = if request % 2 == 0 {
                            titles(&mut pool.tenant(schema).unwrap())
                        } else {
                            pool.transaction(schema, titles)
                        };
                        assert_eq!(read.unwrap(), [format!("{schema} 1")]);
                    }
                });
            }
        });
    }
}

#[test]
fn eight_threads_that_switch_at_random_read_no_row_of_anothers() {
    let (world, schemata) = world(["a", "b", "c", "d", "e"]);
    let pool = build(&world, 3, |pool| {
        pool.proof_ttl(SHORT / 8)
            .max_schemas_per_connection(3)
            .max_lifetime(Some(SHORT / 8))
            .min_idle(Some(0))
            .checkout_timeout(Duration::from_secs(5))
    });
    let slowest = Mutex::new(Duration::ZERO);
    thread::scope(|threads| {
        for seed in 1..=8_usize {
            let (pool, schemata, slowest) = (&pool, &schemata, &slowest);
            threads.spawn(move || {
                let mut random = seed * 7919;
                for _ in 0..60 {
                    random = random.wrapping_mul(6_364_136_223_846_793_005) ^ (random >> 29);
                    random = random.wrapping_add(seed);
                    let schema = &schemata[(random >> 33) % schemata.len()];
                    let expected = [format!("{schema} 1")];
                    let start = Instant::now();
                    let mut conn = pool.tenant(schema).unwrap();
                    let took = start.elapsed();
                    assert_eq!(titles(&mut conn).unwrap(), expected);
                    if random % 5 == 0 {
                        conn.batch_execute("SET search_path TO public; BEGIN")
                            .unwrap();
                    }
                    drop(conn);
                    let read = pool.transaction(schema, titles);
                    assert_eq!(read.unwrap(), expected);
                    let mut slowest = slowest.lock().unwrap();
                    *slowest = took.max(*slowest);
                }
            });
        }
    });
    assert_eq!(pool.stats().lent, 0);
    let slowest = slowest.into_inner().unwrap();
    assert!(slowest < Duration::from_secs(3), "{slowest:?}");
}

/// A connection that is being closed for its age is nobody's, and for a moment there is no room for another.
#[test]
fn closing_connections_for_their_age_keeps_nobody_waiting() {
    let (world, [a]) = world(["a"]);
    let pool = build(&world, 1, |pool| {
        pool.max_lifetime(Some(Duration::from_millis(20)))
            .min_idle(Some(0))
            .checkout_timeout(Duration::from_secs(3))
    });
    let until = Instant::now() + Duration::from_secs(1);
    let mut slowest = Duration::ZERO;
    while Instant::now() < until {
        let start = Instant::now();
        drop(pool.tenant(&a).unwrap());
        slowest = slowest.max(start.elapsed());
        thread::sleep(Duration::from_micros(700));
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}

/// While one waits for its connection to be made, another comes and goes who would rather have a new one, too.
/// It takes luck to come at the right moment.
#[test]
fn a_new_connection_is_not_taken_from_the_one_who_waits_for_it() {
    let (world, [a, b]) = world(["a", "b"]);
    for _ in 0..60 {
        let pool = build(&world, 2, |pool| {
            pool.min_idle(Some(0))
                .checkout_timeout(Duration::from_secs(2))
        });
        let held = pool.tenant(&b).unwrap();
        thread::scope(|threads| {
            let waiting = threads.spawn(|| drop(pool.tenant(&a).unwrap()));
            thread::sleep(Duration::from_millis(1));
            drop(held);
            for number in 0.. {
                if waiting.is_finished() {
                    break;
                }
                // It is known to no connection, so that no parked one is better than a new one.
                let other: SchemaName = format!("missing_{number}").parse().unwrap();
                let missing: QueryResult<()> = pool.transaction(&other, |_| unreachable!());
                missing.unwrap_err();
            }
        });
    }
}

#[test]
fn a_world_of_threads_that_end_with_their_connection_leaves_a_pool_that_works() {
    let (world, [a]): (World, _) = world(["a"]);
    let pool = pool(&world, 2);
    for _ in 0..4 {
        let conn = pool.tenant(&a).unwrap();
        let crash = thread::spawn(move || {
            let _conn = conn;
            panic!("far away");
        });
        crash.join().unwrap_err();
    }
    wait();
    no_permit_is_lost(&pool, &a, 2);
}

/// Lets one connection be made, as a server that has no room for more.
#[derive(Debug, Default)]
struct OnlyOne(AtomicU32);

impl CustomizeConnection<PgConnection, Error> for OnlyOne {
    fn on_acquire(&self, _: &mut PgConnection) -> Result<(), Error> {
        match self.0.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(()),
            _ => Err(Error::QueryError(diesel::result::Error::NotFound)),
        }
    }
}

#[test]
fn who_cannot_connect_is_served_by_what_comes_back() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = build(&world, 2, |pool| {
        pool.min_idle(Some(0))
            .customizer(Box::new(OnlyOne::default()))
            .checkout_timeout(Duration::from_secs(2))
    });
    let ours = pool.tenant(&a).unwrap();
    thread::scope(|threads| {
        let waiting = threads.spawn(|| titles(&mut pool.tenant(&b).unwrap()).unwrap());
        thread::sleep(SHORT * 4);
        drop(ours);
        assert_eq!(waiting.join().unwrap(), ["b 1"]);
    });
    let _ours = pool.tenant(&a).unwrap();
    let error = pool.tenant(&b).unwrap_err();
    let CheckoutError::Connect { source, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(source.to_string().contains("not found"), "{source}");
}
