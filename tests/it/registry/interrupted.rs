//! What happens in the middle of the making of a schema leaves nothing of it.

use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use multischema::{CreateError, TemplateError};
use multischema_tests::{World, value};

use super::{chain, name, nothing_is_left, refused, what_there_is};

/// In what a copy differs, as people are told.
fn told(error: &CreateError) -> Vec<String> {
    let CreateError::Clone {
        source: TemplateError::Different { differences, .. },
        ..
    } = error
    else {
        panic!("{error:?}")
    };
    differences.iter().map(ToString::to_string).collect()
}

/// 10
#[test]
fn a_clone_that_fails_half_way_leaves_neither_row_nor_schema() {
    let world = World::new();
    let registry = world.registry();
    world.when_made("index", "a", "PERFORM 1 / 0;");
    let error = refused(&registry, "a");
    let CreateError::Clone {
        source: TemplateError::Refused { .. },
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(
        chain(&error),
        "schema `a` could not be made as a copy: `__template__` could not be copied: division by zero"
    );
    nothing_is_left(&world);
    // And another can be made, and this one once nothing is in the way.
    registry.create(name("b")).unwrap();
    world.run("DROP EVENT TRIGGER when_made");
    registry.create(name("a")).unwrap();
}

#[test]
fn a_server_process_that_is_killed_in_the_middle_leaves_nothing() {
    let world = World::new();
    let registry = world.registry();
    world.when_made(
        "index",
        "a",
        "PERFORM pg_terminate_backend(pg_backend_pid());",
    );
    let error = refused(&registry, "a");
    assert!(matches!(error, CreateError::Query { .. }), "{error:?}");
    nothing_is_left(&world);
    let mut pg = world.pg();
    pg.transaction(|pg| -> QueryResult<()> {
        registry.create_in(pg, name("a")).unwrap_err();
        Ok(())
    })
    .unwrap_err();
    nothing_is_left(&world);
    // The pool has another connection.
    registry.create(name("b")).unwrap();
}

#[test]
fn what_comes_in_between_and_makes_the_copy_another_is_refused() {
    let world = World::new();
    let registry = world.registry();
    world.when_made(
        "index",
        "a",
        "IF to_regclass('a.extra') IS NULL THEN CREATE TABLE a.extra (n integer); END IF;",
    );
    let error = refused(&registry, "a");
    assert_eq!(
        told(&error),
        [
            "table `extra` is not in the template",
            "column `extra.n` is not in the template"
        ]
    );
    nothing_is_left(&world);
}

#[test]
fn what_makes_the_copy_depend_on_the_template_is_refused() {
    let world = World::new();
    let registry = world.registry_with(
        multischema::Ids::Unique,
        "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE TABLE t (id bigint PRIMARY KEY)",
    );
    // A dependency that no definition shows.
    world.when_made(
        "table",
        "a",
        "INSERT INTO pg_depend SELECT 'pg_class'::regclass, 'a.t'::regclass, 0, 'pg_proc'::regclass, \
         '__template__.f()'::regprocedure, 0, 'n';",
    );
    let error = refused(&registry, "a");
    let CreateError::Clone {
        source: TemplateError::Leak { object, on, .. },
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!((&**object, &**on), ("table t", "function __template__.f()"));
    nothing_is_left(&world);
}

#[test]
fn a_key_to_a_shared_table_that_is_not_as_in_the_template_is_refused() {
    let world = World::new();
    let registry = world.registry_with(
        multischema::Ids::Unique,
        "CREATE TABLE t (id bigint PRIMARY KEY, plan integer CONSTRAINT k REFERENCES public.plans)",
    );
    // It comes last, after all else was read.
    world.when_made(
        "table",
        "a",
        "UPDATE pg_constraint SET condeferrable = true WHERE conrelid = 'a.t'::regclass AND conname = 'k';",
    );
    let error = refused(&registry, "a");
    assert_eq!(
        told(&error),
        ["constraint `t.k` differs (template: nothing of the kind; schema: deferrable)"]
    );
    nothing_is_left(&world);
}

/// 11, 30
#[test]
fn an_error_in_the_callers_transaction_undoes_the_schema_and_nothing_else() {
    let world = World::new();
    let registry = world.registry();
    world.when_made("index", "a", "PERFORM 1 / 0;");
    let mut pg = world.pg();
    pg.transaction(|pg| -> QueryResult<()> {
        pg.batch_execute("CREATE TABLE public.kept ()")?;
        registry.create_in(pg, name("a")).unwrap_err();
        registry.create_in(pg, name("b")).unwrap();
        Ok(())
    })
    .unwrap();
    assert_eq!(what_there_is(&mut pg), "b|b");
    world.run("SELECT FROM public.kept");
}

/// 30
#[test]
fn the_callers_path_role_settings_and_prepared_statements_are_as_they_were() {
    let world = World::new();
    let registry = world.registry();
    world.when_made("index", "b", "PERFORM 1 / 0;");
    let mut pg = world.pg();
    // Every setting that anybody can see, but those of the transaction.
    let settings = "(SELECT string_agg(name || '=' || setting, ',' ORDER BY name) FROM pg_settings \
         WHERE name !~ '^(transaction_|plpgsql)') || current_user || (SELECT string_agg(name, ',') FROM pg_prepared_statements WHERE name !~ '^__diesel')";
    pg.batch_execute(
        "SET search_path = pg_catalog, \"$user\"; SET TIME ZONE 'Asia/Tokyo'; SET lock_timeout = '7s'; \
         PREPARE mine AS SELECT 1",
    )
    .unwrap();
    let before = value(&mut pg, settings);
    registry.create_in(&mut pg, name("a")).unwrap();
    assert_eq!(value(&mut pg, settings), before);
    registry.create_in(&mut pg, name("b")).unwrap_err();
    assert_eq!(value(&mut pg, settings), before);
    pg.transaction(|pg| -> QueryResult<()> {
        pg.batch_execute("SET LOCAL ROLE pg_monitor; SET LOCAL datestyle = 'German'")?;
        pg.batch_execute("RESET ROLE")?;
        let before = value(pg, settings);
        registry.create_in(pg, name("c")).unwrap();
        assert_eq!(value(pg, settings), before);
        registry.create_in(pg, name("b")).unwrap_err();
        assert_eq!(value(pg, settings), before);
        Ok(())
    })
    .unwrap();
    assert_eq!(value(&mut pg, settings), before);
    pg.batch_execute("EXECUTE mine").unwrap();
    assert_eq!(what_there_is(&mut pg), "a c|a c");
}
