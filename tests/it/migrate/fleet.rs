//! Many schemata: failures, what is left out, and new ones. Behaviours 76, 77, 80.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use multischema::{Migrator, OnError, Outcome, SchemaName};
use multischema_tests::value;

use super::{
    Step, applied, chain, fleet, has, history, migrator, outcome, register, run, rust, step,
};

const FIVE: [&str; 5] = ["a", "b", "c", "d", "e"];

/// Fails where there is a row in the way.
fn steps() -> [Step; 3] {
    [
        step("1_notes", "CREATE TABLE notes (n integer)"),
        step("2_more", "ALTER TABLE notes ADD m integer"),
        step(
            "3_unique",
            "CREATE UNIQUE INDEX once ON notes (n); CREATE TABLE last ()",
        ),
    ]
}

fn five_and_the_third_has_rows_in_the_way() -> super::World {
    let world = fleet(FIVE);
    let [first, ..] = steps();
    assert!(run(&world, [], [first]).is_ok());
    world.run("INSERT INTO c.notes VALUES (1), (1)");
    world
}

fn words(report: &multischema::FleetReport) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Applied(versions) => format!("applied {}", versions.join(" ")),
        Outcome::UpToDate => "up to date".to_owned(),
        Outcome::Failed { applied, .. } => format!("failed after {}", applied.join(" ")),
        Outcome::Missing => "missing".to_owned(),
        Outcome::NotReached => "not reached".to_owned(),
        _ => "another".to_owned(),
    };
    report.iter().map(|it| word(it.outcome())).collect()
}

#[test]
fn a_schema_that_fails_is_named_the_others_go_by_the_policy_and_a_second_run_resumes() {
    for (policy, after_it) in [
        (OnError::Stop, "not reached"),
        (OnError::Continue, "applied 2 3"),
    ] {
        let world = five_and_the_third_has_rows_in_the_way();
        let migrator = migrator([], steps()).on_error(policy);
        let report = migrator.run(world.url()).unwrap();
        let done = "applied 2 3";
        let expected = [done, done, "failed after 2", after_it, after_it];
        assert_eq!(words(&report), expected);
        assert!(!report.is_ok());
        let Outcome::Failed { error, .. } = outcome(&report, "c") else {
            panic!("{report}");
        };
        assert_eq!(
            error.to_string(),
            "migration `3_unique` failed on schema `c`"
        );
        assert!(chain(error).contains("could not create unique index"));
        assert_eq!(error.schema().map(AsRef::as_ref), Some("c"));
        assert!(
            report
                .to_string()
                .contains("\nc: failed: migration `3_unique` failed on schema `c`: ")
        );
        // Nothing of what failed, and all before it.
        assert_eq!(
            (history(&world, "c"), applied(&world, "c")),
            ("1 2".into(), "1 2".into())
        );
        assert!(!has(&world, "c", "last"));

        world.run("DELETE FROM c.notes");
        let report = migrator.run(world.url()).unwrap();
        let rest = match policy {
            OnError::Stop => "applied 2 3",
            _ => "up to date",
        };
        let expected = ["up to date", "up to date", "applied 3", rest, rest];
        assert_eq!(words(&report), expected);
        assert!(report.is_ok() && report.template().is_empty());
        for schema in FIVE {
            assert_eq!(history(&world, schema), "1 2 3");
            assert_eq!(applied(&world, schema), "1 2 3");
        }
    }
}

#[test]
fn a_failure_in_public_or_on_the_template_stops_before_the_first_schema() {
    let world = fleet(["a"]);
    let notes = || step("1_notes", "CREATE TABLE notes ()");
    let error = super::refused(&world, [step("1_wrong", "SELECT 1/0")], [notes()]);
    assert_eq!(error.to_string(), "migration `1_wrong` failed in `public`");
    assert_eq!((error.schema(), error.migration()), (None, Some("1_wrong")));
    assert!(chain(&error).contains("division by zero"));
    let error = super::refused(&world, [], [notes(), step("2_wrong", "SELECT 1/0")]);
    assert_eq!(
        error.to_string(),
        "migration `2_wrong` failed on schema `__template__`"
    );
    assert!(has(&world, "__template__", "notes"));
    assert!(!has(&world, "a", "notes"));
}

#[test]
fn schemata_are_migrated_whatever_their_status() {
    let world = fleet(FIVE);
    // PostgreSQL calls one that is archived otherwise.
    world.run("ALTER SCHEMA c RENAME TO __trash_3");
    world.run(
        "UPDATE multischema.schemas SET status = (ARRAY['active', 'suspended', 'archived', 'provisioning', 'failed'])[id]",
    );
    let report = run(&world, [], steps());
    assert_eq!(words(&report), ["applied 1 2 3"; 5]);
    assert_eq!(
        report.to_string(),
        "public: up to date; __template__: 3 applied; schemata: 5 applied"
    );
    assert_eq!(words(&run(&world, [], steps())), ["up to date"; 5]);
    // But for one that is being removed.
    world.run("UPDATE multischema.schemas SET status = 'purging' WHERE id = 2");
    let [one, two, three] = steps();
    let report = run(
        &world,
        [],
        [one, two, three, step("4_four", "CREATE TABLE four ()")],
    );
    assert!(
        report.is_ok() && matches!(outcome(&report, "b"), Outcome::Purging),
        "{report}"
    );
    assert!(!has(&world, "b", "four") && has(&world, "a", "four"));
}

/// 76
#[test]
fn a_schema_that_is_made_has_the_same_versions_as_the_others() {
    let world = fleet(["a"]);
    let migrator = migrator([], steps());
    assert!(migrator.run(world.url()).unwrap().is_ok());
    world
        .empty_registry()
        .create("b".parse::<SchemaName>().unwrap())
        .unwrap();
    for schema in ["a", "b", "__template__"] {
        assert_eq!(history(&world, schema), "1 2 3");
    }
    assert_eq!(applied(&world, "b"), applied(&world, "a"));
    assert_eq!(
        words(&migrator.run(world.url()).unwrap()),
        ["up to date"; 2]
    );
}

/// A schema can be made where there are migrations that run in no transaction.
#[test]
fn a_migration_in_no_transaction_is_in_every_schema_that_is_made() {
    let world = fleet([]);
    let index = step("4_index", "CREATE INDEX CONCURRENTLY by_n ON notes (n)").in_no_transaction();
    let [one, two, three] = steps();
    let migrator = migrator([], [one, two, three, index]);
    assert!(migrator.run(world.url()).unwrap().is_ok());
    world
        .empty_registry()
        .create("a".parse::<SchemaName>().unwrap())
        .unwrap();
    assert!(has(&world, "a", "by_n"));
    assert_eq!(words(&migrator.run(world.url()).unwrap()), ["up to date"]);
}

/// Ends a backend, the first time it is called in schema `c`.
fn ends(backends: &'static str, once: &Arc<AtomicBool>, url: &str) -> Step {
    let (once, url) = (Arc::clone(once), url.to_owned());
    rust("2_ends", move |pg| {
        pg.batch_execute("ALTER TABLE notes ADD m integer")?;
        if value(pg, "current_schema()") == "c" && !once.swap(true, Ordering::SeqCst) {
            let own = value(pg, "pg_backend_pid()");
            let mut other = PgConnection::establish(&url)?;
            let ended = format!(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() \
                 AND pid <> pg_backend_pid() AND (pid = {own}) = {backends}"
            );
            other.batch_execute(&ended)?;
        }
        Ok(())
    })
}

#[test]
fn a_run_whose_connections_end_in_the_middle_is_completed_by_the_next() {
    // The one that works, and the one that holds the locks.
    for backends in ["true", "false"] {
        let world = fleet(FIVE);
        let once = Arc::new(AtomicBool::new(false));
        let [first, _, last] = steps();
        let steps = [first, ends(backends, &once, world.url()), last];
        let migrator = migrator([], steps).on_error(OnError::Continue);
        let report = migrator.run(world.url()).unwrap();
        assert!(once.load(Ordering::SeqCst), "{report}");
        let broken: Vec<_> = report.failed().map(|it| it.schema().as_str()).collect();
        // Work goes on with a new connection. The lock of the fleet is taken again, and those of the schemata are not lost with it.
        let expected: &[&str] = if backends == "true" { &["c"] } else { &[] };
        assert_eq!(broken, expected, "{report}");
        assert!(migrator.run(world.url()).unwrap().is_ok());
        for schema in FIVE {
            assert_eq!(history(&world, schema), "1 2 3", "{schema}");
            assert_eq!(applied(&world, schema), "1 2 3", "{schema}");
        }
    }
}

#[test]
fn a_schema_that_was_migrated_by_hand_is_up_to_date_and_its_versions_are_noted() {
    use diesel_migrations::MigrationHarness as _;

    let world = fleet(["a"]);
    let mut pg = world.pg();
    pg.batch_execute("SET search_path TO a, public").unwrap();
    pg.run_pending_migrations(super::Steps(steps().to_vec()))
        .unwrap();
    assert_eq!(words(&run(&world, [], steps())), ["up to date"]);
    assert_eq!(applied(&world, "a"), "1 2 3");
}

#[test]
fn a_history_of_another_type_does_not_disturb_the_next_schema() {
    let world = fleet(["a", "b"]);
    world.run("CREATE TABLE a.__diesel_schema_migrations (version text PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now())");
    assert_eq!(words(&run(&world, [], steps())), ["applied 1 2 3"; 2]);
}

#[test]
fn a_migrator_is_cloned_and_sent() {
    fn of<T: Clone + Send + Sync + std::fmt::Debug + 'static>(_: &T) {}
    let migrator: Migrator = migrator([], []);
    of(&migrator);
    let world = fleet([]);
    register(&world, "a");
    let url = world.url().to_owned();
    let report = std::thread::spawn(move || migrator.clone().run(&url)).join();
    assert_eq!(words(&report.unwrap().unwrap()), ["up to date"]);
}
