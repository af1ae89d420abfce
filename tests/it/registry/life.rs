//! Reading the registry and changing what is in it.

use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use multischema::{Filter, NewSchema, RegistryError, Schema, SchemaName, SchemaStatus};
use multischema_tests::World;

use super::{chain, name};

fn names(schemata: &[Schema]) -> Vec<&str> {
    schemata.iter().map(|schema| schema.name.as_str()).collect()
}

/// 7
#[test]
fn a_name_cannot_be_changed_by_raw_sql_either() {
    let world = World::new();
    let registry = world.registry();
    let before = registry.create(name("foo")).unwrap();
    let mut pg = world.pg();
    for update in [
        "UPDATE multischema.schemas SET name = 'bar'",
        "UPDATE multischema.schemas SET id = DEFAULT",
        "INSERT INTO multischema.schemas (name, label) VALUES ('foo', 'x')
             ON CONFLICT (name) DO UPDATE SET name = 'bar'",
    ] {
        let error = pg.batch_execute(update).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the name of schema \"foo\" cannot be changed",
            "for {update}"
        );
    }
    assert_eq!(registry.get(&name("foo")).unwrap(), before);
}

/// 8
#[test]
fn a_label_can_be_changed() {
    let world = World::new();
    let registry = world.registry();
    registry
        .create(NewSchema::new(name("foo")).label("Foo"))
        .unwrap();
    registry
        .create(NewSchema::new(name("bar")).label("Bar"))
        .unwrap();

    let changed = registry.set_label(&name("foo"), "Foo & Sons 😀").unwrap();
    assert_eq!(changed.label, "Foo & Sons 😀");
    assert_eq!(registry.get(&name("foo")).unwrap(), changed);
    // Its own label is nobody else's.
    registry.set_label(&name("foo"), "Foo & Sons 😀").unwrap();

    let error = registry.set_label(&name("foo"), "Bar").unwrap_err();
    assert!(
        matches!(error, RegistryError::LabelTaken { .. }),
        "{error:?}"
    );
    assert_eq!(error.schema(), Some(&name("foo")));
    let error = registry.set_label(&name("foo"), " ").unwrap_err();
    assert_eq!(
        chain(&error),
        "schema `foo` cannot have the label \" \": it begins or ends with white space"
    );
    let error = registry.set_label(&name("nobody"), "x").unwrap_err();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error:?}");
}

#[test]
fn a_schema_is_suspended_and_resumed() {
    let world = World::new();
    let registry = world.registry();
    let made = registry.create(name("a")).unwrap();
    registry.create(name("b")).unwrap();

    for _ in 0..2 {
        let suspended = registry.suspend(&made.name).unwrap();
        assert_eq!(suspended.status, SchemaStatus::Suspended);
        assert_eq!(registry.get(&made.name).unwrap(), suspended);
    }
    assert_eq!(
        registry.get(&name("b")).unwrap().status,
        SchemaStatus::Active
    );
    for _ in 0..2 {
        assert_eq!(registry.resume(&made.name).unwrap(), made);
    }
    let error = registry.suspend(&name("nobody")).unwrap_err();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error:?}");
}

#[test]
fn what_is_neither_active_nor_suspended_becomes_neither() {
    let world = World::new();
    let registry = world.registry();
    let a = registry.create(name("a")).unwrap().name;
    for status in ["provisioning", "archived", "failed"] {
        world.run(&format!(
            "UPDATE multischema.schemas SET status = '{status}'"
        ));
        let error = registry.suspend(&a).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("schema `a` is {status}, and only one that is active can become suspended")
        );
        let error = registry.resume(&a).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("schema `a` is {status}, and only one that is suspended can become active")
        );
        assert_eq!(registry.get(&a).unwrap().status.as_str(), status);
    }
}

#[test]
fn all_schemata_are_listed_or_those_of_some_statuses() {
    let world = World::new();
    let registry = world.registry();
    assert_eq!(registry.list(Filter::all()).unwrap(), []);
    // In the order in which they were made, whatever was changed since.
    for schema in ["c", "a", "b"] {
        registry.create(name(schema)).unwrap();
    }
    registry.suspend(&name("c")).unwrap();
    registry.set_label(&name("c"), "z").unwrap();

    let listed = |filter: Filter| {
        let schemata = registry.list(filter).unwrap();
        names(&schemata).join(" ")
    };
    assert_eq!(listed(Filter::all()), "c a b");
    assert_eq!(listed(SchemaStatus::Active.into()), "a b");
    assert_eq!(listed(SchemaStatus::Suspended.into()), "c");
    assert_eq!(
        listed([SchemaStatus::Active, SchemaStatus::Suspended].into()),
        "c a b"
    );
    assert_eq!(listed(SchemaStatus::Archived.into()), "");
    assert_eq!(listed([].into()), "");
}

#[test]
fn what_is_not_there_is_not_found() {
    let world = World::new();
    let registry = world.registry();
    assert_eq!(registry.find(&name("a")).unwrap(), None);
    let error = registry.get(&name("a")).unwrap_err();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error:?}");
    assert_eq!(error.to_string(), "the registry has no schema `a`");
    assert_eq!(error.schema(), Some(&name("a")));
    registry.create(name("a")).unwrap();
    assert_eq!(registry.find(&name("a")).unwrap().unwrap().name, name("a"));
}

#[test]
fn the_template_is_not_in_the_registry() {
    let world = World::new();
    let registry = world.registry();
    let template = SchemaName::template();
    for error in [
        registry.find(&template).unwrap_err(),
        registry.get(&template).unwrap_err(),
        registry.set_label(&template, "x").unwrap_err(),
        registry.suspend(&template).unwrap_err(),
        registry.resume(&template).unwrap_err(),
    ] {
        assert!(matches!(error, RegistryError::Template), "{error:?}");
    }
}

/// What was notified on `pg` since the last call.
fn heard(pg: &mut PgConnection) -> Vec<String> {
    pg.batch_execute("SELECT 1").unwrap();
    let all = pg.notifications_iter().map(|one| one.unwrap());
    all.filter(|one| one.channel == "multischema")
        .map(|one| one.payload)
        .collect()
}

#[test]
fn what_changes_is_notified_and_nothing_else() {
    let world = World::new();
    let registry = world.registry();
    let mut pg = world.pg();
    pg.batch_execute("LISTEN multischema").unwrap();
    let a = name("a");

    registry.create(a.clone()).unwrap();
    assert_eq!(heard(&mut pg), ["a"]);
    registry.set_label(&a, "A").unwrap();
    assert_eq!(heard(&mut pg), ["a"]);
    registry.suspend(&a).unwrap();
    assert_eq!(heard(&mut pg), ["a"]);
    registry.resume(&a).unwrap();
    assert_eq!(heard(&mut pg), ["a"]);
    world.run("DELETE FROM multischema.schemas");
    assert_eq!(heard(&mut pg), ["a"]);

    registry.create(name("b")).unwrap();
    heard(&mut pg);
    registry.set_label(&name("b"), "b").unwrap();
    registry.resume(&name("b")).unwrap();
    registry.create(name("b")).unwrap_err();
    registry.get(&name("b")).unwrap();
    world.run("UPDATE multischema.schemas SET generation = generation + 1");
    assert_eq!(heard(&mut pg), [""; 0]);

    let mut other = world.pg();
    other
        .transaction(|other| -> QueryResult<()> {
            registry.create_in(other, name("c")).unwrap();
            Err(diesel::result::Error::RollbackTransaction)
        })
        .unwrap_err();
    assert_eq!(heard(&mut pg), [""; 0]);
}

#[test]
fn a_row_by_hand_has_a_name_that_can_be_read() {
    let world = World::new();
    let registry = world.registry();
    for name in [
        "public",
        "information_schema",
        "pg_x",
        "multischema",
        "multischema_ids",
        "citus",
        "citus_x",
        "__template__",
        "_a",
        "A",
        "a-b",
        "",
        "select_it_is_a_name_of_64_bytes_which_is_one_more_than_there_can_be",
    ] {
        assert!(name.parse::<SchemaName>().is_err(), "{name}");
        let insert =
            format!("INSERT INTO multischema.schemas (name, label) VALUES ('{name}', 'x')");
        let error = world.pg().batch_execute(&insert).unwrap_err();
        assert!(error.to_string().contains("schemas_name_check"), "{error}");
    }
    for name in ["select", "pgx", "publics", "a1_"] {
        world.run(&format!(
            "INSERT INTO multischema.schemas (name, label) VALUES ('{name}', '{name}')"
        ));
    }
    assert_eq!(registry.list(Filter::all()).unwrap().len(), 4);
}
