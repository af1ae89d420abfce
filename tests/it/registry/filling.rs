//! What fills a schema can fail, and cannot do more than that.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::{
    AnsiTransactionManager, Connection, SimpleConnection, TransactionManager,
};
use diesel::prelude::*;
use multischema::CreateError;
use multischema_tests::{World, value};

use super::{chain, filled_by, name, nothing_is_left, refused, what_there_is};

/// 10
#[test]
fn a_fill_that_fails_half_way_leaves_neither_row_nor_schema() {
    let world = World::new();
    let registry = filled_by(world.registry(), "CREATE TABLE half (); SELECT 1 / 0");
    let error = refused(&registry, "a");
    assert!(matches!(error, CreateError::Fill { .. }), "{error:?}");
    assert_eq!(
        chain(&error),
        "schema `a` could not be filled: division by zero"
    );
    nothing_is_left(&world);
    // And the name can be used.
    world.registry().create(name("a")).unwrap();
}

/// 10
#[test]
fn an_error_that_a_fill_keeps_to_itself_is_one_all_the_same() {
    let world = World::new();
    let registry = world.registry().filled_by(|pg| {
        let _ = pg.batch_execute("CREATE TABLE half (); SELECT 1 / 0");
        Ok(())
    });
    let error = refused(&registry, "a");
    assert!(matches!(error, CreateError::Fill { .. }), "{error:?}");
    nothing_is_left(&world);
}

#[test]
fn a_backend_that_is_killed_in_the_middle_leaves_nothing() {
    let world = World::new();
    let registry = filled_by(
        world.registry(),
        "CREATE TABLE half (); SELECT pg_terminate_backend(pg_backend_pid())",
    );
    let error = refused(&registry, "a");
    assert!(matches!(error, CreateError::Fill { .. }), "{error:?}");
    nothing_is_left(&world);
    let mut pg = world.pg();
    pg.transaction(|pg| -> QueryResult<()> {
        registry.create_in(pg, name("a")).unwrap_err();
        Ok(())
    })
    .unwrap_err();
    nothing_is_left(&world);
}

#[test]
fn a_fill_that_panics_leaves_nothing() {
    let world = World::new();
    let registry = world.registry().filled_by(|pg| {
        pg.batch_execute("CREATE TABLE half ()")?;
        panic!("in the middle");
    });
    for _ in 0..5 {
        catch_unwind(AssertUnwindSafe(|| registry.create(name("a")))).unwrap_err();
        nothing_is_left(&world);
    }
    world.registry().create(name("a")).unwrap();
}

#[test]
fn a_fill_that_moves_the_connection_is_refused() {
    let world = World::new();
    world.run("CREATE SCHEMA other");
    for moved in [
        "SET search_path = other",
        "SET LOCAL search_path = other, public",
        "SELECT set_config('search_path', 'a', true)",
        "SET ROLE pg_monitor",
    ] {
        let sql: &'static str = moved;
        let registry = filled_by(world.registry(), sql);
        let error = refused(&registry, "a");
        assert!(
            matches!(error, CreateError::FillMoved { .. }),
            "for {sql}: {error:?}"
        );
        assert_eq!(what_there_is(&mut world.pg()), "|other", "after {sql}");
        let mut pg = world.pg();
        pg.batch_execute("SET search_path = public").unwrap();
        registry.create_in(&mut pg, name("a")).unwrap_err();
        assert_eq!(value(&mut pg, "current_setting('search_path')"), "public");
        assert_eq!(value(&mut pg, "current_user = session_user"), "true");
    }
    let error = refused(&filled_by(world.registry(), "SET search_path = other"), "a");
    let text = error.to_string();
    assert!(
        text.starts_with(
            "what fills schema `a` moved the connection to search_path = 'other' as role `"
        ),
        "{text}"
    );
}

#[test]
fn a_fill_may_move_the_connection_and_move_it_back() {
    let world = World::new();
    let registry = filled_by(
        world.registry(),
        "DO $$ DECLARE path text := current_setting('search_path'); BEGIN
             SET LOCAL search_path = public;
             PERFORM set_config('search_path', path, true);
         END $$;
         CREATE TABLE t ()",
    );
    registry.create(name("a")).unwrap();
}

#[test]
fn a_fill_that_ends_the_transaction_leaves_nothing() {
    let world = World::new();
    for ending in [
        "CREATE TABLE half (); COMMIT",
        "CREATE TABLE half (); COMMIT; BEGIN",
        "CREATE TABLE half (); COMMIT; SELECT 1 / 0",
        "CREATE TABLE half (); COMMIT; BEGIN; SELECT 1 / 0",
        "ROLLBACK",
        "ROLLBACK; BEGIN",
        "COMMIT AND CHAIN",
        "COMMIT; BEGIN; SET LOCAL search_path = \"a\", \"public\", pg_temp",
    ] {
        let sql: &'static str = ending;
        let registry = filled_by(world.registry(), sql);
        let error = refused(&registry, "a");
        assert!(
            matches!(error, CreateError::FillEndedTransaction { .. }),
            "for {sql}: {error:?}"
        );
        nothing_is_left(&world);
    }
}

#[test]
fn a_fill_that_ends_the_callers_transaction_leaves_nothing_of_the_schema() {
    let world = World::new();
    for ending in [
        "COMMIT",
        "COMMIT; BEGIN",
        "ROLLBACK",
        "COMMIT; BEGIN; SAVEPOINT diesel_savepoint_1",
    ] {
        let sql: &'static str = ending;
        let registry = filled_by(world.registry(), sql);
        let mut pg = world.pg();
        let result = pg.transaction(|pg| -> QueryResult<()> {
            let error = registry.create_in(pg, name("a")).unwrap_err();
            assert!(
                matches!(error, CreateError::FillEndedTransaction { .. }),
                "for {sql}: {error:?}"
            );
            Ok(())
        });
        // Diesel still believes in the transaction.
        drop(result);
        nothing_is_left(&world);
    }
}

#[test]
fn a_fill_that_rolls_back_to_a_savepoint_of_others_or_leaves_one_open_is_refused() {
    let world = World::new();
    let registry = world.registry();
    let back = filled_by(
        registry.clone(),
        "ROLLBACK TO SAVEPOINT mine; SET LOCAL search_path = \"a\", \"public\", pg_temp",
    );
    let open = registry.clone().filled_by(|pg| {
        AnsiTransactionManager::begin_transaction(pg)?;
        Ok(())
    });
    let mut pg = world.pg();
    let result = pg.transaction(|pg| -> QueryResult<()> {
        pg.batch_execute("CREATE TABLE public.kept ()")?;
        pg.batch_execute("SAVEPOINT mine")?;
        back.create_in(pg, name("a")).unwrap_err();
        // The savepoint of the creation is gone, so that nothing but a rollback is left.
        pg.batch_execute("SELECT 1").unwrap_err();
        Ok(())
    });
    drop(result);
    nothing_is_left(&world);

    pg.transaction(|pg| -> QueryResult<()> {
        pg.batch_execute("CREATE TABLE public.kept ()")?;
        let error = open.create_in(pg, name("a")).unwrap_err();
        assert!(
            matches!(error, CreateError::FillEndedTransaction { .. }),
            "{error:?}"
        );
        Ok(())
    })
    .unwrap();
    nothing_is_left(&world);
    world.run("SELECT FROM public.kept");
}

#[test]
fn a_half_filled_schema_that_was_committed_is_not_active_for_a_moment() {
    let world = World::new();
    let registry = filled_by(
        world.registry(),
        "COMMIT; CREATE TABLE public.seen AS SELECT status FROM multischema.schemas",
    );
    refused(&registry, "a");
    assert_eq!(
        value(&mut world.pg(), "SELECT status FROM public.seen"),
        "provisioning"
    );
}
