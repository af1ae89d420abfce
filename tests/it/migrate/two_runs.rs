//! Two runs at once. Behaviour 79.

use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use multischema::{MigrateError, Outcome};
use multischema_tests::value;

use super::{fleet, history, migrator, outcome, step, value_in};

#[test]
fn of_two_runs_one_waits_and_no_migration_runs_twice() {
    let world = fleet(["a", "b", "c"]);
    let steps = || {
        [
            step(
                "1_notes",
                "CREATE TABLE notes (n integer); SELECT pg_sleep(0.05)",
            ),
            step("2_note", "INSERT INTO notes VALUES (1)"),
        ]
    };
    let plan = || [step("1_plan", "INSERT INTO plans (name) VALUES ('school')")];
    let reports: Vec<_> = thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| migrator(plan(), steps()).run(world.url()).unwrap()))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let applied = reports.iter().filter(|report| !report.global().is_empty());
    assert_eq!(applied.count(), 1);
    for report in &reports {
        assert!(report.is_ok(), "{report}");
        let all = report.global().len() == 1;
        for schema in report {
            assert_eq!(matches!(schema.outcome(), Outcome::Applied(_)), all);
        }
    }
    for schema in ["a", "b", "c", "__template__"] {
        assert_eq!(value_in(&world, schema, "SELECT count(*) FROM notes"), "1");
        assert_eq!(history(&world, schema), "1 2");
    }
}

#[test]
fn two_runs_of_a_fresh_database_make_the_librarys_tables_once() {
    let world = super::World::new();
    thread::scope(|scope| {
        let runs: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| migrator([], []).run(world.url())))
            .collect();
        for run in runs {
            assert!(run.join().unwrap().unwrap().is_ok());
        }
    });
}

#[test]
fn two_runs_with_create_index_concurrently_do_not_wait_for_each_other_for_ever() {
    let world = fleet(["a", "b"]);
    let steps = || {
        let index = "CREATE INDEX CONCURRENTLY by_n ON notes (n)";
        [
            step("1_notes", "CREATE TABLE notes (n integer)"),
            step("2_index", index).in_no_transaction(),
        ]
    };
    let start = Instant::now();
    thread::scope(|scope| {
        let runs: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| migrator([], steps()).run(world.url()).unwrap()))
            .collect();
        for run in runs {
            assert!(run.join().unwrap().is_ok());
        }
    });
    assert!(start.elapsed() < Duration::from_secs(20));
    let valid = "SELECT bool_and(indisvalid) AND count(*) = 3 FROM pg_index \
                 JOIN pg_class c ON c.oid = indexrelid WHERE relname = 'by_n'";
    assert_eq!(value_in(&world, "public", valid), "true");
}

/// Keeps others from the schema with this number; 0 is the template and -1 all.
fn hold(pg: &mut diesel::PgConnection, number: &str) {
    let hold = format!("SELECT pg_advisory_lock(x'6d736368'::integer, {number})");
    pg.batch_execute(&hold).unwrap();
}

#[test]
fn one_who_waits_longer_than_it_may_says_for_what() {
    let world = fleet(["a", "b"]);
    let steps = || [step("1_notes", "CREATE TABLE notes (n integer)")];
    let mut other = world.pg();
    let impatient = migrator([], steps()).lock_timeout(Duration::from_millis(150));

    hold(&mut other, "-1");
    let busy = impatient.run(world.url()).unwrap_err();
    assert!(matches!(busy, MigrateError::Busy { schema: None, .. }));
    assert_eq!(
        busy.to_string(),
        "this database is being migrated or changed by someone else; waited 150ms"
    );

    other
        .batch_execute("SELECT pg_advisory_unlock_all()")
        .unwrap();
    hold(&mut other, "0");
    let busy = impatient.run(world.url()).unwrap_err();
    assert_eq!(busy.schema().map(AsRef::as_ref), Some("__template__"));

    other
        .batch_execute("SELECT pg_advisory_unlock_all()")
        .unwrap();
    let id = value(
        &mut other,
        "SELECT id FROM multischema.schemas WHERE name = 'a'",
    );
    hold(&mut other, &id);
    let report = impatient
        .on_error(multischema::OnError::Continue)
        .run(world.url())
        .unwrap();
    let Outcome::Failed { error, .. } = outcome(&report, "a") else {
        panic!("{report}");
    };
    assert!(
        matches!(
            error,
            MigrateError::Busy {
                schema: Some(_),
                ..
            }
        ),
        "{error}"
    );
    assert!(matches!(outcome(&report, "b"), Outcome::Applied(_)));
}

#[test]
fn a_schema_that_someone_else_works_on_is_not_entered() {
    let world = fleet(["a"]);
    let notes = || step("1_notes", "CREATE TABLE notes (n integer)");
    assert!(super::run(&world, [], [notes()]).is_ok());
    let mut other = world.pg();
    hold(&mut other, "1");
    let report = migrator([], [notes(), step("2_more", "CREATE TABLE more ()")])
        .lock_timeout(Duration::from_millis(150))
        .run(world.url())
        .unwrap();
    let Outcome::Failed { error, .. } = outcome(&report, "a") else {
        panic!("{report}");
    };
    assert!(matches!(error, MigrateError::Busy { .. }), "{error}");
    assert!(!super::has(&world, "a", "more"));
}

#[test]
fn a_migration_does_not_wait_for_ever_for_the_lock_of_a_table() {
    let world = fleet(["a", "b"]);
    let notes = || step("1_notes", "CREATE TABLE notes (n integer)");
    assert!(super::run(&world, [], [notes()]).is_ok());
    let mut other = world.pg();
    other
        .batch_execute("BEGIN; SELECT count(*) FROM a.notes")
        .unwrap();
    let migrator = migrator([], [notes(), step("2_n", "ALTER TABLE notes ADD m text")])
        .lock_timeout(Duration::from_millis(150))
        .on_error(multischema::OnError::Continue);
    let report = migrator.run(world.url()).unwrap();
    let Outcome::Failed { error, .. } = outcome(&report, "a") else {
        panic!("{report}");
    };
    assert!(
        super::chain(error).contains("lock timeout"),
        "{}",
        super::chain(error)
    );
    other.batch_execute("COMMIT").unwrap();
    assert!(migrator.run(world.url()).unwrap().is_ok());
}
