//! A schema gets another name, and everything in it goes along.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use multischema::{CheckoutError, Ids, NewSchema, RegistryError, SchemaStatus, TenantPool};
use multischema_tests::{World, titles, value};

use super::{chain, name, what_there_is};

const TABLES: &str = "CREATE SEQUENCE counter;
    CREATE TABLE documents (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, no bigint DEFAULT nextval('counter'), title text);
    CREATE TABLE notes (id bigserial PRIMARY KEY, document bigint NOT NULL REFERENCES documents);
    CREATE VIEW titles AS SELECT title FROM documents;
    CREATE FUNCTION how_many() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM documents';";

/// 15
#[test]
fn rows_sequences_keys_views_and_functions_go_along() {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, TABLES);
    // Its search path names it, as that of a copy names the copy.
    world.run(
        "SET search_path TO __template__; ALTER FUNCTION how_many() SET search_path TO __template__, public",
    );
    let made = registry
        .create(NewSchema::new(name("a")).label("A"))
        .unwrap();
    world.run_in("a", "INSERT INTO documents (title) VALUES ('one'), ('two')");

    let renamed = registry.rename(&name("a"), &name("b")).unwrap();
    assert_eq!(renamed.id, made.id);
    assert_eq!(renamed.name, name("b"));
    assert_eq!(renamed.label, "A");
    assert!(renamed.generation > made.generation, "{renamed:?}");
    assert_eq!(registry.find(&name("a")).unwrap(), None);
    assert_eq!(registry.get(&name("b")).unwrap(), renamed);
    assert_eq!(what_there_is(&mut world.pg()), "b|b");

    world.run_in(
        "b",
        "INSERT INTO documents (title) VALUES ('three'); INSERT INTO notes (document) SELECT max(id) FROM documents",
    );
    let pg = &mut world.pg();
    assert_eq!(value(pg, "b.how_many()"), "3");
    assert_eq!(
        value(pg, "(SELECT string_agg(title, ' ') FROM b.titles)"),
        "one two three"
    );
    assert_eq!(
        value(
            pg,
            "(SELECT string_agg((no - 4294967296)::text, ' ') FROM b.documents)"
        ),
        "1 2 3"
    );
    assert_eq!(
        value(
            pg,
            "(SELECT proconfig[1] FROM pg_proc WHERE proname = 'how_many' AND pronamespace = 'b'::regnamespace)"
        ),
        "search_path=b, public"
    );
    let refused = pg.batch_execute("INSERT INTO b.notes (document) VALUES (-1)");
    assert!(refused.unwrap_err().to_string().contains("foreign key"));
    // It is still a copy of the template.
    let template = multischema::Template::new();
    assert_eq!(template.verify(pg, &name("b")).unwrap(), []);
    // The name is free.
    registry.create(name("a")).unwrap();
}

#[test]
fn a_name_that_is_taken_is_refused_and_nothing_is_changed() {
    let world = World::new();
    let registry = world.registry();
    registry.create_many([name("a"), name("b")]).unwrap();
    world.run("CREATE SCHEMA stray");
    let before = what_there_is(&mut world.pg());
    let error = registry.rename(&name("a"), &name("b")).unwrap_err();
    assert!(
        matches!(&error, RegistryError::NameTaken { name: taken, .. } if *taken == name("b")),
        "{error:?}"
    );
    assert_eq!(error.schema(), Some(&name("a")));
    let error = registry.rename(&name("a"), &name("stray")).unwrap_err();
    assert!(
        matches!(error, RegistryError::StraySchema { .. }),
        "{error:?}"
    );
    let error = registry.rename(&name("nobody"), &name("c")).unwrap_err();
    assert!(matches!(error, RegistryError::NotFound { .. }), "{error:?}");
    let template = multischema::SchemaName::template();
    for (from, to) in [(&template, &name("c")), (&name("a"), &template)] {
        let error = registry.rename(from, to).unwrap_err();
        assert!(matches!(error, RegistryError::Template), "{error:?}");
    }
    assert_eq!(what_there_is(&mut world.pg()), before);
    // To itself it is no change.
    let same = registry.rename(&name("a"), &name("a")).unwrap();
    assert_eq!(same, registry.get(&name("a")).unwrap());
}

#[test]
fn functions_that_have_the_name_in_their_body_are_refused_by_name() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    world.run_in(
        "a",
        "CREATE FUNCTION harmless() RETURNS text LANGUAGE sql AS $$ SELECT 'x' || a.title FROM documents a $$;
         CREATE FUNCTION named(n int) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM a.documents'",
    );
    let error = registry.rename(&name("a"), &name("b")).unwrap_err();
    let RegistryError::NamesItself { functions, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(
        functions.len() == 1 && functions[0].contains("named(n integer)"),
        "{functions:?}"
    );
    assert!(chain(&error).contains("named"), "{error}");
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
    world.run("DROP FUNCTION a.named");
    registry.rename(&name("a"), &name("b")).unwrap();
}

#[test]
fn whoever_has_it_by_the_old_name_gets_an_error_and_the_next_borrower_what_is_there_now() {
    let world = World::new();
    let registry = world.registry();
    registry.create_many([name("a"), name("c")]).unwrap();
    world.fill("a");
    world.fill("c");
    let pool = TenantPool::builder(world.url())
        .max_size(2)
        .proof_ttl(Duration::ZERO);
    let pool = pool.build().unwrap();
    let mut held = pool.tenant(&name("a")).unwrap();
    assert_eq!(titles(&mut held).unwrap(), ["a 1"]);
    registry.rename(&name("a"), &name("b")).unwrap();
    held.verify().unwrap_err();
    drop(held);
    // Another schema comes to have the name. No statement or type of the one before is used for it.
    registry.rename(&name("c"), &name("a")).unwrap();
    for (schema, expected) in [("a", "c 1"), ("b", "a 1")] {
        let mut conn = pool.tenant(&name(schema)).unwrap();
        assert_eq!(titles(&mut conn).unwrap(), [expected], "{schema}");
    }
    let error = pool.tenant(&name("c")).unwrap_err();
    assert!(matches!(error, CheckoutError::Unknown { .. }), "{error:?}");
}

#[test]
fn only_what_is_in_use_is_renamed_and_a_schema_that_is_gone_is_said_to_be() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    registry.suspend(&name("a")).unwrap();
    assert_eq!(
        registry.rename(&name("a"), &name("b")).unwrap().status,
        SchemaStatus::Suspended
    );
    registry.archive(&name("b")).unwrap();
    let error = registry.rename(&name("b"), &name("c")).unwrap_err();
    assert!(
        matches!(error, RegistryError::WrongStatus { .. }),
        "{error:?}"
    );
    registry.restore(&name("b")).unwrap();
    world.run("SET client_min_messages TO error; DROP SCHEMA b CASCADE");
    let error = registry.rename(&name("b"), &name("c")).unwrap_err();
    assert!(
        matches!(error, RegistryError::MissingSchema { .. }),
        "{error:?}"
    );
}

#[test]
fn while_it_is_migrated_it_is_not_renamed() {
    let world = World::new();
    let registry = world.registry();
    let made = registry.create(name("a")).unwrap();
    let mut other = world.pg();
    let lock = format!("SELECT pg_advisory_lock(1836278632, {})", made.id);
    other.batch_execute(&lock).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let renamed = registry.rename(&name("a"), &name("b"));
            sender.send(()).unwrap();
            renamed.unwrap();
        });
        let waits = Duration::from_millis(400);
        assert!(receiver.recv_timeout(waits).is_err(), "it did not wait");
        assert_eq!(what_there_is(&mut world.pg()), "a|a");
        other
            .batch_execute("SELECT pg_advisory_unlock_all()")
            .unwrap();
    });
    assert_eq!(what_there_is(&mut world.pg()), "b|b");
    let held = "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
    assert_eq!(value(&mut world.pg(), held), "0");
}

#[test]
fn functions_of_the_schema_do_not_answer_in_postgresqls_place() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    world.run_in(
        "a",
        "CREATE FUNCTION now() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '2000-01-01'::timestamptz $$;
         CREATE FUNCTION plus(integer, integer) RETURNS integer LANGUAGE sql AS 'SELECT 666';
         CREATE OPERATOR + (LEFTARG = integer, RIGHTARG = integer, FUNCTION = plus)",
    );
    let renamed = registry.rename(&name("a"), &name("b")).unwrap();
    assert_eq!(renamed.generation, 2);
    let updated = "(SELECT updated_at > '2020-01-01' FROM multischema.schemas)";
    assert_eq!(value(&mut world.pg(), updated), "true");
    // Nor do they where somebody else changes a row.
    world.run("SET search_path TO b, pg_catalog; UPDATE multischema.schemas SET label = 'x'");
    assert_eq!(value(&mut world.pg(), updated), "true");
}
