//! A tenant's table that has the name of a shared one. Behaviour 43.

use multischema::{MigrateError, SharedSchemata};

use super::{World, chain, fleet, has, history, migrator, refused, run, step};

#[track_caller]
fn assert_shadowed(error: &MigrateError, by: Option<&str>, expected: &[&str]) {
    match error {
        MigrateError::Shadowed { migration, names } => {
            assert_eq!(migration.as_deref(), by);
            assert_eq!(names, expected);
        }
        other => panic!("expected `Shadowed`, found {}", chain(other)),
    }
}

#[test]
fn a_tenants_table_with_the_name_of_a_shared_one_is_refused_and_nothing_of_it_is_left() {
    for sql in [
        "CREATE TABLE plans (id integer)",
        "CREATE VIEW plans AS SELECT 1 AS one",
        "CREATE MATERIALIZED VIEW plans AS SELECT 1 AS one",
        "CREATE TABLE other (id integer); ALTER TABLE other RENAME TO plans",
    ] {
        let world = fleet(["a"]);
        let error = refused(&world, [], [step("1_plans", sql)]);
        assert_shadowed(&error, Some("1_plans"), &["public.plans"]);
        for schema in ["__template__", "a"] {
            assert!(!has(&world, schema, "plans"), "{sql}");
        }
        assert_eq!(history(&world, "__template__"), "");
    }
}

#[test]
fn a_shared_table_with_the_name_of_a_tenants_one_is_refused_and_nothing_of_it_is_left() {
    let world = fleet(["a"]);
    let tenant = || [step("1_documents", "CREATE TABLE documents (id integer)")];
    assert!(run(&world, [], tenant()).is_ok());
    for sql in [
        "CREATE TABLE documents (id integer)",
        "CREATE VIEW documents AS SELECT 1 AS one",
    ] {
        let error = refused(&world, [step("2_documents", sql)], tenant());
        assert_shadowed(&error, Some("2_documents"), &["public.documents"]);
        assert!(!has(&world, "public", "documents"));
        assert_eq!(history(&world, "public"), "");
    }
}

#[test]
fn one_that_was_there_before_is_refused_even_if_nothing_is_pending() {
    let world = fleet(["a"]);
    let tenant = || [step("1_documents", "CREATE TABLE documents (id integer)")];
    assert!(run(&world, [], tenant()).is_ok());
    world.run("CREATE TABLE public.documents (id integer)");
    let error = refused(&world, [], tenant());
    assert_shadowed(&error, None, &["public.documents"]);
    assert_eq!(
        error.to_string(),
        "the name of a tenant's table is in use in a shared schema: public.documents; rename one of them"
    );
    world.run("ALTER TABLE public.documents RENAME TO archive");
    assert!(run(&world, [], tenant()).is_ok());
}

#[test]
fn every_shared_schema_counts_and_others_do_not() {
    let world: World = fleet(["a"]);
    world.run(
        "CREATE SCHEMA extensions; CREATE TABLE extensions.words (); \
         CREATE SCHEMA unrelated; CREATE TABLE unrelated.words ()",
    );
    let words = || [step("1_words", "CREATE TABLE words (id integer)")];
    let shared = SharedSchemata::new(["public", "extensions"]).unwrap();
    let error = migrator([], words()).shared(shared).run(world.url());
    assert_shadowed(&error.unwrap_err(), Some("1_words"), &["extensions.words"]);
    assert!(run(&world, [], words()).is_ok());
}
