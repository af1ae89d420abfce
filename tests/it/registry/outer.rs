//! Making a schema in a transaction of the caller's.

use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use multischema::{CreateError, Registry};
use multischema_tests::{World, value};

use super::{name, nothing_is_left, what_there_is};

fn path(pg: &mut PgConnection) -> String {
    value(pg, "current_setting('search_path')")
}

/// A connection whose path is set for the session.
fn somewhere(world: &World) -> PgConnection {
    let mut pg = world.pg();
    pg.batch_execute("SET search_path = public, \"$user\"")
        .unwrap();
    pg
}

/// 11
#[test]
fn a_transaction_that_is_rolled_back_takes_the_schema_along() {
    let world = World::new();
    let registry = world.registry();
    let mut pg = somewhere(&world);
    let failed = pg.transaction(|pg| -> QueryResult<()> {
        registry.create_in(pg, name("a")).unwrap();
        registry.create_in(pg, name("b")).unwrap();
        assert_eq!(what_there_is(pg), "a b|a b");
        assert_eq!(path(pg), "public, \"$user\"");
        Err(diesel::result::Error::RollbackTransaction)
    });
    assert!(failed.is_err());
    nothing_is_left(&world);
    assert_eq!(path(&mut pg), "public, \"$user\"");
}

/// 11
#[test]
fn a_transaction_that_is_committed_keeps_the_schema_and_the_path() {
    let world = World::new();
    let registry = world.registry();
    let mut pg = somewhere(&world);
    pg.transaction(|pg| -> QueryResult<()> {
        pg.batch_execute("SET LOCAL search_path = pg_temp; SET LOCAL work_mem = '1MB'")?;
        registry.create_in(pg, name("a")).unwrap();
        assert_eq!(path(pg), "pg_temp");
        Ok(())
    })
    .unwrap();
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
    // What was set for the transaction went with it.
    assert_eq!(path(&mut pg), "public, \"$user\"");

    pg.transaction(|pg| -> QueryResult<()> {
        pg.batch_execute("SET search_path = multischema")?;
        registry.create_in(pg, name("b")).unwrap();
        Ok(())
    })
    .unwrap();
    // And what was set for the session stays.
    assert_eq!(path(&mut pg), "multischema");
}

#[test]
fn an_error_leaves_the_transaction_and_its_path_as_they_were() {
    let world = World::new();
    let registry = world.registry();
    world.when_made("index", "b", "PERFORM 1 / 0;");
    world.run("CREATE SCHEMA stray");
    let mut pg = somewhere(&world);
    pg.transaction(|pg| -> QueryResult<()> {
        pg.batch_execute("SET LOCAL search_path = pg_catalog")?;
        registry.create_in(pg, name("a")).unwrap();
        let errors = [
            registry.create_in(pg, name("a")),
            registry.create_in(pg, name("stray")),
            registry.create_in(pg, name("b")),
        ];
        for result in errors {
            result.unwrap_err();
            assert_eq!(path(pg), "pg_catalog");
        }
        registry.create_in(pg, name("c")).unwrap();
        Ok(())
    })
    .unwrap();
    assert_eq!(what_there_is(&mut world.pg()), "a c|a c stray");
    assert_eq!(path(&mut pg), "public, \"$user\"");
}

#[test]
fn without_a_transaction_it_makes_its_own() {
    let world = World::new();
    let registry = world.registry();
    let mut pg = somewhere(&world);
    registry.create_in(&mut pg, name("a")).unwrap();
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
    assert_eq!(path(&mut pg), "public, \"$user\"");
    world.when_made("index", "b", "PERFORM 1 / 0;");
    registry.create_in(&mut pg, name("b")).unwrap_err();
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
    assert_eq!(path(&mut pg), "public, \"$user\"");
}

#[test]
fn a_transaction_of_raw_sql_is_not_committed_for_its_owner() {
    let world = World::new();
    let registry = world.registry();
    let mut pg = somewhere(&world);
    pg.batch_execute("BEGIN; CREATE TABLE public.mine ()")
        .unwrap();
    let error = registry.create_in(&mut pg, name("a")).unwrap_err();
    assert!(
        matches!(error, CreateError::UnknownTransaction { .. }),
        "{error:?}"
    );
    pg.batch_execute("ROLLBACK").unwrap();
    assert_eq!(
        value(&mut pg, "SELECT to_regclass('public.mine') IS NULL"),
        "true"
    );
    nothing_is_left(&world);
}

/// As a migration of the template would, on another connection.
fn while_the_template_is_migrated<T>(world: &World, work: impl FnOnce() -> T) -> T {
    let mut pg = world.pg();
    pg.batch_execute("SELECT pg_advisory_lock(1836278632, 0)")
        .unwrap();
    work()
}

#[test]
fn nobody_waits_long_in_a_transaction_for_a_migration_of_the_template() {
    let world = World::new();
    let registry = world.registry();
    let mut pg = somewhere(&world);
    pg.transaction(|pg| -> QueryResult<()> {
        while_the_template_is_migrated(&world, || {
            let error = registry.create_in(pg, name("a")).unwrap_err();
            assert!(matches!(error, CreateError::Busy { .. }), "{error:?}");
        });
        Ok(())
    })
    .unwrap();
    nothing_is_left(&world);
}

#[test]
fn who_waits_for_a_migration_of_the_template_holds_nothing_meanwhile() {
    let world = World::new();
    let registry: Registry = world.registry();
    std::thread::scope(|scope| {
        let creating = while_the_template_is_migrated(&world, || {
            let creating = scope.spawn(|| registry.create(name("a")));
            std::thread::sleep(std::time::Duration::from_millis(300));
            assert!(!creating.is_finished());
            let mut pg = world.pg();
            let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'";
            // It tries in a transaction and sleeps in none, so that nearly all samples find none.
            let without = (0..20).filter(|_| {
                std::thread::sleep(std::time::Duration::from_millis(13));
                value(&mut pg, open) == "0"
            });
            assert!(without.count() > 10, "it waits in a transaction");
            creating
        });
        creating.join().unwrap().unwrap();
    });
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
}

#[test]
fn what_the_callers_transaction_has_done_to_the_template_is_in_the_schema() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("first")).unwrap();
    let mut pg = world.pg();
    pg.transaction(|pg| -> QueryResult<()> {
        pg.batch_execute("ALTER TABLE __template__.documents ADD more text")?;
        registry.create_in(pg, name("a")).unwrap();
        Ok(())
    })
    .unwrap();
    world.run("UPDATE a.documents SET more = 'x'");
}
