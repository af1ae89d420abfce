//! The server comes to an end of something in the middle: of locks, of its disk, of itself.

use diesel::connection::SimpleConnection;
use multischema::testing::Server;
use multischema::{CreateError, Registry, RegistryError, SchemaStatus, TemplateError, WithData};
use multischema_tests::{World, value};

use super::{chain, name, what_there_is};

/// Takes locks until there is no room for any.
const TAKE_ALL_LOCKS: &str = "SELECT pg_advisory_lock(i, 9) FROM generate_series(1, 10000000) i";

fn prepared(world: &World) -> Registry {
    let registry = world.registry_with(
        multischema::Ids::Unique,
        "CREATE TABLE logs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line text);
         CREATE TABLE plans (id bigserial PRIMARY KEY, of integer REFERENCES public.plans)",
    );
    registry.create(name("a")).unwrap();
    registry
}

fn copy(registry: &Registry) -> CreateError {
    let copied = registry.clone_schema(&name("a"), name("b"), WithData::NewIds);
    copied.unwrap_err()
}

#[test]
fn locks_that_run_out_while_it_is_copied_are_named_and_leave_nothing() {
    let server = Server::start().unwrap();
    let world = World::on(&server);
    let registry = prepared(&world);
    // In the same session, as others' would be counted before.
    world.when_made(
        "index",
        "b",
        "PERFORM pg_advisory_xact_lock(i, 9) FROM generate_series(1, 10000000) i;",
    );
    for error in [registry.create(name("b")).unwrap_err(), copy(&registry)] {
        assert!(
            matches!(
                &error,
                CreateError::Clone {
                    source: TemplateError::Locks { free: 0, .. },
                    ..
                }
            ),
            "{error:?}"
        );
        let told = chain(&error);
        assert!(told.contains("max_locks_per_transaction"), "{told}");
        assert_eq!(what_there_is(&mut world.pg()), "a|a");
    }
    world.run("DROP EVENT TRIGGER when_made");
    registry.create(name("b")).unwrap();
}

#[test]
fn locks_that_run_out_while_it_is_removed_are_named_and_it_is_gone_on_with() {
    let server = Server::start().unwrap();
    let world = World::on(&server);
    let registry = prepared(&world);
    registry.archive(&name("a")).unwrap();
    let mut others = world.pg();
    let mut purged = registry.purge_many(&[name("a")], |it| {
        if it.done == 1 {
            others.batch_execute(TAKE_ALL_LOCKS).unwrap_err();
        }
    });
    let error = purged.remove(0).unwrap_err();
    assert!(
        matches!(error, RegistryError::Locks { free: 0, .. }),
        "{error:?}"
    );
    others
        .batch_execute("SELECT pg_advisory_unlock_all()")
        .unwrap();
    assert_eq!(
        registry.get(&name("a")).unwrap().status,
        SchemaStatus::Purging
    );
    assert!(registry.purge(&name("a")).unwrap());
    assert_eq!(what_there_is(&mut world.pg()), "|");
}

#[test]
fn a_server_process_that_is_killed_while_it_copies_leaves_nothing() {
    let world = World::new();
    let registry = prepared(&world);
    world.when_made(
        "index",
        "b",
        "PERFORM pg_terminate_backend(pg_backend_pid());",
    );
    let error = copy(&registry);
    assert!(matches!(error, CreateError::Query { .. }), "{error:?}");
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
    world.run("DROP EVENT TRIGGER when_made");
    registry
        .clone_schema(&name("a"), name("b"), WithData::NewIds)
        .unwrap();
}

/// A limit on the size of files stands for a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_without_room_for_the_rows_leaves_nothing() {
    use multischema::TenantPool;

    let server = Server::start().unwrap();
    let world = World::on(&server);
    prepared(&world);
    world.run("INSERT INTO a.logs (line) SELECT repeat('x', 1900) FROM generate_series(1, 15000)");
    let pool = TenantPool::builder(world.url()).max_size(1);
    let pool = pool.build().unwrap();
    let registry = Registry::new(pool.clone());
    let process = |pg: &mut diesel::PgConnection| value(pg, "pg_backend_pid()");
    let mut conn = pool.global().unwrap();
    let pid = process(conn.as_pg().unwrap());
    drop(conn);
    // As the server's user.
    let limit = |size: &str| {
        world.run(&format!(
            "COPY (SELECT WHERE false) TO PROGRAM 'prlimit --pid={pid} --fsize={size}:'"
        ));
    };
    // More than a segment of the write-ahead log: a process that cannot make one ends the server.
    limit("20000000");
    let error = copy(&registry);
    let told = chain(&error);
    assert!(told.contains("could not extend file"), "{told}");
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
    limit("unlimited");
    registry
        .clone_schema(&name("a"), name("b"), WithData::NewIds)
        .unwrap();
    let mut conn = pool.global().unwrap();
    assert_eq!(process(conn.as_pg().unwrap()), pid);
    assert_eq!(
        value(&mut world.pg(), "(SELECT count(*) FROM b.logs)"),
        "15000"
    );
}
