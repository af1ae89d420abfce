//! A connection that cannot be cleaned after a migration is committed.

use std::sync::{Arc, Mutex};

use diesel::connection::SimpleConnection as _;
use multischema::{FleetEvent, MigrateError, OnError, Outcome};
use multischema_tests::value;

use super::{Step, fleet, has, history, migrator, outcome, rust, step, value_in};

/// Cleaning calls a function, which is away once this is committed.
const AWAY: &str = "ALTER FUNCTION pg_catalog.pg_advisory_unlock_all() RENAME TO away";
const BACK: &str = "ALTER FUNCTION pg_catalog.away() RENAME TO pg_advisory_unlock_all";

/// Makes a table, and has the connection not be cleaned in these schemata; notes which connection it was.
fn spoils(schemata: &'static [&'static str], pids: &Arc<Mutex<Vec<String>>>) -> Step {
    let pids = Arc::clone(pids);
    rust("1_spoils", move |pg| {
        pids.lock().unwrap().push(value(pg, "pg_backend_pid()"));
        if schemata.contains(&value(pg, "current_schema()").as_str()) {
            pg.batch_execute(AWAY)?;
        }
        Ok(pg.batch_execute("CREATE TABLE notes ()")?)
    })
}

#[test]
fn what_was_committed_is_told_as_applied_and_the_connection_is_not_used_again() {
    let world = fleet(["a", "b"]);
    // They have histories, so that nothing is found out which would have a connection be replaced.
    let first = || step("0_first", "CREATE TABLE first ()");
    assert!(super::run(&world, [], [first()]).is_ok());
    world.run("TRUNCATE multischema.runs CASCADE");
    let pids = Arc::default();
    let other = Mutex::new(world.pg());
    let messages = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&messages);
    let report = migrator([], [first(), spoils(&["__template__", "a"], &pids)])
        .wave(1)
        .on_event(move |event| match event {
            FleetEvent::Template { .. } => other.lock().unwrap().batch_execute(BACK).unwrap(),
            FleetEvent::Visited {
                schema, message, ..
            } => {
                heard.lock().unwrap().push(message.clone());
                if schema.as_str() == "a" {
                    other.lock().unwrap().batch_execute(BACK).unwrap();
                }
            }
            _ => {}
        })
        .run(world.url())
        .unwrap();
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.template(), ["1"]);
    for schema in ["__template__", "a", "b"] {
        assert_eq!(history(&world, schema), "0 1", "{schema}");
        assert!(has(&world, schema, "notes"), "{schema}");
    }
    let mut pids = pids.lock().unwrap().clone();
    pids.sort();
    pids.dedup();
    assert_eq!(pids.len(), 3, "one of them was used again");

    // It is noted with what was done.
    assert!(matches!(outcome(&report, "a"), Outcome::Applied(_)));
    let a = report.get(&"a".parse().unwrap()).unwrap();
    let Some(trouble @ MigrateError::NotCleaned { .. }) = a.trouble() else {
        panic!("{:?}", a.trouble());
    };
    let words = super::chain(trouble);
    assert!(
        words.contains("on schema `a`") && words.contains("pg_advisory_unlock_all"),
        "{words}"
    );
    assert!(
        a.to_string()
            .starts_with("a: applied 1; the connection could not be cleaned"),
        "{a}"
    );
    assert_eq!(*messages.lock().unwrap(), [Some(words.clone()), None]);
    let kept = "SELECT string_agg(concat_ws(' ', state, message), '; ' ORDER BY schema_id) FROM multischema.run_schemas";
    assert_eq!(
        value_in(&world, "public", kept),
        format!("applied {words}; applied")
    );
}

#[test]
fn what_fails_in_the_commit_has_failed() {
    let world = fleet(["a", "b"]);
    let once = "CREATE TABLE notes (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED); \
        INSERT INTO notes SELECT 1 FROM generate_series(1, CASE current_schema() WHEN 'a' THEN 2 ELSE 1 END)";
    let report = migrator([], [step("1_once", once)])
        .on_error(OnError::Continue)
        .run(world.url())
        .unwrap();
    let words: Vec<_> = report.iter().map(|it| it.outcome().as_str()).collect();
    assert_eq!(words, ["failed", "applied"], "{report}");
    assert_eq!(history(&world, "a"), "");
    let a = report.get(&"a".parse().unwrap()).unwrap();
    assert!(
        a.trouble().is_none() && a.to_string().contains("duplicate key"),
        "{a}"
    );
}
