//! What a checkout sends, prefers and refuses.

use std::time::Duration;

use diesel::QueryResult;
use multischema::{CheckoutError, SchemaName, SchemaStatus, TenantPool};
use multischema_tests::{World, titles};

fn pool(world: &World) -> TenantPool {
    TenantPool::builder(world.url())
        .max_size(2)
        .build()
        .unwrap()
}

#[test]
fn the_same_schema_again_is_a_hit_and_another_is_a_switch() {
    let (world, [a, b]) = World::registered(["a", "b"]);
    let pool = pool(&world);
    for schema in [&a, &a, &b, &a] {
        let rows = titles(&mut pool.tenant(schema).unwrap()).unwrap();
        assert_eq!(rows, [format!("{schema} 1")]);
    }
    let stats = pool.stats();
    assert_eq!((stats.switches, stats.hits, stats.proofs), (2, 2, 0));
}

#[test]
fn with_no_ttl_each_checkout_proves() {
    let (world, [a]) = World::registered(["a"]);
    let pool = TenantPool::builder(world.url())
        .max_size(1)
        .proof_ttl(Duration::ZERO)
        .build()
        .unwrap();
    for _ in 0..3 {
        drop(pool.tenant(&a).unwrap());
    }
    let stats = pool.stats();
    assert_eq!((stats.switches, stats.hits, stats.proofs), (1, 0, 2));
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    let (world, [_, stray]) = World::registered(["a", "stray"]);
    let pool = pool(&world);
    world.run("DELETE FROM multischema.schemas WHERE name = 'stray'");

    let unknown: SchemaName = "nobody".parse().unwrap();
    let error = pool.tenant(&unknown).unwrap_err();
    assert!(matches!(error, CheckoutError::Unknown { .. }), "{error:?}");
    assert_eq!(error.schema(), Some(&unknown));

    let error = pool.tenant(&stray).unwrap_err();
    assert!(
        matches!(error, CheckoutError::Unregistered { .. }),
        "{error:?}"
    );

    for (status, word) in [
        (SchemaStatus::Suspended, "suspended"),
        (SchemaStatus::Archived, "archived"),
        (SchemaStatus::Provisioning, "provisioning"),
        (SchemaStatus::Failed, "failed"),
    ] {
        let schema = world.register(word);
        world.run(&format!(
            "UPDATE multischema.schemas SET status = '{word}' WHERE name = '{word}'"
        ));
        let error = pool.tenant(&schema).unwrap_err();
        assert_eq!(error.schema(), Some(&schema));
        assert!(error.to_string().contains(word), "{error}");
        let refused: QueryResult<()> = pool.transaction(&schema, |_| unreachable!("refused"));
        match (status, CheckoutError::of(&refused.unwrap_err()).unwrap()) {
            (SchemaStatus::Suspended, CheckoutError::Suspended { .. })
            | (SchemaStatus::Archived, CheckoutError::Archived { .. }) => {}
            (_, CheckoutError::Incomplete { status: found, .. }) if *found == status => {}
            (_, other) => panic!("{other:?}"),
        }
    }
    let error = pool.tenant(&SchemaName::template()).unwrap_err();
    assert!(matches!(error, CheckoutError::Template), "{error:?}");
}

#[test]
fn a_suspended_schema_is_for_those_who_ask_for_it_even_so_and_for_nobody_after_them() {
    let (world, [a]) = World::registered(["a"]);
    let pool = TenantPool::builder(world.url())
        .max_size(1)
        .proof_ttl(Duration::from_secs(3600))
        .build()
        .unwrap();
    world.run("UPDATE multischema.schemas SET status = 'suspended'");
    let mut conn = pool.tenant_or_suspended(&a).unwrap();
    assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
    drop(conn);
    let is_refused = || {
        let error = pool.tenant(&a).unwrap_err();
        assert!(
            matches!(error, CheckoutError::Suspended { .. }),
            "{error:?}"
        );
        let refused: QueryResult<()> = pool.transaction(&a, |_| unreachable!("refused"));
        refused.unwrap_err();
    };
    is_refused();
    assert_eq!(
        titles(&mut pool.tenant_or_suspended(&a).unwrap()).unwrap(),
        ["a 1"]
    );
    is_refused();
    world.run("UPDATE multischema.schemas SET status = 'archived'");
    let error = pool.tenant_or_suspended(&a).unwrap_err();
    assert!(matches!(error, CheckoutError::Archived { .. }), "{error:?}");
    world.run("UPDATE multischema.schemas SET status = 'active'");
    drop(pool.tenant_or_suspended(&a).unwrap());
    drop(pool.tenant(&a).unwrap());
    assert_eq!(
        pool.stats().hits,
        1,
        "the proof of an active one is one for all"
    );
}

#[test]
fn a_refused_transaction_ends_the_proof_of_the_connection_it_was_tried_on() {
    let (world, [a]) = World::registered(["a"]);
    let pool = TenantPool::builder(world.url())
        .max_size(1)
        .proof_ttl(Duration::from_secs(3600))
        .build()
        .unwrap();
    drop(pool.tenant(&a).unwrap());
    world.run("UPDATE multischema.schemas SET status = 'suspended'");
    pool.invalidate(&a);
    let refused: QueryResult<()> = pool.transaction(&a, |_| unreachable!("refused"));
    refused.unwrap_err();
    let error = pool.tenant(&a).unwrap_err();
    assert!(
        matches!(error, CheckoutError::Suspended { .. }),
        "{error:?}"
    );
}

#[test]
fn a_connection_that_is_found_dead_by_the_first_statement_prepared_on_it_is_replaced() {
    let (world, [a]) = World::registered(["a"]);
    let pool = TenantPool::builder(world.url())
        .max_size(1)
        .build()
        .unwrap();
    // It prepares nothing by which a scope is entered otherwise.
    pool.transaction(&a, |_| QueryResult::Ok(())).unwrap();
    world.run(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    let rows = titles(&mut pool.tenant(&a).unwrap()).unwrap();
    assert_eq!(rows, ["a 1"]);
    assert_eq!(pool.stats().reconnects, 1);
}

#[test]
fn one_may_wait_for_ever_and_not_for_no_time() {
    let (world, [a]) = World::registered(["a"]);
    let builder = TenantPool::builder(world.url()).max_size(1);
    let pool = builder.checkout_timeout(Duration::MAX).build().unwrap();
    titles(&mut pool.tenant(&a).unwrap()).unwrap();
    let none = || TenantPool::builder(world.url()).checkout_timeout(Duration::ZERO);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(none)).is_err());
}
