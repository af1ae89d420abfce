//! What is kept of a run.

use diesel::connection::SimpleConnection as _;
use multischema::{FleetEvent, MigrateError, OnError, Outcome};
use std::sync::{Arc, Mutex};

use super::sources::Folder;
use super::{Step, chain, fleet, history, migrator, outcome, run, rust, step, value_in};

fn notes() -> Step {
    step("1_notes", "CREATE TABLE notes (n integer)")
}

const RUNS: &str = "SELECT coalesce(string_agg(concat_ws(' ', kind, state, pending, array_to_string(global, ','), \
    array_to_string(template, ','), finished_at IS NOT NULL), '; ' ORDER BY id), '') FROM multischema.runs";
const SCHEMATA: &str = "SELECT string_agg(concat_ws(' ', name, state, array_to_string(versions, ','), sqlstate, message), '; ' \
    ORDER BY run_id, schema_id) FROM multischema.run_schemas";

#[test]
fn a_run_and_what_came_of_each_schema_are_kept() {
    let world = fleet(["a", "b"]);
    world.run("TRUNCATE multischema.runs CASCADE");
    let plan = || step("1_plan", "INSERT INTO plans (name) VALUES ('school')");
    let report = run(&world, [plan()], [notes()]);
    assert_eq!(value_in(&world, "public", RUNS), "run done 2 1 1 t");
    assert_eq!(
        value_in(&world, "public", SCHEMATA),
        "a applied 1; b applied 1"
    );
    let id = value_in(&world, "public", "SELECT max(id) FROM multischema.runs");
    assert_eq!(report.run().map(|id| id.to_string()), Some(id));
    // One that had nothing to do is not.
    assert_eq!(run(&world, [plan()], [notes()]).run(), None);
    assert_eq!(
        value_in(&world, "public", "SELECT count(*) FROM multischema.runs"),
        "1"
    );

    world.run("TRUNCATE multischema.runs CASCADE; INSERT INTO a.notes VALUES (1), (1)");
    let once = step("2_once", "ALTER TABLE notes ADD UNIQUE (n)");
    let report = run(&world, [plan()], [notes(), once]);
    assert!(!report.is_ok());
    assert_eq!(value_in(&world, "public", RUNS), "run failed 2  2 t");
    let kept = value_in(&world, "public", SCHEMATA);
    let begin =
        "a failed  23505 migration `2_once` failed on schema `a`: could not create unique index";
    assert!(kept.starts_with(begin) && !kept.contains("; b "), "{kept}");
}

#[test]
fn a_run_that_fails_before_the_first_schema_says_why() {
    let world = fleet(["a"]);
    world.run("TRUNCATE multischema.runs CASCADE");
    let error = super::refused(&world, [], [notes(), step("2_wrong", "SELECT 1/0")]);
    let kept = value_in(
        &world,
        "public",
        "SELECT concat_ws(' ', state, message) FROM multischema.runs",
    );
    assert_eq!(kept, format!("failed {}", chain(&error)));
}

#[test]
fn the_next_run_says_that_it_goes_on_where_a_killed_one_stopped() {
    let world = fleet(["a", "b"]);
    let ends = rust("2_ends", |pg| {
        // As a killed process leaves it.
        pg.batch_execute("INSERT INTO multischema.runs (kind, pending) SELECT 'run', 2 WHERE current_schema() = 'a'")?;
        Ok(())
    });
    assert!(run(&world, [], [notes(), ends.clone()]).is_ok());
    let id = value_in(
        &world,
        "public",
        "SELECT max(id) FROM multischema.runs WHERE state = 'running'",
    );
    let heard: Arc<Mutex<Vec<FleetEvent>>> = Arc::default();
    let own = Arc::clone(&heard);
    let more = step("3_more", "CREATE TABLE more ()");
    let migrator = migrator([], [notes(), ends, more])
        .on_event(move |event| own.lock().unwrap().push(event.clone()));
    let report = migrator.run(world.url()).unwrap();
    assert_eq!(report.resumed().map(|id| id.to_string()), Some(id.clone()));
    let resumed = FleetEvent::Resumed {
        run: id.parse().unwrap(),
    };
    assert!(heard.lock().unwrap().contains(&resumed));
    let state =
        format!("SELECT state FROM multischema.runs WHERE id = {id} AND finished_at IS NOT NULL");
    assert_eq!(value_in(&world, "public", &state), "killed");
    // Said once.
    assert_eq!(migrator.run(world.url()).unwrap().resumed(), None);
}

#[test]
fn an_index_that_is_not_valid_is_named_and_the_migration_not_taken_for_done() {
    let world = fleet(["a", "b"]);
    let folder = Folder::new()
        .with("tenant/1_notes", "CREATE TABLE notes (n integer)")
        .with(
            "tenant/2_index",
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS once ON notes (n)",
        )
        .in_no_transaction("tenant/2_index");
    let first = multischema::Migrator::new(folder.source("global"), super::Steps(vec![notes()]));
    assert!(first.run(world.url()).unwrap().is_ok());
    // A build that is cut off leaves what this leaves.
    world.run("INSERT INTO a.notes VALUES (1), (1)");
    let migrator = multischema::Migrator::new(folder.source("global"), folder.source("tenant"))
        .on_error(OnError::Continue);
    for again in [false, true] {
        let report = migrator.run(world.url()).unwrap();
        let Outcome::Failed { error, .. } = outcome(&report, "a") else {
            panic!("{report}");
        };
        if again {
            assert!(
                matches!(error, MigrateError::InvalidIndexes { indexes, .. } if *indexes == ["once"]),
                "{error}"
            );
            assert!(error.to_string().contains("is not valid: once"), "{error}");
        }
        assert_eq!(
            (history(&world, "a"), history(&world, "b")),
            ("1".into(), "1 2".into())
        );
    }
    world.run("DELETE FROM a.notes; DROP INDEX a.once");
    assert!(migrator.run(world.url()).unwrap().is_ok());
    let valid = "SELECT bool_and(indisvalid) FROM pg_index WHERE indexrelid = 'a.once'::regclass";
    assert_eq!(value_in(&world, "public", valid), "true");
}
