//! Preparing a database.

use std::sync::Barrier;
use std::thread;

use diesel::connection::SimpleConnection;
use multischema::{CreateError, Filter, InitError, Registry, RegistryError, TenantPool};
use multischema_tests::{World, value};

use super::{chain, name};

const TABLES: &str = "SELECT count(*) FROM pg_tables WHERE schemaname = 'multischema'";

#[test]
fn a_database_is_prepared_once_however_often_it_is_asked_for() {
    let world = World::new();
    let registry = world.empty_registry();
    registry.init().unwrap();
    let mut pg = world.pg();
    let tables = value(&mut pg, TABLES);
    world.run("CREATE TABLE __template__.t ()");
    registry.create(name("a")).unwrap();
    for _ in 0..3 {
        registry.init().unwrap();
    }
    assert_eq!(value(&mut pg, TABLES), tables);
    assert_eq!(registry.list(Filter::all()).unwrap().len(), 1);
    assert_eq!(
        value(
            &mut pg,
            "SELECT count(*) FROM pg_namespace WHERE nspname = '__template__'"
        ),
        "1"
    );
    // Diesel's history is there as well, and not in `public`.
    assert_eq!(
        value(
            &mut pg,
            "SELECT to_regclass('public.__diesel_schema_migrations') IS NULL"
        ),
        "true"
    );
}

#[test]
fn several_prepare_a_database_at_once() {
    const THREADS: usize = 4;
    for _ in 0..3 {
        let world = World::new();
        let start = Barrier::new(THREADS);
        thread::scope(|scope| {
            let all: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        let registry = world.empty_registry();
                        start.wait();
                        registry.init()
                    })
                })
                .collect();
            for one in all {
                one.join().unwrap().unwrap();
            }
        });
        world.run("CREATE TABLE __template__.t ()");
        world.empty_registry().create(name("a")).unwrap();
    }
}

#[test]
fn a_template_that_is_there_is_kept_and_guarded() {
    let world = World::new();
    world.run("CREATE SCHEMA __template__; CREATE TABLE __template__.documents (title text)");
    world.empty_registry().init().unwrap();
    let mut pg = world.pg();
    let error = pg
        .batch_execute("INSERT INTO __template__.documents VALUES ('x')")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "__template__ holds no data: INSERT on \"documents\" refused"
    );
    world.run("CREATE TABLE __template__.notes (body text)");
    world.empty_registry().init().unwrap();
    pg.batch_execute("DELETE FROM __template__.notes")
        .unwrap_err();
}

#[test]
fn a_database_that_is_not_prepared_is_told_by_its_name() {
    let world = World::new();
    let registry = world.empty_registry();
    let expected = "this database has no registry; run `migrate_all` or `Registry::init` first";
    for error in [
        registry.find(&name("a")).unwrap_err(),
        registry.get(&name("a")).unwrap_err(),
        registry.list(Filter::all()).unwrap_err(),
        registry.set_label(&name("a"), "x").unwrap_err(),
        registry.suspend(&name("a")).unwrap_err(),
    ] {
        assert!(
            matches!(error, RegistryError::NotInstalled { .. }),
            "{error:?}"
        );
        assert_eq!(error.to_string(), expected);
    }
    let error = registry.create(name("a")).unwrap_err();
    assert!(
        matches!(error, CreateError::NotInstalled { .. }),
        "{error:?}"
    );
    let error = registry.create_in(&mut world.pg(), name("a")).unwrap_err();
    assert!(
        matches!(error, CreateError::NotInstalled { .. }),
        "{error:?}"
    );
    assert_eq!(
        value(
            &mut world.pg(),
            "SELECT count(*) FROM pg_namespace WHERE nspname = 'a'"
        ),
        "0"
    );
}

/// A registry on connections that act as a role without any right in the database but `granted`.
fn as_somebody(world: &World, granted: &str) -> Registry {
    world.run(&format!(
        "{granted};
         DO $$ BEGIN
             EXECUTE format('ALTER DATABASE %I SET role = %L', current_database(), 'pg_monitor');
         END $$"
    ));
    let registry = Registry::new(TenantPool::builder(world.url()).build().unwrap());
    world.run(
        "SET ROLE NONE;
         DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET role', current_database()); END $$",
    );
    registry
}

#[test]
fn a_role_is_told_which_right_it_lacks() {
    let world = World::new();
    world.registry().create(name("a")).unwrap();
    let b = name("b");
    let owner = format!("\"{}\"", value(&mut world.pg(), "session_user"));

    let registry = as_somebody(&world, "GRANT REFERENCES ON public.plans TO pg_monitor");
    let error = registry.get(&name("a")).unwrap_err();
    assert!(
        matches!(error, RegistryError::NotAllowed { .. }),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "role `pg_monitor` may not do this; it needs `GRANT USAGE ON SCHEMA multischema TO \"pg_monitor\"`"
    );

    // What the error says is enough to come to the next.
    let mut granted = Vec::new();
    let made = loop {
        match registry.create(b.clone()) {
            Ok(made) => break made,
            Err(CreateError::NotAllowed {
                role,
                needs,
                schema,
            }) => {
                assert_eq!((role.as_str(), &schema), ("pg_monitor", &b));
                if needs == owner {
                    // No test makes this role one that every server has: the template becomes its own.
                    world.run(
                        "ALTER SCHEMA __template__ OWNER TO pg_monitor;
                         ALTER TABLE __template__.documents OWNER TO pg_monitor;
                         ALTER TABLE __template__.notes OWNER TO pg_monitor",
                    );
                } else {
                    world.run(&format!("GRANT {needs} TO pg_monitor"));
                }
                granted.push(needs);
            }
            Err(error) => panic!("after {granted:?}: {}", chain(&error)),
        }
    };
    let granted: Vec<&str> = granted
        .iter()
        .map(|right| right.split(" ON DATABASE").next().unwrap())
        .collect();
    assert_eq!(
        granted,
        [
            "USAGE ON SCHEMA multischema",
            "SELECT ON multischema.schemas",
            "SELECT ON multischema.settings",
            "INSERT ON multischema.schemas",
            "INSERT ON multischema.applied",
            "CREATE",
            &*owner
        ]
    );
    assert_eq!(registry.get(&b).unwrap(), made);
}

#[test]
fn an_application_needs_to_read_only_for_reading() {
    let world = World::new();
    world.registry().create(name("a")).unwrap();
    let registry = as_somebody(
        &world,
        "GRANT USAGE ON SCHEMA multischema TO pg_monitor; GRANT SELECT ON multischema.schemas TO pg_monitor",
    );
    registry.get(&name("a")).unwrap();
    assert_eq!(registry.list(Filter::all()).unwrap().len(), 1);
    for error in [
        registry.suspend(&name("a")).unwrap_err(),
        registry.set_label(&name("a"), "x").unwrap_err(),
    ] {
        assert_eq!(
            error.to_string(),
            "role `pg_monitor` may not do this; it needs `GRANT UPDATE ON multischema.schemas TO \"pg_monitor\"`"
        );
    }
}

#[test]
fn a_role_that_may_not_prepare_a_database_is_told() {
    let world = World::new();
    let error = as_somebody(&world, "SELECT 1").init().unwrap_err();
    assert!(matches!(error, InitError::Tables { .. }), "{error:?}");
    let text = chain(&error);
    assert!(
        text.starts_with("the library's tables could not be made: permission denied for database "),
        "{text}"
    );
    world.empty_registry().init().unwrap();
}

#[test]
fn what_is_there_can_be_prepared_without_the_right_to_make_it() {
    let world = World::new();
    // As an administrator would, for a role that may make no schemata.
    let registry = as_somebody(
        &world,
        "GRANT CREATE ON SCHEMA public TO pg_monitor;
         CREATE SCHEMA multischema AUTHORIZATION pg_monitor; CREATE SCHEMA multischema_ids AUTHORIZATION pg_monitor;
         CREATE SCHEMA __template__ AUTHORIZATION pg_monitor",
    );
    for _ in 0..2 {
        registry.init().unwrap();
    }
    registry.list(Filter::all()).unwrap();
}

#[test]
fn debug_shows_no_password() {
    let world = World::new();
    let registry = world.registry();
    assert_eq!(format!("{registry:?}"), "Registry { .. }");
}
