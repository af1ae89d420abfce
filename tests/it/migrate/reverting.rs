//! Reverting and doing again, everywhere.

use multischema::{MigrateError, Migrator, OnError, Outcome, SchemaName, Template};
use multischema_tests::World;

use super::sources::Folder;
use super::{applied, chain, fleet, has, history, outcome, value_in};

fn folder() -> Folder {
    Folder::new()
        .with("tenant/1_notes", "CREATE TABLE notes (n integer)")
        .with(
            "tenant/2_more",
            "ALTER TABLE notes ADD m integer DEFAULT 1; INSERT INTO notes VALUES (1)",
        )
        .with(
            "tenant/3_last",
            "CREATE TABLE last (id integer PRIMARY KEY)",
        )
        .with_down("tenant/1_notes", "DROP TABLE notes")
        .with_down(
            "tenant/2_more",
            "ALTER TABLE notes DROP m; DELETE FROM notes",
        )
        .with_down("tenant/3_last", "DROP TABLE last")
}

fn migrator(folder: &Folder) -> Migrator {
    Migrator::new(folder.source("global"), folder.source("tenant")).jobs(1)
}

fn migrated(folder: &Folder) -> World {
    let world = fleet(["a", "b", "c"]);
    assert!(migrator(folder).run(world.url()).unwrap().is_ok());
    world
}

const ALL: [&str; 4] = ["__template__", "a", "b", "c"];

#[test]
fn the_last_are_reverted_in_the_template_and_in_every_schema() {
    let folder = folder();
    let world = migrated(&folder);
    let report = migrator(&folder).revert(world.url(), 2).unwrap();
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.template(), ["3", "2"]);
    for schema in ["a", "b", "c"] {
        assert!(
            matches!(outcome(&report, schema), Outcome::Reverted(versions) if *versions == ["3", "2"])
        );
        assert_eq!(applied(&world, schema), "1");
    }
    for schema in ALL {
        assert_eq!(history(&world, schema), "1", "{schema}");
        assert!(
            has(&world, schema, "notes") && !has(&world, schema, "last"),
            "{schema}"
        );
    }
    // A schema that is made now is as the others, and all can go on.
    world
        .empty_registry()
        .create("d".parse::<SchemaName>().unwrap())
        .unwrap();
    assert_eq!(history(&world, "d"), "1");
    let report = migrator(&folder).run(world.url()).unwrap();
    assert!(
        report.is_ok() && report.iter().all(|it| it.versions() == ["2", "3"]),
        "{report}"
    );
    for schema in ["a", "d"] {
        let found = Template::new().verify(&mut world.pg(), &schema.parse().unwrap());
        assert_eq!(found.unwrap(), [], "{schema}");
    }
    let kinds = value_in(
        &world,
        "public",
        "SELECT string_agg(kind || ' ' || state, ', ' ORDER BY id) FROM multischema.runs",
    );
    assert!(
        kinds.ends_with("run done, revert done, revert done, run done"),
        "{kinds}"
    );
}

#[test]
fn the_last_is_done_again_in_the_template_and_in_every_schema() {
    let folder = folder();
    let world = migrated(&folder);
    world.run("INSERT INTO a.last VALUES (7)");
    let report = migrator(&folder).redo(world.url()).unwrap();
    assert!(report.is_ok() && report.template() == ["3"], "{report}");
    for schema in ["a", "b", "c"] {
        assert!(
            matches!(outcome(&report, schema), Outcome::Redone(versions) if *versions == ["3"])
        );
        assert_eq!(
            (history(&world, schema), applied(&world, schema)),
            ("1 2 3".into(), "1 2 3".into())
        );
    }
    assert_eq!(value_in(&world, "a", "SELECT count(*) FROM last"), "0");
}

#[test]
fn what_cannot_be_reverted_is_refused_before_any_schema_is_touched() {
    let folder = folder();
    let world = migrated(&folder);
    folder.remove("tenant/3_last/down.sql");
    let error = migrator(&folder).revert(world.url(), 1).unwrap_err();
    assert!(
        matches!(&error, MigrateError::Migration { migration, .. } if migration == "3_last"),
        "{error}"
    );
    assert!(chain(&error).contains("down.sql"), "{}", chain(&error));
    // The history knows a version that the folder lacks.
    folder.remove("tenant/3_last/up.sql");
    std::fs::remove_dir(folder.path().join("tenant/3_last")).unwrap();
    let error = migrator(&folder).revert(world.url(), 1).unwrap_err();
    assert!(
        matches!(&error, MigrateError::UnknownVersion { version, .. } if version == "3"),
        "{error}"
    );
    let status = migrator(&folder).status(world.url()).unwrap();
    assert_eq!(status.template().unknown, ["3"]);
    for schema in ALL {
        assert_eq!(history(&world, schema), "1 2 3", "{schema}");
        assert!(has(&world, schema, "last"), "{schema}");
    }
}

#[test]
fn a_schema_in_which_it_fails_is_named_and_the_one_before_is_not_reverted_anywhere() {
    let folder = folder();
    let world = migrated(&folder);
    world.run("CREATE TABLE b.refers (last integer REFERENCES b.last)");
    let report = migrator(&folder)
        .on_error(OnError::Continue)
        .revert(world.url(), 2)
        .unwrap();
    let failed: Vec<_> = report.failed().map(|it| it.schema().to_string()).collect();
    assert_eq!(failed, ["b"], "{report}");
    let histories = ALL.map(|schema| history(&world, schema));
    assert_eq!(histories, ["1 2", "1 2", "1 2 3", "1 2"]);
    // Again, it is still the last, and the one before is left alone.
    let report = migrator(&folder)
        .on_error(OnError::Continue)
        .revert(world.url(), 1)
        .unwrap();
    assert_eq!(report.failed().count(), 1, "{report}");
    let histories = ALL.map(|schema| history(&world, schema));
    assert_eq!(histories, ["1 2", "1 2", "1 2 3", "1 2"]);
    let behind = migrator(&folder).redo(world.url()).unwrap_err();
    assert!(
        matches!(&behind, MigrateError::Behind { names, .. } if *names == ["__template__", "a", "c"]),
        "{behind}"
    );
    world.run("DROP TABLE b.refers");
    let report = migrator(&folder).revert(world.url(), 1).unwrap();
    assert!(report.is_ok(), "{report}");
    assert_eq!(history(&world, "b"), "1 2");
    assert!(migrator(&folder).run(world.url()).unwrap().is_ok());
    assert_eq!(
        ALL.map(|schema| history(&world, schema)),
        ["1 2 3"; 4].map(str::to_owned)
    );
}

#[test]
fn only_some_and_a_canary_hold_for_it_as_well() {
    let folder = folder();
    let world = migrated(&folder);
    world.run("CREATE TABLE a.refers (last integer REFERENCES a.last)");
    let report = migrator(&folder)
        .on_error(OnError::Continue)
        .canary(1)
        .revert(world.url(), 1)
        .unwrap();
    assert!(
        matches!(outcome(&report, "b"), Outcome::NotReached),
        "{report}"
    );
    assert_eq!(history(&world, "b"), "1 2 3");
    let unknown = migrator(&folder)
        .only(["who".parse().unwrap()])
        .revert(world.url(), 1);
    assert!(matches!(
        unknown.unwrap_err(),
        MigrateError::UnknownSchemata { .. }
    ));
    assert_eq!(history(&world, "__template__"), "1 2");
}

#[test]
fn nothing_is_reverted_where_nothing_was_applied() {
    let folder = folder();
    let world = World::new();
    let report = migrator(&folder).revert(world.url(), 1).unwrap();
    assert!(report.is_ok() && report.template().is_empty());
    let world = fleet(["a"]);
    let report = migrator(&folder).revert(world.url(), 1).unwrap();
    assert!(report.is_ok() && report.template().is_empty() && report.run().is_none());
}
