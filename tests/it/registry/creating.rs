//! A schema is made with its row, or neither is.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, SystemTime};

use diesel::QueryResult;
use diesel::connection::SimpleConnection;
use multischema::{CreateError, InvalidLabelKind, NewSchema, SchemaName, SchemaStatus, Tenant};
use multischema::{ScopedConnection, Session};
use multischema_tests::{World, titles, value};

use super::{chain, name, nothing_is_left, refused, what_there_is};

fn titles_in<C: ScopedConnection<Scope = Tenant>>(mut conn: C) -> Vec<String> {
    titles(&mut conn).unwrap()
}

/// 1
#[test]
fn a_new_schema_has_a_row_a_postgresql_schema_and_all_that_is_in_the_template() {
    let world = World::new();
    let registry = world.registry();
    let new = NewSchema::new(name("test_schema")).label("Test");
    let made = registry.create(new).unwrap();

    let mut pg = world.pg();
    let found = value(
        &mut pg,
        "SELECT count(*) FROM pg_namespace WHERE nspname = 'test_schema'",
    );
    assert_eq!(found, "1");
    let tables = value(
        &mut pg,
        "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'test_schema'",
    );
    assert_eq!(tables, "documents notes");
    world.fill("test_schema");
    let mut session: Session = world.session();
    let conn = session.tenant(&made.name).unwrap();
    assert_eq!(titles_in(conn), ["test_schema 1"]);

    assert_eq!(made.id, 1);
    assert_eq!(made.name.as_str(), "test_schema");
    assert_eq!(made.label, "Test");
    assert_eq!(made.status, SchemaStatus::Active);
    assert_eq!(made.generation, 1);
    let age = SystemTime::now().duration_since(made.created_at).unwrap();
    assert!(age < Duration::from_secs(600), "made {age:?} ago");
    assert_eq!(registry.get(&made.name).unwrap(), made);
}

#[test]
fn a_schema_is_called_by_its_name_if_nothing_else_is_said() {
    let world = World::new();
    let made = world.registry().create(name("select")).unwrap();
    assert_eq!(made.label, "select");
    assert_eq!(what_there_is(&mut world.pg()), "select|select");
}

/// 29
#[test]
fn without_a_template_or_with_nothing_in_it_there_is_no_schema() {
    let world = World::new();
    let registry = world.empty_registry();
    registry.init().unwrap();
    let error = refused(&registry, "a");
    assert_eq!(
        chain(&error),
        "schema `a` could not be made as a copy: there is nothing in `__template__`, so a schema made of it \
         would be empty; run the tenant migrations first"
    );
    world.run("DROP SCHEMA __template__");
    let error = refused(&registry, "a");
    assert_eq!(
        chain(&error),
        "schema `a` could not be made as a copy: there is no schema `__template__` to make others of; \
         run `multischema init` or `migrate_all` first"
    );
    nothing_is_left(&world);
}

/// 4
#[test]
fn a_name_or_a_label_is_there_once() {
    let world = World::new();
    let registry = world.registry();
    let foo = NewSchema::new(name("foo")).label("Foo & Sons");
    registry.create(foo.clone()).unwrap();

    let error = registry.create(foo.clone().label("other")).unwrap_err();
    assert!(
        matches!(error, CreateError::AlreadyExists { .. }),
        "{error:?}"
    );
    assert_eq!(error.to_string(), "schema `foo` is in the registry already");
    assert_eq!(error.schema(), Some(&name("foo")));

    let bar = NewSchema::new(name("bar")).label("Foo & Sons");
    let error = registry.create(bar).unwrap_err();
    assert!(matches!(error, CreateError::LabelTaken { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        r#"schema `bar` cannot have the label "Foo & Sons", as another schema has it"#
    );
    assert_eq!(what_there_is(&mut world.pg()), "foo|foo");
}

#[test]
fn what_is_refused_uses_up_no_number() {
    let world = World::new();
    world.run("CREATE SCHEMA stray");
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    refused(&registry, "a");
    refused(&registry, "stray");
    let taken = NewSchema::new(name("b")).label("a");
    registry.create(taken).unwrap_err();
    assert_eq!(registry.create(name("b")).unwrap().id, 2);
}

/// 5
#[test]
fn a_stray_postgresql_schema_is_left_alone() {
    let world = World::new();
    let registry = world.registry();
    world.run("CREATE SCHEMA already_here; CREATE TABLE already_here.kept ()");
    let error = refused(&registry, "already_here");
    assert!(
        matches!(error, CreateError::StraySchema { .. }),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "PostgreSQL has a schema `already_here` that is not in the registry; drop or rename it, or take another name"
    );
    assert_eq!(what_there_is(&mut world.pg()), "|already_here");
    world.run("SELECT FROM already_here.kept");
}

/// 5
#[test]
fn a_stray_postgresql_schema_that_comes_at_the_same_time_is_found_as_well() {
    let world = World::new();
    let registry = world.registry();
    let mut pg = world.pg();
    pg.batch_execute("BEGIN; CREATE SCHEMA late").unwrap();
    thread::scope(|scope| {
        let creating = scope.spawn(|| refused(&registry, "late"));
        // It waits for who makes the same.
        let waiting = "SELECT count(*) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while value(&mut world.pg(), waiting) == "0" {
            thread::sleep(Duration::from_millis(5));
        }
        pg.batch_execute("COMMIT").unwrap();
        let error = creating.join().unwrap();
        assert!(
            matches!(error, CreateError::StraySchema { .. }),
            "{error:?}"
        );
    });
    assert_eq!(what_there_is(&mut world.pg()), "|late");
}

/// 6
#[test]
fn names_that_differ_in_case_cannot_be_written() {
    assert!("C2".parse::<SchemaName>().is_err());
    let world = World::new();
    let registry = world.registry();
    registry.create(name("c2")).unwrap();
    let mut pg = world.pg();
    let insert = "INSERT INTO multischema.schemas (name, label) VALUES ('C2', 'other')";
    pg.batch_execute(insert).unwrap_err();
    // A row that was there before the rule is.
    world.run(
        "ALTER TABLE multischema.schemas DROP CONSTRAINT schemas_name_check;
         INSERT INTO multischema.schemas (name, label) VALUES ('C2', 'other');
         ALTER TABLE multischema.schemas ADD CONSTRAINT schemas_name_check
             CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$') NOT VALID",
    );
    assert_eq!(registry.set_label(&name("c2"), "new").unwrap().label, "new");
}

#[test]
fn a_label_can_be_read() {
    let world = World::new();
    let registry = world.registry();
    for (label, kind) in [
        ("", InvalidLabelKind::Empty),
        (" a", InvalidLabelKind::Padded),
        ("a\nb", InvalidLabelKind::Control { found: '\n' }),
    ] {
        let new = NewSchema::new(name("a")).label(label);
        let error = registry.create(new).unwrap_err();
        let CreateError::InvalidLabel { kind: found, .. } = &error else {
            panic!("for {label:?}: {error:?}");
        };
        assert_eq!(*found, kind);
        assert!(chain(&error).starts_with("schema `a` cannot have the label "));
    }
    nothing_is_left(&world);
    let longest = "ü".repeat(200);
    let new = NewSchema::new(name("a")).label(longest.clone());
    assert_eq!(registry.create(new).unwrap().label, longest);
}

#[test]
fn the_template_is_not_made_by_hand() {
    let world = World::new();
    let error = world.registry().create(SchemaName::template()).unwrap_err();
    assert!(matches!(error, CreateError::Template), "{error:?}");
    assert_eq!(error.schema(), None);
    nothing_is_left(&world);
}

#[test]
fn of_two_who_make_the_same_schema_one_succeeds() {
    let world = World::new();
    let registry = world.registry();
    // So long that the others are there before it is done.
    world.when_made("index", "a", "PERFORM pg_sleep(0.2);");
    let (threads, start) = (4, Barrier::new(4));
    let results: Vec<_> = thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    registry.create(name("a"))
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.into_iter().filter_map(Result::err) {
        assert!(
            matches!(error, CreateError::AlreadyExists { .. }),
            "{error:?}"
        );
    }
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
}

#[test]
fn who_cannot_see_the_other_yet_is_told_that_it_exists() {
    let world = World::new();
    let registry = world.registry();
    let error = world
        .pg()
        .build_transaction()
        .repeatable_read()
        .run(|pg| -> QueryResult<_> {
            pg.batch_execute("SELECT FROM multischema.schemas")?;
            registry.create(name("a")).unwrap();
            Ok(registry.create_in(pg, name("a")).unwrap_err())
        });
    let error = error.unwrap();
    assert!(
        matches!(error, CreateError::AlreadyExists { .. }),
        "{error:?}"
    );
}

#[test]
fn of_two_who_use_the_same_label_one_succeeds() {
    let world = World::new();
    let registry = world.registry();
    world.when_made("index", "a", "PERFORM pg_sleep(0.2);");
    let start = Barrier::new(2);
    let results = thread::scope(|scope| {
        ["a", "b"]
            .map(|schema| {
                let (registry, start) = (&registry, &start);
                scope.spawn(move || {
                    start.wait();
                    registry.create(NewSchema::new(name(schema)).label("one"))
                })
            })
            .map(|one| one.join().unwrap())
    });
    let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert!(
        matches!(errors[..], [CreateError::LabelTaken { .. }]),
        "{errors:?}"
    );
}

#[test]
fn several_schemata_are_made_at_once() {
    let world = World::new();
    let registry = world.registry();
    thread::scope(|scope| {
        for schema in ["a", "b", "c", "d"] {
            let registry = &registry;
            scope.spawn(move || registry.create(name(schema)).unwrap());
        }
    });
    assert_eq!(what_there_is(&mut world.pg()), "a b c d|a b c d");
}
