//! Runs that come to no end: what was done until then is told, and kept.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::migration::Result;
use diesel::pg::PgConnection;
use multischema::{FleetEvent, FleetReport, Migrator, Outcome, Stop};
use multischema_tests::{World, value};

use super::{Step, fleet, history, migrator, rust, step, value_in};

const RUNS: &str = "SELECT string_agg(concat_ws(' ', kind, state, nullif(array_to_string(template, ','), ''), message), '; ' ORDER BY id) \
    FROM multischema.runs WHERE kind = 'revert'";
const SCHEMATA: &str = "SELECT string_agg(concat_ws(' ', name, s.state, array_to_string(versions, ',')), '; ' \
    ORDER BY run_id, schema_id) FROM multischema.run_schemas s JOIN multischema.runs r ON r.id = run_id WHERE kind = 'revert'";

type Down = fn(&mut PgConnection) -> Result<()>;

const DROP_MORE: Down = |pg| Ok(pg.batch_execute("DROP TABLE more")?);
const DROP_LAST: Down = |pg| Ok(pg.batch_execute("DROP TABLE last")?);

/// Three schemata with three migrations, the last two of which are reverted so.
fn migrated(
    world: &World,
    second: impl Fn(&mut PgConnection) -> Result<()> + Send + Sync + 'static,
    third: impl Fn(&mut PgConnection) -> Result<()> + Send + Sync + 'static,
) -> Migrator {
    let steps = [
        step("1_notes", "CREATE TABLE notes ()"),
        step("2_more", "CREATE TABLE more ()").down(second),
        step("3_last", "CREATE TABLE last ()").down(third),
    ];
    let migrator = migrator([], steps);
    assert!(migrator.run(world.url()).unwrap().is_ok());
    migrator
}

/// Each schema, what came of it, and which versions were reverted.
fn words(report: &FleetReport) -> String {
    let words = report.iter().map(|it| {
        let versions = it.versions().join(",");
        format!("{} {} {versions}", it.schema(), it.outcome().as_str())
    });
    words.collect::<Vec<_>>().join("; ")
}

/// Asks to stop where the schema is `at`, and goes on.
fn stops_in(
    at: &'static str,
    stop: &Stop,
    down: Down,
) -> impl Fn(&mut PgConnection) -> Result<()> + use<> {
    let stop = stop.clone();
    move |pg| {
        if value(pg, "current_schema()") == at {
            stop.stop();
        }
        down(pg)
    }
}

#[test]
fn a_revert_that_is_stopped_in_its_second_migration_does_not_forget_the_first() {
    let world = fleet(["a", "b", "c"]);
    let stop = Stop::new();
    let migrator = migrated(&world, stops_in("a", &stop, DROP_MORE), DROP_LAST).stop(&stop);
    let report = migrator.revert(world.url(), 2).unwrap();
    assert_eq!(
        words(&report),
        "a reverted 3,2; b not reached 3; c not reached 3"
    );
    assert!(report.is_stopped() && !report.is_ok());
    let text = report.to_string();
    assert!(text.contains("b: not reached; before that 3"), "{text}");
    assert_eq!(
        value_in(&world, "public", RUNS),
        "revert done 3; revert stopped 2"
    );
    assert_eq!(
        value_in(&world, "public", SCHEMATA),
        "a reverted 3; b reverted 3; c reverted 3; a reverted 2"
    );
    assert_eq!(["a", "b"].map(|it| history(&world, it)), ["1", "1 2"]);
}

#[test]
fn a_revert_that_is_stopped_between_two_migrations_is_not_done() {
    let world = fleet(["a", "b"]);
    let stop = Stop::new();
    let migrator = migrated(&world, DROP_MORE, stops_in("b", &stop, DROP_LAST)).stop(&stop);
    let report = migrator.revert(world.url(), 2).unwrap();
    assert_eq!(words(&report), "a not reached 3; b not reached 3");
    assert!(
        report.is_stopped() && report.template() == ["3"],
        "{report}"
    );
    assert_eq!(history(&world, "__template__"), "1 2");

    // Where there is nothing but the template, that is left.
    let world = fleet([]);
    let stop = Stop::new();
    let migrator = migrated(
        &world,
        DROP_MORE,
        stops_in("__template__", &stop, DROP_LAST),
    );
    let report = migrator.stop(&stop).revert(world.url(), 2).unwrap();
    assert!(report.is_stopped() && !report.is_ok(), "{report}");
    assert_eq!(history(&world, "__template__"), "1 2");
}

#[test]
fn a_revert_whose_second_migration_cannot_be_reverted_does_not_forget_the_first() {
    let world = fleet(["a", "b"]);
    let migrator = migrated(&world, |_| Err("never".into()), DROP_LAST);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let own = Arc::clone(&heard);
    let migrator = migrator.on_event(move |event| own.lock().unwrap().push(event.clone()));
    let report = migrator.revert(world.url(), 2).unwrap();
    assert_eq!(words(&report), "a not reached 3; b not reached 3");
    let trouble = super::chain(report.trouble().unwrap());
    assert!(
        trouble.contains("`2_more` failed on schema `__template__`: never"),
        "{trouble}"
    );
    let runs = value_in(&world, "public", RUNS);
    assert_eq!(runs, format!("revert done 3; revert failed {trouble}"));
    let heard = heard.lock().unwrap();
    let ends = heard
        .iter()
        .filter(|it| matches!(it, FleetEvent::Ended { .. }));
    assert_eq!(
        ends.collect::<Vec<_>>(),
        [&FleetEvent::Ended { is_ok: false }]
    );
    // The template is told of once for each migration.
    let templates = heard.iter().filter_map(|it| match it {
        FleetEvent::Template { versions } => Some(versions.join(" ")),
        _ => None,
    });
    assert_eq!(templates.collect::<Vec<_>>(), ["3"]);
}

#[test]
fn a_schema_that_is_gone_or_has_another_name_by_the_second_migration_is_not_forgotten() {
    let world = fleet(["a", "b", "c"]);
    let other = Mutex::new(world.pg());
    let changes = move |pg: &mut PgConnection| {
        if value(pg, "current_schema()") == "__template__" {
            other.lock().unwrap().batch_execute(
                "DROP SCHEMA a CASCADE; DELETE FROM multischema.schemas WHERE name = 'a'; \
                 SET multischema.renaming TO 'b'; ALTER SCHEMA b RENAME TO b2; \
                 UPDATE multischema.schemas SET name = 'b2' WHERE name = 'b'",
            )?;
        }
        DROP_MORE(pg)
    };
    let migrator = migrated(&world, changes, DROP_LAST);
    let report = migrator.revert(world.url(), 2).unwrap();
    assert_eq!(
        words(&report),
        "a reverted 3; b2 reverted 3,2; c reverted 3,2"
    );
}

#[test]
fn what_was_done_in_public_is_told_although_the_template_fails() {
    let world = fleet(["a"]);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let own = Arc::clone(&heard);
    let plan = step("1_plan", "CREATE TABLE public.more_plans ()");
    migrator([plan], [step("2_wrong", "SELECT 1/0")])
        .on_event(move |event| own.lock().unwrap().push(event.clone()))
        .run(world.url())
        .unwrap_err();
    let expected = [
        FleetEvent::Began {
            work: multischema::Work::Run,
            schemata: 1,
            pending: 1,
        },
        FleetEvent::Global {
            versions: vec!["1".to_owned()],
        },
        FleetEvent::Ended { is_ok: false },
    ];
    assert_eq!(*heard.lock().unwrap(), expected);
    let kept = "SELECT concat_ws(' ', state, array_to_string(global, ',')) FROM multischema.runs ORDER BY id DESC LIMIT 1";
    assert_eq!(value_in(&world, "public", kept), "failed 1");
}

#[test]
fn that_a_run_is_asked_to_stop_is_told_once_when_it_notices() {
    let world = fleet(["a", "b", "c"]);
    let (stop, heard) = (Stop::new(), Arc::new(Mutex::new(Vec::new())));
    let (asked, told) = (stop.clone(), Arc::clone(&heard));
    let waits: Step = rust("1_waits", move |pg| {
        if value(pg, "current_schema()") == "a" {
            asked.stop();
            let start = Instant::now();
            while !told.lock().unwrap().contains(&FleetEvent::Stopping) {
                if start.elapsed() > Duration::from_secs(10) {
                    return Err("nobody was told".into());
                }
                thread::sleep(Duration::from_millis(5));
            }
            // Longer than it takes to notice again.
            thread::sleep(Duration::from_millis(200));
        }
        Ok(pg.batch_execute("CREATE TABLE notes ()")?)
    });
    let own = Arc::clone(&heard);
    let report = migrator([], [waits])
        .stop(&stop)
        .on_event(move |event| own.lock().unwrap().push(event.clone()))
        .run(world.url())
        .unwrap();
    let a = super::outcome(&report, "a");
    assert!(matches!(a, Outcome::Applied(_)), "{report}");
    let heard = heard.lock().unwrap();
    let times = heard.iter().filter(|it| **it == FleetEvent::Stopping);
    assert_eq!(times.count(), 1, "{heard:?}");
}
