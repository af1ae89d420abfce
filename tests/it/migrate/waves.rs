//! Several at once, a canary, waves, and when to stop.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use multischema::{
    FleetEvent, FleetReport, MigrateError, Migrator, OnError, Outcome, SchemaName, Stop,
};
use multischema_tests::{World, value};

use super::sources::Folder;
use super::{Step, applied, fleet, has, history, migrator, outcome, register, rust, step};

/// Ten schemata and the template.
fn ten() -> World {
    let world = fleet([]);
    for number in 0..10 {
        register(&world, &format!("s{number}"));
    }
    world
}

fn notes() -> Step {
    step("1_notes", "CREATE TABLE notes (n integer)")
}

/// Fails in these schemata.
fn fails_in(schemata: &'static [&'static str]) -> Step {
    rust("2_fails", move |pg| {
        let schema = value(pg, "current_schema()");
        if schemata.contains(&schema.as_str()) {
            return Err(format!("not in {schema}").into());
        }
        Ok(pg.batch_execute("CREATE TABLE more ()")?)
    })
}

fn count(report: &FleetReport, word: &str) -> usize {
    let outcomes = report.iter().filter(|it| it.outcome().as_str() == word);
    outcomes.count()
}

type Heard = Arc<Mutex<Vec<FleetEvent>>>;

fn heard() -> (Heard, impl Fn(&FleetEvent) + Send + Sync + 'static) {
    let heard = Heard::default();
    let own = Arc::clone(&heard);
    (heard, move |event: &FleetEvent| {
        own.lock().unwrap().push(event.clone());
    })
}

#[test]
fn as_many_are_migrated_at_once_as_there_are_jobs() {
    let world = ten();
    let most = Arc::new(Mutex::new((0, 0)));
    let counted = Arc::clone(&most);
    let slow = rust("1_slow", move |pg| {
        let mut count = counted.lock().unwrap();
        count.0 += 1;
        count.1 = count.0.max(count.1);
        drop(count);
        // A machine that is busy takes its time to begin the others.
        for _ in (0..100).take_while(|_| counted.lock().unwrap().1 < 4) {
            thread::sleep(Duration::from_millis(10));
        }
        pg.batch_execute("CREATE TABLE notes ()")?;
        counted.lock().unwrap().0 -= 1;
        Ok(())
    });
    let report = migrator([], [slow]).jobs(4).run(world.url()).unwrap();
    assert!(report.is_ok(), "{report}");
    assert_eq!(most.lock().unwrap().1, 4);
    // In the order of their numbers, whichever was done first.
    assert!(report.iter().map(|it| it.schema()).is_sorted());
}

#[test]
fn a_canary_that_fails_stops_the_run_whatever_the_policy() {
    let world = ten();
    let migrator = migrator([], [notes(), fails_in(&["s1"])])
        .jobs(3)
        .canary(2)
        .on_error(OnError::Continue);
    let report = migrator.run(world.url()).unwrap();
    let words = ["applied", "failed", "not reached"].map(|word| count(&report, word));
    assert_eq!(words, [1, 1, 8], "{report}");
    assert!(!has(&world, "s2", "notes"));

    // Nor are the others of the canary begun after the first that failed.
    let other = ten();
    let steps = [notes(), fails_in(&["s0"])];
    let report = super::migrator([], steps)
        .canary(3)
        .on_error(OnError::Continue);
    let report = report.run(other.url()).unwrap();
    assert_eq!(count(&report, "not reached"), 9, "{report}");

    // One that does not fail is followed by all others.
    let report = super::migrator([], [notes(), fails_in(&[])])
        .canary(2)
        .run(world.url())
        .unwrap();
    assert!(report.is_ok(), "{report}");
    assert_eq!(history(&world, "s9"), "1 2");
}

#[test]
fn a_run_stops_after_as_many_failures_as_it_was_told() {
    let world = ten();
    let two = OnError::StopAfter(NonZeroUsize::new(2).unwrap());
    let report = migrator([], [notes(), fails_in(&["s1", "s3", "s5"])])
        .on_error(two)
        .run(world.url())
        .unwrap();
    let words = ["applied", "failed", "not reached"].map(|word| count(&report, word));
    assert_eq!(words, [2, 2, 6], "{report}");
    assert!(has(&world, "s3", "notes") && !has(&world, "s4", "notes"));
}

#[test]
fn waves_have_their_size_and_each_is_told_of_once() {
    let world = ten();
    let mut listener = world.pg();
    listener.batch_execute("LISTEN multischema").unwrap();
    let (heard, hear) = heard();
    let migrator = migrator([], [notes()]).canary(1).wave(4).on_event(hear);
    assert!(migrator.run(world.url()).unwrap().is_ok());
    let waves: Vec<_> = heard
        .lock()
        .unwrap()
        .iter()
        .filter_map(|event| match event {
            FleetEvent::Wave { number, schemata } => Some((*number, *schemata)),
            _ => None,
        })
        .collect();
    assert_eq!(waves, [(0, 1), (1, 4), (2, 4), (3, 1)]);
    listener.batch_execute("SELECT 1").unwrap();
    let notified: Vec<_> = listener
        .notifications_iter()
        .map(|it| it.unwrap().payload)
        .collect();
    assert_eq!(notified, ["*"; 4]);
    // One with nothing to do tells nobody.
    assert!(migrator.run(world.url()).unwrap().is_ok());
    listener.batch_execute("SELECT 1").unwrap();
    assert_eq!(listener.notifications_iter().count(), 0);
}

#[test]
fn only_those_that_are_named_are_migrated_after_public_and_the_template() {
    let world = ten();
    let names = |names: &[&str]| -> Vec<SchemaName> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    };
    let plan = || step("1_plan", "INSERT INTO plans (name) VALUES ('school')");
    let unknown = migrator([plan()], [notes()])
        .only(names(&["s1", "who", "knows"]))
        .run(world.url())
        .unwrap_err();
    assert!(
        matches!(&unknown, MigrateError::UnknownSchemata { names } if *names == ["knows", "who"])
    );
    assert!(!has(&world, "__template__", "notes"), "nothing is touched");

    let report = migrator([plan()], [notes()])
        .only(names(&["s1", "s2"]))
        .run(world.url())
        .unwrap();
    assert!(report.is_ok() && report.iter().count() == 2, "{report}");
    assert_eq!(report.template(), ["1"]);
    assert!(has(&world, "s2", "notes") && !has(&world, "s3", "notes"));
}

#[test]
fn events_tell_all_that_happens() {
    let world = ten();
    let (heard, hear) = heard();
    let plan = step("1_plan", "INSERT INTO plans (name) VALUES ('school')");
    let report = migrator([plan], [notes(), fails_in(&["s4"])])
        .jobs(2)
        .on_error(OnError::Continue)
        .on_event(hear)
        .run(world.url())
        .unwrap();
    assert_eq!(report.failed().count(), 1);
    let heard = heard.lock().unwrap();
    let texts = |versions: &[&str]| versions.iter().map(|it| (*it).to_owned()).collect();
    let began = FleetEvent::Began {
        work: multischema::Work::Run,
        schemata: 10,
        pending: 10,
    };
    assert_eq!(heard[0], began);
    assert!(heard.contains(&FleetEvent::Global {
        versions: texts(&["1"])
    }));
    assert!(heard.contains(&FleetEvent::Template {
        versions: texts(&["1", "2"])
    }));
    let mut visited = Vec::new();
    for event in heard.iter() {
        if let FleetEvent::Visited {
            schema,
            outcome,
            versions,
            message,
            done,
            pending,
            ..
        } = event
        {
            visited.push(schema.to_string());
            assert_eq!((*done, *pending), (visited.len(), 10));
            if schema.as_str() == "s4" {
                assert_eq!((*outcome, versions.join(" ").as_str()), ("failed", "1"));
                let message = message.as_deref().unwrap();
                assert!(message.contains("`2_fails` failed") && message.ends_with("not in s4"));
            } else {
                assert_eq!((*outcome, versions.join(" ").as_str()), ("applied", "1 2"));
            }
        }
    }
    visited.sort();
    let all: Vec<_> = (0..10).map(|number| format!("s{number}")).collect();
    assert_eq!(visited, all);
    let ended = [
        FleetEvent::WaveEnded {
            number: 1,
            failed: 1,
        },
        FleetEvent::Ended { is_ok: false },
    ];
    assert!(heard.ends_with(&ended), "{:?}", heard.last());
}

#[test]
fn a_run_that_is_asked_to_stop_finishes_what_is_in_flight_and_reports_the_rest() {
    let world = ten();
    let stop = Stop::new();
    let asked = stop.clone();
    let stops = rust("2_stops", move |pg| {
        if value(pg, "current_schema()") == "s3" {
            asked.stop();
        }
        Ok(pg.batch_execute("CREATE TABLE more ()")?)
    });
    let (heard, hear) = heard();
    let report = migrator([], [notes(), stops])
        .stop(&stop)
        .on_event(hear)
        .run(world.url())
        .unwrap();
    assert!(report.is_stopped() && !report.is_ok());
    assert!(matches!(outcome(&report, "s3"), Outcome::Applied(versions) if versions.len() == 2));
    assert_eq!(count(&report, "not reached"), 6, "{report}");
    assert_eq!(applied(&world, "s3"), "1 2");
    assert!(heard.lock().unwrap().contains(&FleetEvent::Stopping));
    let state = super::value_in(
        &world,
        "public",
        "SELECT state FROM multischema.runs ORDER BY id DESC LIMIT 1",
    );
    assert_eq!(state, "stopped");
}

#[test]
fn a_panic_of_a_migration_is_the_callers_and_the_rest_is_done_by_the_next_run() {
    let world = ten();
    let panics = rust("2_panics", |pg| {
        assert_ne!(value(pg, "current_schema()"), "s3", "no further");
        Ok(pg.batch_execute("CREATE TABLE more ()")?)
    });
    let migrator = migrator([], [notes(), panics]).jobs(2);
    let panicked =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| migrator.run(world.url())));
    let told = *panicked.unwrap_err().downcast::<String>().unwrap();
    assert!(told.contains("no further"), "{told}");
    let report = super::migrator([], [notes(), fails_in(&[])]);
    // The second has another name and the same version.
    assert!(report.run(world.url()).unwrap().is_ok());
    assert_eq!(history(&world, "s3"), "1 2");
}

#[test]
fn a_table_in_use_is_waited_for_in_turns_and_nobody_waits_long_behind_the_migration() {
    let world = fleet(["a"]);
    assert!(super::run(&world, [], [notes()]).is_ok());
    let mut other = world.pg();
    other
        .batch_execute("BEGIN; SELECT count(*) FROM a.notes")
        .unwrap();
    let url = world.url().to_owned();
    let (heard, hear) = heard();
    // Of files: what their errors are of, Diesel does not tell.
    let folder = Folder::new()
        .with("tenant/1_notes", "CREATE TABLE notes (n integer)")
        .with("tenant/2_more", "ALTER TABLE notes ADD m text");
    let migrator = Migrator::new(folder.source("global"), folder.source("tenant"));
    let run = thread::spawn(move || migrator.on_event(hear).run(&url).unwrap());
    // Those who read wait behind it for a second at most, and not until `other` is done.
    thread::sleep(Duration::from_millis(200));
    let mut reader = world.pg();
    reader
        .batch_execute("SET statement_timeout TO '5s'; SELECT count(*) FROM a.notes")
        .unwrap();
    thread::sleep(Duration::from_millis(1500));
    other.batch_execute("COMMIT").unwrap();
    let report = run.join().unwrap();
    assert!(
        matches!(outcome(&report, "a"), Outcome::Applied(versions) if *versions == ["2"]),
        "{report}"
    );
    let retried = |event: &FleetEvent| matches!(event, FleetEvent::Retried { attempts: 1, migration, .. } if migration == "2_more");
    assert!(heard.lock().unwrap().iter().any(retried));
}

#[test]
fn an_index_that_is_built_concurrently_waits_for_who_is_at_work_in_the_database() {
    let world = fleet(["a"]);
    let folder = Folder::new()
        .with("tenant/1_notes", "CREATE TABLE notes (n integer)")
        .with(
            "tenant/2_index",
            "CREATE INDEX CONCURRENTLY by_n ON notes (n)",
        )
        .in_no_transaction("tenant/2_index");
    let migrator = Migrator::new(folder.source("global"), super::Steps(vec![notes()]));
    assert!(migrator.run(world.url()).unwrap().is_ok());
    let mut other = world.pg();
    other
        .batch_execute("BEGIN; INSERT INTO a.notes VALUES (1)")
        .unwrap();
    let url = world.url().to_owned();
    let migrator = Migrator::new(folder.source("global"), folder.source("tenant"));
    let run = thread::spawn(move || migrator.run(&url).unwrap());
    thread::sleep(Duration::from_millis(1800));
    other.batch_execute("COMMIT").unwrap();
    let report = run.join().unwrap();
    assert!(report.is_ok(), "{report}");
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a.by_n'::regclass";
    assert_eq!(super::value_in(&world, "public", valid), "true");
}

#[test]
fn what_one_migration_leaves_on_the_connection_is_gone_for_the_next_in_the_same_schema() {
    let world = fleet(["a"]);
    let leaves = step(
        "1_leaves",
        "CREATE TABLE notes (n integer); SET lock_timeout TO 0; SET default_toast_compression TO 'pglz'; \
         CREATE TEMP TABLE left_over ()",
    );
    let finds = rust("2_finds", |pg| {
        let found = value(
            pg,
            "concat(current_setting('lock_timeout'), to_regclass('pg_temp.left_over'))",
        );
        assert_eq!(found, "1s");
        Ok(pg.batch_execute("CREATE TABLE more ()")?)
    });
    let report = migrator([], [leaves, finds]).run(world.url()).unwrap();
    assert!(report.is_ok(), "{report}");
}

#[test]
fn a_server_that_goes_away_leaves_a_report_of_what_was_done() {
    use multischema::testing::Server;

    let server = Server::start().unwrap();
    let world = World::on(&server);
    assert!(migrator([], []).run(world.url()).unwrap().is_ok());
    for name in ["a", "b", "c"] {
        register(&world, name);
    }
    let server = Arc::new(server);
    let own = Arc::clone(&server);
    let stops = rust("2_stops", move |pg| {
        if value(pg, "current_schema()") == "b" {
            own.stop().unwrap();
        }
        Ok(pg.batch_execute("CREATE TABLE more ()")?)
    });
    let migrator = migrator([], [notes(), stops]).on_error(OnError::Continue);
    let report = migrator.run(world.url()).unwrap();
    assert!(!report.is_ok() && report.trouble().is_some(), "{report}");
    let words: Vec<_> = report.iter().map(|it| it.outcome().as_str()).collect();
    assert_eq!(words, ["applied", "failed", "failed"], "{report}");
    server.restart().unwrap();
    let report = super::migrator([], [notes(), fails_in(&[])])
        .run(world.url())
        .unwrap();
    assert!(report.is_ok(), "{report}");
    for schema in ["a", "b", "c"] {
        assert_eq!(history(&world, schema), "1 2");
    }
}
