//! What every schema has and lacks, and how little is asked where nothing is to be done. Behaviour 78.

use multischema::{FleetStatus, MigrateError, OnError, SchemaName};
use multischema_tests::{World, value};

use super::{Step, applied, fleet, history, migrator, register, run, step};

fn steps() -> [Step; 3] {
    [
        step("1_notes", "CREATE TABLE notes (n integer)"),
        step("2_more", "ALTER TABLE notes ADD m integer"),
        step("3_last", "CREATE TABLE last ()"),
    ]
}

fn status(world: &World) -> FleetStatus {
    migrator([], steps()).status(world.url()).unwrap()
}

/// Counts all statements that reach the server but those by which Diesel connects.
fn statements_of(world: &World, work: impl FnOnce()) -> i64 {
    let calls = |world: &World| -> i64 {
        let sum = "SELECT coalesce(sum(calls), 0) FROM public.pg_stat_statements WHERE query !~* 'pg_stat_statements|^SET (TIME ZONE|CLIENT_ENCODING)' \
                   AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
        value(&mut world.pg(), sum).parse().unwrap()
    };
    let before = calls(world);
    work();
    calls(world) - before
}

/// A world on a server that counts statements.
fn counting() -> World {
    use multischema::testing::Server;
    use std::sync::OnceLock;
    static SERVER: OnceLock<Server> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let server = Server::start().unwrap();
        let world = World::on(&server);
        world.run("ALTER SYSTEM SET shared_preload_libraries TO 'pg_stat_statements'");
        server.stop().unwrap();
        server.restart().unwrap();
        server
    });
    let world = World::on(server);
    world.run("CREATE EXTENSION pg_stat_statements SCHEMA public");
    world
}

/// 78
#[test]
fn a_run_with_nothing_to_do_asks_six_statements_at_most_however_many_schemata_there_are() {
    let world = counting();
    assert!(run(&world, [], []).is_ok());
    let mut counts = Vec::new();
    for number in [3, 40] {
        for number in 0..number {
            let name = format!("s{number}");
            if value(
                &mut world.pg(),
                &format!("to_regnamespace('{name}') IS NULL"),
            ) == "true"
            {
                register(&world, &name);
            }
        }
        let migrator = migrator([], steps());
        assert!(migrator.run(world.url()).unwrap().is_ok());
        let count = statements_of(&world, || {
            let report = migrator.run(world.url()).unwrap();
            assert!(report.is_ok() && report.run().is_none());
        });
        counts.push(count);
    }
    assert!(counts[0] <= 6, "{counts:?}");
    assert_eq!(counts[0], counts[1]);
}

#[test]
fn status_tells_what_each_lacks_and_where_a_history_and_the_registry_disagree() {
    let world = fleet(["a", "b", "c", "d", "e"]);
    assert!(run(&world, [], steps()).is_ok());
    assert!(status(&world).is_ok());
    // By hand: applied elsewhere, reverted, dropped, and a version from nowhere.
    world.run("DELETE FROM multischema.applied WHERE schema_id = 1 AND version = '3'");
    world.run("DELETE FROM b.__diesel_schema_migrations WHERE version = '2'");
    world.run("DROP SCHEMA c CASCADE");
    world.run("INSERT INTO d.__diesel_schema_migrations VALUES ('9')");
    world.run("DROP TABLE e.__diesel_schema_migrations");
    let status = status(&world);
    assert!(!status.is_ok());
    let of = |name: &str| status.get(&name.parse().unwrap()).unwrap();
    assert_eq!(of("a").unnoted, ["3"]);
    assert_eq!(
        (of("b").pending.clone(), of("b").unfounded.clone()),
        (vec!["2".to_owned()], vec!["2".to_owned()])
    );
    assert!(!of("c").exists);
    assert_eq!(
        (of("d").unknown.clone(), of("d").unnoted.clone()),
        (vec!["9".to_owned()], vec!["9".to_owned()])
    );
    assert_eq!(of("e").pending, ["1", "2", "3"]);
    let text = status.to_string();
    for line in [
        "public: up to date",
        "__template__: up to date",
        "schemata: 0 up to date, 5 not",
        "a: 3 applied, but not noted in the registry",
        "b: 2 pending; 2 noted in the registry, but not applied",
        "c: the registry has it, and PostgreSQL does not",
        "d: 9 applied, but not among the migrations; 9 applied, but not noted in the registry",
    ] {
        assert!(text.contains(line), "{line:?} in {text}");
    }
    // What the registry says, and nothing else, is what a run goes by.
    let pending = migrator([], steps()).pending(world.url()).unwrap();
    let of = |name: &str| pending.get(&name.parse().unwrap()).unwrap().pending.clone();
    assert_eq!((of("a"), of("b")), (vec!["3".to_owned()], vec![]));
}

#[test]
fn what_is_pending_is_told_before_the_run_and_nothing_is_changed() {
    let world = fleet(["a", "b"]);
    let [first, ..] = steps();
    assert!(run(&world, [], [first]).is_ok());
    let plan = step("1_plan", "INSERT INTO plans (name) VALUES ('school')");
    let pending = migrator([plan], steps()).pending(world.url()).unwrap();
    assert_eq!(pending.global().pending, ["1"]);
    assert_eq!(pending.template().pending, ["2", "3"]);
    assert!(pending.iter().all(|it| it.pending == ["2", "3"]));
    assert_eq!(history(&world, "a"), "1");
    // A database that nobody prepared has everything pending and no schemata, and is not prepared by asking.
    let world = World::new();
    let pending = migrator([], steps()).status(world.url()).unwrap();
    assert_eq!(pending.template().pending, ["1", "2", "3"]);
    assert_eq!(pending.iter().count(), 0);
    assert_eq!(
        value(&mut world.pg(), "to_regnamespace('multischema') IS NULL"),
        "true"
    );
}

#[test]
fn a_run_that_verifies_finds_what_was_done_by_hand() {
    let world = fleet(["a", "b"]);
    assert!(run(&world, [], steps()).is_ok());
    world.run("DROP TABLE a.last; DELETE FROM a.__diesel_schema_migrations WHERE version = '3'");
    let migrator = migrator([], steps());
    assert!(migrator.run(world.url()).unwrap().is_ok());
    assert!(!super::has(&world, "a", "last"), "the registry is believed");
    let report = migrator.verify(true).run(world.url()).unwrap();
    assert!(
        report.is_ok() && super::has(&world, "a", "last"),
        "{report}"
    );
    assert_eq!(
        (history(&world, "a"), applied(&world, "a")),
        ("1 2 3".into(), "1 2 3".into())
    );
    // And one that was applied there already is not applied again.
    world.run("DELETE FROM multischema.applied WHERE schema_id = 2");
    let report = super::migrator([], steps()).run(world.url()).unwrap();
    assert_eq!(
        report
            .get(&"b".parse::<SchemaName>().unwrap())
            .unwrap()
            .outcome()
            .as_str(),
        "up to date"
    );
    assert_eq!(applied(&world, "b"), "1 2 3");
}

#[test]
fn status_of_more_schemata_than_are_read_at_once_is_complete() {
    let world = fleet([]);
    for number in 0..230 {
        register(&world, &format!("s{number}"));
    }
    let [first, second, _] = steps();
    let migrator = |jobs| migrator([], steps()).jobs(jobs).on_error(OnError::Continue);
    assert!(
        super::migrator([], [first, second])
            .jobs(4)
            .run(world.url())
            .unwrap()
            .is_ok()
    );
    for jobs in [1, 3] {
        let status = migrator(jobs).status(world.url()).unwrap();
        assert_eq!(status.iter().count(), 230);
        for history in &status {
            assert_eq!(
                (history.applied.join(" "), history.pending.join(" ")),
                ("1 2".into(), "3".into())
            );
        }
    }
    let unknown = migrator(1)
        .only(["who".parse().unwrap()])
        .status(world.url());
    assert!(matches!(
        unknown.unwrap_err(),
        MigrateError::UnknownSchemata { .. }
    ));
}
