//! Connections that the server or the network has ended.

use std::time::{Duration, Instant};

use diesel::QueryResult;
use multischema::testing::Server;
use multischema::{CheckoutError, TenantPool};
use multischema_tests::{World, titles};

use super::{LONG, SHORT, build, kill_all, pid, pool, wait, world};

#[test]
fn those_that_were_parked_are_replaced_by_the_next_proof() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = build(&world, 3, |pool| pool.proof_ttl(SHORT));
    for schema in [&a, &b] {
        let mut lent: Vec<_> = (0..3).map(|_| pool.tenant(schema).unwrap()).collect();
        let dead: Vec<_> = lent.iter_mut().map(pid).collect();
        drop(lent);
        assert_eq!(pool.stats().parked, 3);
        kill_all(&world);
        wait();
        let before = pool.stats();
        let mut conn = pool.tenant(schema).unwrap();
        assert_eq!(titles(&mut conn).unwrap(), [format!("{schema} 1")]);
        assert!(!dead.contains(&pid(&mut conn)));
        let stats = pool.stats();
        assert!(stats.reconnects >= before.reconnects + 3, "{stats:?}");
        assert!(stats.closed >= before.closed + 3, "{stats:?}");
        assert_eq!((stats.lent, stats.parked), (1, 0));
    }
}

#[test]
fn those_that_were_never_used_are_replaced() {
    let (world, [a]) = world(["a"]);
    let pool = pool(&world, 3);
    kill_all(&world);
    assert_eq!(titles(&mut pool.tenant(&a).unwrap()).unwrap(), ["a 1"]);
    assert!(pool.stats().reconnects >= 1);
}

/// Nothing is sent within the proof's time, so nobody can know.
#[test]
fn within_the_proofs_time_the_first_statement_fails_and_the_next_borrower_has_another() {
    let (world, [a]) = world(["a"]);
    let pool = pool(&world, 1);
    drop(pool.tenant(&a).unwrap());
    kill_all(&world);
    {
        let mut conn = pool.tenant(&a).unwrap();
        titles(&mut conn).unwrap_err();
        titles(&mut conn).unwrap_err();
    }
    let stats = pool.stats();
    assert_eq!((stats.hits, stats.closed, stats.parked), (1, 1, 0));
    assert_eq!(titles(&mut pool.tenant(&a).unwrap()).unwrap(), ["a 1"]);
}

#[test]
fn a_transaction_of_the_pools_is_begun_on_another() {
    let (world, [a, b]) = world(["a", "b"]);
    for first in [&a, &b] {
        let pool = pool(&world, 2);
        drop((pool.tenant(first).unwrap(), pool.tenant(first).unwrap()));
        kill_all(&world);
        let read = pool.transaction(&a, titles).unwrap();
        assert_eq!(read, ["a 1"]);
        assert_eq!(pool.stats().reconnects, 2);
    }
}

#[test]
fn one_that_dies_in_a_transaction_of_the_pools_is_closed() {
    let (world, [a]) = world(["a"]);
    let pool = pool(&world, 1);
    let result: QueryResult<Vec<String>> = pool.transaction(&a, |conn| {
        kill_all(&world);
        titles(conn)
    });
    result.unwrap_err();
    assert_eq!(pool.stats().closed, 1);
    assert_eq!(pool.transaction(&a, titles).unwrap(), ["a 1"]);
}

#[test]
fn one_that_dies_before_it_is_cleaned_is_closed() {
    use diesel::connection::SimpleConnection;
    let (world, [a]) = world(["a"]);
    let pool = pool(&world, 1);
    {
        let mut conn = pool.tenant(&a).unwrap();
        conn.batch_execute("SET work_mem = '1MB'").unwrap();
        kill_all(&world);
    }
    assert_eq!(pool.stats().parked, 0);
    assert_eq!(titles(&mut pool.tenant(&a).unwrap()).unwrap(), ["a 1"]);
}

#[test]
fn a_server_that_restarts_or_stays_away() {
    let server = Server::start().unwrap();
    let world = World::on(&server);
    let [a, b] = world.registry_of(["a", "b"]);
    let timeout = Duration::from_millis(400);
    let pool = TenantPool::builder(world.url())
        .max_size(3)
        .proof_ttl(SHORT)
        .checkout_timeout(timeout)
        .build()
        .unwrap();
    let warm = || {
        let lent = [&a, &b, &a].map(|schema| pool.tenant(schema).unwrap());
        drop(lent);
        wait();
    };

    warm();
    server.restart().unwrap();
    for schema in [&a, &b] {
        let read = titles(&mut pool.tenant(schema).unwrap()).unwrap();
        assert_eq!(read, [format!("{schema} 1")]);
    }
    warm();
    server.restart().unwrap();
    assert_eq!(pool.transaction(&b, titles).unwrap(), ["b 1"]);

    warm();
    server.stop().unwrap();
    for _ in 0..2 {
        let start = Instant::now();
        let error = pool.tenant(&a).unwrap_err();
        assert!(matches!(error, CheckoutError::Connect { .. }), "{error:?}");
        assert_eq!(error.schema(), Some(&a));
        assert!(error.to_string().contains("schema `a`"), "{error}");
        assert!(start.elapsed() < timeout * 2, "{:?}", start.elapsed());
    }
    let result: QueryResult<()> = pool.transaction(&b, |_| unreachable!("there is no server"));
    let error = result.unwrap_err();
    let error = CheckoutError::of(&error).unwrap();
    assert_eq!(error.schema(), Some(&b));
    assert_eq!(pool.stats().lent, 0);

    server.restart().unwrap();
    assert_eq!(titles(&mut pool.tenant(&a).unwrap()).unwrap(), ["a 1"]);
    let all: Vec<_> = (0..3).map(|_| pool.tenant(&b).unwrap()).collect();
    assert_eq!(all.len(), 3);
}

#[test]
fn without_a_server_there_is_no_pool() {
    let server = Server::start().unwrap();
    server.stop().unwrap();
    let built = TenantPool::builder(server.url())
        .checkout_timeout(SHORT)
        .proof_ttl(LONG)
        .build();
    built.unwrap_err();
}
