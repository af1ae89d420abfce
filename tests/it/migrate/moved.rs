//! Migrations that go elsewhere, or out of their transaction.

use multischema::{MigrateError, OnError, Outcome};

use super::{applied, chain, fleet, has, history, migrator, outcome, refused, run, step};

#[test]
fn a_schema_that_does_not_exist_is_reported_and_nothing_of_it_is_in_public() {
    let world = fleet(["a"]);
    world.run("INSERT INTO multischema.schemas (name, label) VALUES ('gone', 'Gone')");
    super::register(&world, "z");
    let report = run(&world, [], [step("1_notes", "CREATE TABLE notes ()")]);
    assert!(!report.is_ok());
    assert!(matches!(outcome(&report, "gone"), Outcome::Missing));
    assert!(matches!(outcome(&report, "z"), Outcome::Applied(_)));
    assert!(!has(&world, "public", "notes"));
    assert_eq!(history(&world, "public"), "");
    assert_eq!(applied(&world, "gone"), "");
    let failed: Vec<_> = report.failed().map(ToString::to_string).collect();
    assert_eq!(
        failed,
        ["gone: missing: the registry has it, and PostgreSQL does not"]
    );
}

#[test]
fn a_schema_that_the_role_may_not_use_gets_nothing_and_neither_does_public() {
    let world = fleet(["a", "b"]);
    world.run(
        "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO pg_monitor', current_database()); END $$; \
         GRANT ALL ON SCHEMA multischema, public, __template__, b TO pg_monitor; \
         GRANT ALL ON ALL TABLES IN SCHEMA multischema, public, __template__ TO pg_monitor",
    );
    let ask = if world.url().contains('?') { '&' } else { '?' };
    let url = format!("{}{ask}options=-c%20role%3Dpg_monitor", world.url());
    let notes = "CREATE TABLE notes AS SELECT current_user::text AS made_by";
    let report = migrator([], [step("1_notes", notes)])
        .on_error(OnError::Continue)
        .run(&url)
        .unwrap();
    let Outcome::Failed { error, .. } = outcome(&report, "a") else {
        panic!("{report}");
    };
    assert_eq!(
        error.to_string(),
        "schema `a` could not be entered: the current schema is `public`; does it exist, and may this role use it?"
    );
    assert!(!has(&world, "public", "notes"));
    assert_eq!(history(&world, "public"), "");
    // The role that the URL asks for has not been lost on the way.
    let made_by = super::value_in(&world, "b", "SELECT made_by FROM notes");
    assert_eq!(made_by, "pg_monitor");
}

#[test]
fn a_migration_that_sets_the_search_path_is_rolled_back_and_named() {
    for (moves, found) in [
        ("SET search_path TO a", "schema \"a\" on search path 'a'"),
        ("SET LOCAL search_path TO a, public", "'a, public'"),
        ("SELECT set_config('search_path', '', false)", "no schema"),
        ("SET SCHEMA 'public'", "schema \"public\""),
        ("SET ROLE pg_monitor", "as pg_monitor"),
        ("SET SESSION AUTHORIZATION pg_monitor", "pg_monitor as"),
        ("DROP SCHEMA __template__ CASCADE", "schema \"public\""),
    ] {
        let world = fleet(["a"]);
        let sql = format!("CREATE TABLE notes (); {moves}; CREATE TABLE more ()");
        let sql =
            if moves.contains("ROLE") || moves.contains("AUTHORIZATION") || moves.contains("''") {
                format!("CREATE TABLE notes (); {moves}")
            } else {
                sql
            };
        let error = refused(&world, [], [step("1_notes", sql)]);
        assert!(
            matches!(&error, MigrateError::Moved { .. }),
            "{moves}: {}",
            chain(&error)
        );
        let text = error.to_string();
        assert!(
            text.starts_with("migration `1_notes` moved the connection on schema `__template__`"),
            "{text}"
        );
        assert!(text.contains(found), "{text}");
        for schema in ["__template__", "a", "public"] {
            assert!(!has(&world, schema, "notes"), "{moves}");
            assert!(!has(&world, schema, "more"), "{moves}");
        }
        assert_eq!(history(&world, "__template__"), "", "{moves}");
    }
}

#[test]
fn a_schema_whose_migration_moved_does_not_take_the_next_one_along() {
    let world = fleet(["a", "b", "c"]);
    // Only in b, so that the template lets it pass.
    let moves = "DO $$ BEGIN IF current_schema() = 'b' THEN SET search_path TO a; END IF; END $$";
    let report = migrator(
        [],
        [step("1_notes", format!("CREATE TABLE notes (); {moves}"))],
    )
    .on_error(OnError::Continue)
    .run(world.url())
    .unwrap();
    let Outcome::Failed {
        applied: done,
        error,
    } = outcome(&report, "b")
    else {
        panic!("{report}");
    };
    assert!(done.is_empty());
    assert!(matches!(error, MigrateError::Moved { .. }), "{error}");
    assert_eq!(error.schema().map(AsRef::as_ref), Some("b"));
    for (schema, expected) in [("a", "1"), ("b", ""), ("c", "1")] {
        assert_eq!(history(&world, schema), expected, "{schema}");
        assert_eq!(applied(&world, schema), expected, "{schema}");
        assert_eq!(has(&world, schema, "notes"), !expected.is_empty());
    }
}

#[test]
fn settings_that_a_migration_leaves_are_gone_in_the_next_schema() {
    let world = fleet(["a", "b"]);
    // As `pg_dump` writes it; the second would switch the guard off.
    let leaves = "SET default_tablespace = ''; SET session_replication_role = replica; SET work_mem = '77kB'; \
                  PREPARE one AS SELECT 1; CREATE TEMP TABLE left_table ()";
    let notes = "CREATE TABLE notes AS SELECT current_setting('work_mem') AS work_mem, \
                 current_setting('session_replication_role') AS role, \
                 (SELECT count(*) FROM pg_prepared_statements) AS prepared, \
                 to_regclass('pg_temp.left_table') IS NULL AS no_table";
    let report = run(&world, [], [step("1_notes", format!("{notes}; {leaves}"))]);
    assert!(report.is_ok(), "{report}");
    for schema in ["__template__", "a", "b"] {
        let row = super::value_in(
            &world,
            schema,
            "SELECT concat_ws(' ', role, prepared, no_table, work_mem <> '77kB') FROM notes",
        );
        assert_eq!(row, "origin 0 t t", "{schema}");
    }
}

#[test]
fn a_migration_that_ends_its_transaction_is_an_error_and_not_in_the_history() {
    for end in [
        "COMMIT",
        "COMMIT; BEGIN",
        "COMMIT AND CHAIN",
        "ROLLBACK; BEGIN",
    ] {
        let world = fleet(["a"]);
        let sql = format!("CREATE TABLE IF NOT EXISTS notes (); {end}; CREATE TABLE more ()");
        let error = refused(&world, [], [step("1_notes", sql)]);
        assert!(
            matches!(&error, MigrateError::TransactionEnded { migration, .. } if migration == "1_notes"),
            "{end}: {}",
            chain(&error)
        );
        assert_eq!(history(&world, "__template__"), "", "{end}");
        assert!(!has(&world, "a", "notes"));
        let report = run(
            &world,
            [],
            [step("1_notes", "CREATE TABLE IF NOT EXISTS notes ()")],
        );
        assert!(report.is_ok(), "after {end}: {report}");
    }
}

#[test]
fn a_migration_in_no_transaction_may_not_leave_one_open_nor_move() {
    let world = fleet(["a"]);
    let open = step("1_open", "BEGIN; CREATE TABLE notes ()").in_no_transaction();
    let error = refused(&world, [], [open]);
    assert!(
        matches!(&error, MigrateError::TransactionLeftOpen { .. }),
        "{}",
        chain(&error)
    );
    assert!(!has(&world, "__template__", "notes"));

    let moves = step("1_moves", "SET search_path TO a").in_no_transaction();
    let error = refused(&world, [], [moves]);
    assert!(matches!(&error, MigrateError::Moved { .. }), "{error}");
    assert_eq!(history(&world, "__template__"), "");
    assert!(!has(&world, "a", "__diesel_schema_migrations"));
}

#[test]
fn two_statements_around_create_index_concurrently_fail_and_one_works() {
    let world = fleet(["a", "b"]);
    let table = step("1_notes", "CREATE TABLE notes (n integer)");
    let two = "CREATE INDEX CONCURRENTLY by_n ON notes (n); SELECT 1";
    let error = refused(
        &world,
        [],
        [table.clone(), step("2_index", two).in_no_transaction()],
    );
    assert!(chain(&error).contains("cannot run inside a transaction block"));

    let one = "CREATE INDEX CONCURRENTLY IF NOT EXISTS by_n ON notes (n)";
    let in_one = refused(&world, [], [table.clone(), step("2_index", one)]);
    assert!(chain(&in_one).contains("cannot run inside a transaction block"));
    let report = run(
        &world,
        [],
        [table, step("2_index", one).in_no_transaction()],
    );
    assert!(report.is_ok(), "{report}");
    for schema in ["__template__", "a", "b"] {
        assert!(has(&world, schema, "by_n"), "{schema}");
        assert_eq!(history(&world, schema), "1 2");
    }
    assert_eq!(applied(&world, "b"), "1 2");
}

#[test]
fn a_migration_may_begin_with_its_isolation_level() {
    let world = fleet(["a"]);
    let notes = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; \
                 CREATE TABLE notes AS SELECT current_setting('transaction_isolation') AS level";
    let report = run(&world, [], [step("1_notes", notes)]);
    assert!(report.is_ok(), "{report}");
    for schema in ["__template__", "a"] {
        let level = super::value_in(&world, schema, "SELECT level FROM notes");
        assert_eq!(level, "serializable");
    }
    let plan = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; CREATE TABLE shared ()";
    let global = [step("1_shared", plan)];
    let report = run(&world, global, [step("1_notes", notes)]);
    assert_eq!(report.global(), ["1"]);
}

#[test]
fn a_migration_that_resets_all_settings_is_told_that_it_moved() {
    let world = fleet(["a"]);
    let error = refused(
        &world,
        [],
        [step("1_notes", "CREATE TABLE notes (); RESET ALL")],
    );
    assert!(matches!(&error, MigrateError::Moved { .. }), "{error}");
    assert!(!has(&world, "__template__", "notes"));
}

/// What comes after the end of its transaction fails, and the failure is not all there is to say.
#[test]
fn a_migration_that_ends_its_transaction_and_then_fails_is_told_that_it_ended_it() {
    let world = fleet(["a"]);
    let ends = step(
        "1_ends",
        "CREATE TABLE notes (n integer); COMMIT; SELECT 1/0",
    );
    let error = refused(&world, [], [ends]);
    assert!(
        matches!(error, MigrateError::TransactionEnded { .. }),
        "{error}"
    );
}
