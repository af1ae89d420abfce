//! The registry and PostgreSQL are brought together.

use diesel::connection::SimpleConnection;
use multischema::{Ids, SchemaStatus, Template, Unhealed};
use multischema_tests::{World, value};

use super::{name, what_there_is};

const TABLE: &str =
    "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)";

fn names(schemata: &[multischema::Schema]) -> Vec<&str> {
    schemata.iter().map(|it| it.name.as_str()).collect()
}

#[test]
fn where_all_is_well_nothing_is_changed() {
    let world = World::new();
    let registry = world.registry();
    registry.create_many([name("a"), name("b")]).unwrap();
    registry.archive(&name("b")).unwrap();
    let before = registry.list(multischema::Filter::all()).unwrap();
    let report = registry.heal().unwrap();
    assert!(
        report.is_ok()
            && report.created.is_empty()
            && report.adopted.is_empty()
            && report.purged.is_empty(),
        "{report:?}"
    );
    assert_eq!(registry.list(multischema::Filter::all()).unwrap(), before);
}

/// 16
#[test]
fn a_row_without_a_schema_gets_one() {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, TABLE);
    world.run(
        "INSERT INTO multischema.schemas (name, label) VALUES ('a', 'A');
         INSERT INTO multischema.schemas (name, label, status) VALUES ('b', 'B', 'suspended');
         INSERT INTO multischema.applied SELECT id, 'of before' FROM multischema.schemas",
    );
    let report = registry.heal().unwrap();
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(names(&report.created), ["a", "b"]);
    let a = registry.get(&name("a")).unwrap();
    assert_eq!(report.created[0], a);
    // Nobody's statements of before are of use.
    assert_eq!(a.generation, 2);
    assert_eq!(what_there_is(&mut world.pg()), "a b|a b");
    assert_eq!(
        registry.get(&name("b")).unwrap().status,
        SchemaStatus::Suspended
    );
    let pg = &mut world.pg();
    assert_eq!(Template::new().verify(pg, &name("a")).unwrap(), []);
    world.run("INSERT INTO a.t DEFAULT VALUES; INSERT INTO b.t DEFAULT VALUES");
    assert_eq!(value(pg, "(SELECT id >> 32 FROM a.t)"), "1");
    assert_eq!(value(pg, "(SELECT id >> 32 FROM b.t)"), "2");
    assert_eq!(value(pg, "(SELECT count(*) FROM multischema.applied)"), "0");
    assert!(registry.heal().unwrap().created.is_empty());
}

#[test]
fn a_schema_without_a_row_gets_one_if_it_is_equal_to_the_template() {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, TABLE);
    registry
        .create_many([name("a"), name("b"), name("c")])
        .unwrap();
    world.run(
        "INSERT INTO b.t DEFAULT VALUES; DELETE FROM multischema.schemas WHERE name IN ('b', 'c');
         ALTER TABLE c.t ADD more text; CREATE SCHEMA \"Sales\"; CREATE SCHEMA other; CREATE TABLE other.own ()",
    );
    let report = registry.heal().unwrap();
    assert_eq!(names(&report.adopted), ["b"]);
    let b = registry.get(&name("b")).unwrap();
    assert_eq!(b.id, 2, "its ids name it");
    assert_eq!(report.left.len(), 3, "{report:?}");
    let left = |name: &str| {
        let found = report.left.iter().find(|it| it.to_string().contains(name));
        found.unwrap_or_else(|| panic!("{report:?}"))
    };
    assert!(
        matches!(left("`c`"), Unhealed::Different { differences, .. } if differences.len() == 1)
    );
    assert!(matches!(left("`other`"), Unhealed::Different { .. }));
    assert!(matches!(left("Sales"), Unhealed::Unnamable { .. }));
    // Its row is there, and the next number is nobody's.
    assert_eq!(value(&mut world.pg(), "(SELECT count(*) FROM b.t)"), "1");
    assert_eq!(registry.create(name("d")).unwrap().id, 4);
}

#[test]
fn a_schema_whose_ids_are_those_of_another_is_left() {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, TABLE);
    registry.create(name("a")).unwrap();
    let plan = Template::new().plan(&mut world.pg()).unwrap();
    plan.replay(&mut world.pg(), &name("twin"), 1).unwrap();
    plan.replay(&mut world.pg(), &name("later"), 9).unwrap();
    let report = registry.heal().unwrap();
    assert_eq!(names(&report.adopted), ["later"]);
    assert!(
        matches!(&report.left[..], [Unhealed::OthersIds { schema }] if *schema == name("twin")),
        "{report:?}"
    );
    assert_eq!(registry.get(&name("later")).unwrap().id, 9);
    assert_eq!(registry.create(name("next")).unwrap().id, 10);
}

#[test]
fn what_was_lost_is_told_and_what_was_to_be_purged_is() {
    let world = World::new();
    let registry = world.registry();
    registry.create_many([name("a"), name("b")]).unwrap();
    registry.archive(&name("a")).unwrap();
    registry.archive(&name("b")).unwrap();
    world.run(
        "SET client_min_messages TO error; DROP SCHEMA __trash_1 CASCADE;
         UPDATE multischema.schemas SET status = 'purging' WHERE name = 'b'",
    );
    let report = registry.heal().unwrap();
    assert_eq!(report.purged, [name("b")]);
    assert!(
        matches!(&report.left[..], [Unhealed::Lost { schema }] if *schema == name("a")),
        "{report:?}"
    );
    assert_eq!(what_there_is(&mut world.pg()), "a|");
}

#[test]
fn a_row_whose_schema_cannot_be_made_is_told_of_and_others_are_made() {
    let world = World::new();
    let registry = world.registry();
    world.run("INSERT INTO multischema.schemas (name, label) VALUES ('a', 'A'), ('b', 'B')");
    world.when_made("index", "a", "RAISE 'no';");
    let report = registry.heal().unwrap();
    assert_eq!(names(&report.created), ["b"]);
    assert!(
        matches!(&report.left[..], [Unhealed::NotMade { schema, .. }] if *schema == name("a")),
        "{report:?}"
    );
    assert_eq!(what_there_is(&mut world.pg()), "a b|b");
}

#[test]
fn a_schema_that_is_being_migrated_does_not_keep_others_from_being_put_right() {
    let world = World::new();
    let registry = world.registry();
    let busy = registry.create(name("busy")).unwrap();
    world.run("INSERT INTO multischema.schemas (name, label) VALUES ('a', 'A')");
    let mut other = world.pg();
    let lock = format!("SELECT pg_advisory_lock(1836278632, {})", busy.id);
    other.batch_execute(&lock).unwrap();
    let report = registry.heal().unwrap();
    assert!(report.is_ok(), "{report:?}");
    assert_eq!(names(&report.created), ["a"]);
}

#[test]
fn a_template_that_is_being_migrated_is_waited_for() {
    let world = World::new();
    let registry = world.registry();
    world.run("INSERT INTO multischema.schemas (name, label) VALUES ('a', 'A')");
    let plan = Template::new().ids(Ids::PerSchema).plan(&mut world.pg());
    plan.unwrap()
        .replay(&mut world.pg(), &name("b"), 0)
        .unwrap();
    let mut other = world.pg();
    other
        .batch_execute("SELECT pg_advisory_lock(1836278632, 0)")
        .unwrap();
    std::thread::scope(|scope| {
        let healed = scope.spawn(|| registry.heal().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert!(!healed.is_finished());
        other
            .batch_execute("SELECT pg_advisory_unlock_all()")
            .unwrap();
        let report = healed.join().unwrap();
        assert!(report.is_ok(), "{report:?}");
        assert_eq!(names(&report.created), ["a"]);
        assert_eq!(names(&report.adopted), ["b"]);
    });
}
