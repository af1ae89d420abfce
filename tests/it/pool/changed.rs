//! What another process does to a schema under a warm pool: when the proof is too old, never a row of before,
//! and never an error that a new connection would not have had.

use diesel::QueryResult;
use diesel::connection::Connection;
use multischema::{CheckoutError, SchemaName, TenantPool};
use multischema_tests::{World, titles};

use super::{Lent, SHORT, build, pool, wait, world};

/// A pool whose connections all have statements prepared in `a` and are there, and one to compare it with.
fn warm(world: &World, a: &SchemaName) -> TenantPool {
    let pool = build(world, 2, |pool| pool.proof_ttl(SHORT));
    heat(&pool, a);
    pool
}

fn heat(pool: &TenantPool, a: &SchemaName) {
    let mut lent = [pool.tenant(a).unwrap(), pool.tenant(a).unwrap()];
    for conn in &mut lent {
        let expected = [format!("{a} 1")];
        assert_eq!(titles(conn).unwrap(), expected);
        assert_eq!(conn.transaction(titles).unwrap(), expected);
    }
}

const PURGE: &str = "DROP SCHEMA a CASCADE; DELETE FROM multischema.schemas WHERE name = 'a'";
/// `b` becomes `a`, and `a` is called `c`.
const RENAME: &str = "
    ALTER SCHEMA a RENAME TO c; ALTER SCHEMA b RENAME TO a;
    DELETE FROM multischema.schemas WHERE name IN ('a', 'b');
    INSERT INTO multischema.schemas (name, label) VALUES ('a', 'a'), ('c', 'c')";
const SUSPEND: &str = "UPDATE multischema.schemas SET status = 'suspended' WHERE name = 'a'";
const MIGRATE: &str = "
    ALTER TABLE a.documents ALTER title TYPE varchar(60);
    UPDATE multischema.schemas SET generation = generation + 1 WHERE name = 'a'";

/// Makes `a` once more, with another type and another row.
fn create_again(world: &World) {
    let _ = world.register("a");
    world.run(
        "ALTER TABLE a.documents ALTER title TYPE varchar(60);
         UPDATE a.documents SET title = 'new'",
    );
}

/// All ways to read what is in `schema`, each on all connections.
fn reads(pool: &TenantPool, schema: &SchemaName) -> Vec<Result<Vec<String>, String>> {
    let told = |error: diesel::result::Error| match CheckoutError::of(&error) {
        Some(refused) => refused.to_string(),
        None => error.to_string(),
    };
    let tenant = |read: fn(&mut Lent) -> QueryResult<Vec<String>>| {
        let mut lent = Vec::new();
        for _ in 0..2 {
            match pool.tenant(schema) {
                Ok(conn) => lent.push(Ok(conn)),
                Err(error) => lent.push(Err(error.to_string())),
            }
        }
        lent.into_iter()
            .map(|conn| read(&mut conn?).map_err(told))
            .collect::<Vec<_>>()
    };
    let mut all = tenant(|conn| conn.transaction(titles));
    all.extend(tenant(titles));
    all
}

/// As [`reads`], by transactions of the pool's.
fn transactions(pool: &TenantPool, schema: &SchemaName) -> Vec<Result<Vec<String>, String>> {
    let told = |error: diesel::result::Error| match CheckoutError::of(&error) {
        Some(refused) => refused.to_string(),
        None => error.to_string(),
    };
    let read = || pool.transaction(schema, titles).map_err(told);
    let within = pool.transaction(schema, |conn| Ok((read(), titles(conn)?)));
    match within {
        Ok((inner, outer)) => vec![inner, Ok(outer)],
        Err(error) => vec![Err(told(error))],
    }
}

/// What all ways to read `a` and `b` and `c` give is what a new pool gives.
#[track_caller]
fn is_as_new(world: &World, warm: &TenantPool) {
    let fresh = pool(world, 2);
    for name in ["a", "b", "c"] {
        let schema: SchemaName = name.parse().unwrap();
        assert_eq!(reads(warm, &schema), reads(&fresh, &schema), "{name}");
        let transactions = [warm, &fresh].map(|pool| transactions(pool, &schema));
        assert_eq!(transactions[0], transactions[1], "a transaction in {name}");
    }
}

/// Changes something under a warm pool whose proofs get old, and one that is told.
fn change(change: impl Fn(&World)) {
    for (told, by_transaction) in [(false, false), (false, true), (true, false), (true, true)] {
        let (world, [a, b]) = world(["a", "b"]);
        let pool = if told {
            pool(&world, 2)
        } else {
            warm(&world, &a)
        };
        heat(&pool, &a);
        drop(pool.tenant(&b).unwrap());
        heat(&pool, &a);
        change(&world);
        if told {
            for name in ["a", "b", "c"] {
                pool.invalidate(&name.parse().unwrap());
            }
        } else {
            wait();
        }
        if by_transaction {
            let expected = transactions(&super::pool(&world, 2), &a);
            assert_eq!(transactions(&pool, &a), expected, "told: {told}");
        }
        is_as_new(&world, &pool);
    }
}

#[test]
fn purged() {
    change(|world| world.run(PURGE));
}

#[test]
fn renamed_and_another_takes_the_name() {
    change(|world| world.run(RENAME));
}

#[test]
fn suspended() {
    change(|world| world.run(SUSPEND));
}

#[test]
fn purged_and_made_anew_with_other_types() {
    change(|world| {
        world.run(PURGE);
        create_again(world);
    });
}

#[test]
fn migrated() {
    change(|world| world.run(MIGRATE));
}

#[test]
fn the_error_says_what_became_of_it() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = warm(&world, &a);
    world.run(SUSPEND);
    wait();
    let error = pool.tenant(&a).unwrap_err();
    assert!(
        matches!(error, CheckoutError::Suspended { .. }),
        "{error:?}"
    );
    world.run(PURGE);
    wait();
    let error = pool.tenant(&a).unwrap_err();
    assert!(matches!(error, CheckoutError::Unknown { .. }), "{error:?}");
    assert_eq!(titles(&mut pool.tenant(&b).unwrap()).unwrap(), ["b 1"]);
}

#[test]
fn one_that_is_resumed_is_served_again() {
    let (world, [a]) = world(["a"]);
    let pool = warm(&world, &a);
    world.run(SUSPEND);
    wait();
    pool.tenant(&a).unwrap_err();
    world.run("UPDATE multischema.schemas SET status = 'active' WHERE name = 'a'");
    assert_eq!(titles(&mut pool.tenant(&a).unwrap()).unwrap(), ["a 1"]);
}

#[test]
fn a_connection_that_is_lent_hears_of_it_when_it_is_back() {
    let (world, [a]) = world(["a"]);
    let pool = pool(&world, 1);
    let mut conn = pool.tenant(&a).unwrap();
    assert_eq!(conn.transaction(titles).unwrap(), ["a 1"]);
    world.run(MIGRATE);
    pool.invalidate(&a);
    drop(conn);
    let mut conn = pool.tenant(&a).unwrap();
    assert_eq!(conn.transaction(titles).unwrap(), ["a 1"]);
    assert_eq!(pool.stats().proofs, 1);
}

#[test]
fn what_is_said_of_one_schema_costs_the_others_nothing() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 2);
    let lent = [pool.tenant(&a).unwrap(), pool.tenant(&b).unwrap()];
    drop(lent);
    pool.invalidate(&a);
    drop(pool.tenant(&b).unwrap());
    assert_eq!(pool.stats().hits, 1);
    drop(pool.tenant(&a).unwrap());
    drop(pool.tenant(&a).unwrap());
    let stats = pool.stats();
    assert_eq!((stats.hits, stats.proofs), (2, 1));
}

/// The window: for as long as a proof is believed, nothing is asked.
#[test]
fn within_the_proofs_time_it_is_not_noticed() {
    let (world, [a]) = world(["a"]);
    let pool = pool(&world, 1);
    heat_one(&pool, &a);
    world.run(SUSPEND);
    heat_one(&pool, &a);
    // A transaction asks each time.
    pool.transaction(&a, titles).unwrap_err();
}

fn heat_one(pool: &TenantPool, a: &SchemaName) {
    assert_eq!(titles(&mut pool.tenant(a).unwrap()).unwrap(), ["a 1"]);
}
