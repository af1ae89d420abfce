//! A schema is removed for good, and nothing else is.

use std::fmt::Write;
use std::thread;
use std::time::Duration;

use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;
use multischema::testing::Server;
use multischema::{Ids, RegistryError, SchemaName, SchemaStatus};
use multischema_tests::{World, value};

use super::{chain, name, what_there_is};

/// 13, 14
#[test]
fn an_archived_schema_is_removed_once_and_others_are_untouched() {
    let world = World::new();
    let registry = world.registry();
    registry.create_many([name("a"), name("b")]).unwrap();
    world.fill("a");
    world.fill("b");
    // Asks whenever a connection is checked out.
    let pool = multischema::TenantPool::builder(world.url()).proof_ttl(Duration::ZERO);
    let pool = pool.build().unwrap();
    let held = pool.tenant(&name("a")).unwrap();
    let plans = "(SELECT count(*) FROM public.plans)";
    let plans_before = value(&mut world.pg(), plans);
    let error = registry.purge(&name("a")).unwrap_err();
    assert!(
        matches!(
            error,
            RegistryError::WrongStatus {
                found: SchemaStatus::Active,
                ..
            }
        ),
        "{error:?}"
    );

    registry.archive(&name("a")).unwrap();
    assert!(registry.purge(&name("a")).unwrap());
    assert_eq!(what_there_is(&mut world.pg()), "b|b");
    assert_eq!(
        value(&mut world.pg(), "(SELECT count(*) FROM b.documents)"),
        "1"
    );
    assert_eq!(value(&mut world.pg(), plans), plans_before);
    // The second time there is nothing to do.
    assert!(!registry.purge(&name("a")).unwrap());
    drop(held);
    assert!(pool.tenant(&name("a")).is_err());
    drop(pool.tenant(&name("b")).unwrap());
    // The name is free, and the number is not given again.
    assert_eq!(registry.create(name("a")).unwrap().id, 3);
}

#[test]
fn a_schema_that_postgresql_has_not_any_more_is_removed_from_the_registry() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    registry.archive(&name("a")).unwrap();
    world.run("SET client_min_messages TO error; DROP SCHEMA __trash_1 CASCADE");
    assert!(registry.purge(&name("a")).unwrap());
    assert_eq!(what_there_is(&mut world.pg()), "|");
}

#[test]
fn what_depends_on_it_from_outside_is_not_removed_with_it() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    world.run(
        "CREATE VIEW public.report AS SELECT title FROM a.documents;
         CREATE TABLE public.favourites (document integer REFERENCES a.documents)",
    );
    registry.archive(&name("a")).unwrap();
    let error = registry.purge(&name("a")).unwrap_err();
    let RegistryError::DependedOn { objects, .. } = &error else {
        panic!("{error:?}")
    };
    let told = objects.join(" ");
    assert!(
        told.contains("report") && told.contains("favourites"),
        "{told}"
    );
    assert_eq!(
        registry.get(&name("a")).unwrap().status,
        SchemaStatus::Archived
    );
    assert_eq!(
        value(&mut world.pg(), "(SELECT count(*) FROM public.report)"),
        "0"
    );
    world.run("DROP VIEW public.report; DROP TABLE public.favourites");
    assert!(registry.purge(&name("a")).unwrap());
}

#[test]
fn one_that_was_interrupted_is_gone_on_with() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    registry.archive(&name("a")).unwrap();
    world.run(
        "CREATE FUNCTION public.no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
             IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() WHERE object_type = 'table') THEN RAISE 'no'; END IF; END $$;
         CREATE EVENT TRIGGER no ON sql_drop EXECUTE FUNCTION public.no()",
    );
    let error = registry.purge(&name("a")).unwrap_err();
    assert!(chain(&error).ends_with("no"), "{error:?}");
    let found = registry.get(&name("a")).unwrap();
    assert_eq!(found.status, SchemaStatus::Purging);
    let keys = "(SELECT count(*) FROM pg_constraint WHERE confrelid = 'public.plans'::regclass \
        AND conrelid IN (SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace('__trash_1')))";
    assert_eq!(value(&mut world.pg(), keys), "0");
    // Nobody gets half a schema back.
    let error = registry.restore(&name("a")).unwrap_err();
    assert!(
        matches!(error, RegistryError::WrongStatus { .. }),
        "{error:?}"
    );
    assert!(
        multischema::TenantPool::builder(world.url())
            .build()
            .unwrap()
            .tenant(&name("a"))
            .is_err()
    );
    world.run("DROP EVENT TRIGGER no");
    assert!(registry.purge(&name("a")).unwrap());
    assert_eq!(what_there_is(&mut world.pg()), "|");
}

/// The keys to shared tables go first, each in a transaction of its own, which waits for whoever uses that table and has
/// nobody wait for it meanwhile.
#[test]
fn whoever_uses_a_shared_table_is_waited_for_and_does_not_wait() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    registry.archive(&name("a")).unwrap();
    let mut reader = world.pg();
    reader
        .batch_execute("BEGIN; SELECT FROM public.plans")
        .unwrap();
    thread::scope(|scope| {
        let purged = scope.spawn(|| registry.purge(&name("a")));
        thread::sleep(Duration::from_millis(1_500));
        assert!(!purged.is_finished());
        // While it waits, others read as well: it gives up its place in the queue again and again.
        let mut other = world.pg();
        other
            .batch_execute("SET lock_timeout TO '3s'; SELECT FROM public.plans")
            .unwrap();
        reader.batch_execute("COMMIT").unwrap();
        assert!(purged.join().unwrap().unwrap());
    });
    assert_eq!(what_there_is(&mut world.pg()), "|");
}

/// `n` tables with three indexes and a key to a shared table.
fn many_tables(n: usize) -> String {
    let mut sql = String::new();
    for i in 0..n {
        let _ = writeln!(
            sql,
            "CREATE TABLE t{i} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a text UNIQUE, b integer REFERENCES public.plans);
             CREATE INDEX ON t{i} (b);"
        );
    }
    sql
}

/// A server that has room for `n` locks of each of 200 connections.
fn with_locks(n: u32) -> Server {
    let server = Server::start().unwrap();
    let mut pg = PgConnection::establish(server.url()).unwrap();
    pg.batch_execute(&format!("ALTER SYSTEM SET max_locks_per_transaction = {n}"))
        .unwrap();
    drop(pg);
    server.restart().unwrap();
    server
}

#[test]
fn twelve_schemata_of_fifty_tables_in_one_call_do_not_run_out_of_locks() {
    let server = with_locks(16);
    let world = World::on(&server);
    let registry = world.registry_with(Ids::Unique, &many_tables(50));
    let names: Vec<SchemaName> = (0..12).map(|i| name(&format!("school_{i}"))).collect();
    registry.create_many(names.clone()).unwrap();
    let drop: Vec<String> = names.iter().map(ToString::to_string).collect();
    let drop = format!(
        "SET client_min_messages TO error; DROP SCHEMA {} CASCADE",
        drop.join(", ")
    );
    let naive = world.pg().batch_execute(&drop).unwrap_err();
    assert!(
        naive.to_string().contains("out of shared memory"),
        "{naive}"
    );

    for it in &names {
        registry.archive(it).unwrap();
    }
    let mut steps = Vec::new();
    let purged = registry.purge_many(&names, |it| {
        steps.push((it.schema.to_string(), it.done, it.total));
    });
    for outcome in purged {
        assert!(outcome.unwrap());
    }
    assert_eq!(what_there_is(&mut world.pg()), "|");
    let of_first: Vec<_> = steps.iter().filter(|(it, ..)| it == "school_0").collect();
    let total = of_first[0].2;
    // Fifty keys, some tables at a time, and the schema.
    assert!(total > 52, "{total}");
    let counted: Vec<usize> = of_first.iter().map(|(_, done, _)| *done).collect();
    assert_eq!(counted, (0..=total).collect::<Vec<_>>());
}

#[test]
fn with_room_for_few_locks_it_takes_more_steps_and_with_none_it_says_so() {
    let server = with_locks(10);
    let world = World::on(&server);
    let registry = world.registry_with(Ids::Unique, &many_tables(20));
    registry.create(name("a")).unwrap();
    registry.archive(&name("a")).unwrap();
    // Somebody has most of them.
    let mut other = world.pg();
    other
        .batch_execute("BEGIN; SELECT pg_advisory_xact_lock(i, 9) FROM generate_series(1, 1985) i")
        .unwrap();
    let error = registry.purge(&name("a")).unwrap_err();
    assert!(
        matches!(error, RegistryError::Locks { needed, free, capacity, .. } if needed > free && capacity == 2000),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("max_locks_per_transaction"),
        "{error}"
    );
    assert_eq!(
        registry.get(&name("a")).unwrap().status,
        SchemaStatus::Archived
    );
    other
        .batch_execute(
            "ROLLBACK; BEGIN; SELECT pg_advisory_xact_lock(i, 9) FROM generate_series(1, 1750) i",
        )
        .unwrap();
    assert!(registry.purge(&name("a")).unwrap());
}

#[test]
fn a_row_of_the_registry_that_others_refer_to_is_found_before_anything_is_removed() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    world.run("CREATE TABLE public.bills (schema_id integer REFERENCES multischema.schemas DEFERRABLE INITIALLY DEFERRED); INSERT INTO public.bills VALUES (1)");
    registry.archive(&name("a")).unwrap();
    let error = registry.purge(&name("a")).unwrap_err();
    assert!(
        matches!(&error, RegistryError::DependedOn { objects, .. } if objects[0].contains("bills")),
        "{error:?}"
    );
    // Nothing is lost.
    registry.restore(&name("a")).unwrap();
    assert_eq!(
        value(
            &mut world.pg(),
            "(SELECT count(*) FROM pg_tables WHERE schemaname = 'a')"
        ),
        "2"
    );
}

#[test]
fn who_has_the_row_of_the_registry_is_not_waited_for_without_an_end() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    let mut other = world.pg();
    other
        .batch_execute("BEGIN; SELECT FROM multischema.schemas FOR UPDATE")
        .unwrap();
    let error = registry.archive(&name("a")).unwrap_err();
    assert!(matches!(error, RegistryError::Busy { .. }), "{error:?}");
    other.batch_execute("ROLLBACK").unwrap();
    registry.archive(&name("a")).unwrap();
}
