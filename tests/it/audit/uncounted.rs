//! Tables that cannot be read, and those that others drop, rename or lock meanwhile.

use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use multischema::{IdReport, Ids, Registry, TenantPool, Uncounted};
use multischema_tests::{World, value};

use super::{counted, name, words};

const TEMPLATE: &str = "CREATE TABLE t (id bigserial PRIMARY KEY); CREATE TABLE u (id bigserial PRIMARY KEY); CREATE TABLE \"V v\" (\"I d\" bigserial)";

/// Each schema has one id from elsewhere in each table.
fn world<const N: usize>(names: [&str; N]) -> (World, Registry) {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, TEMPLATE);
    registry.create_many(names.map(name)).unwrap();
    for schema in names {
        world.run_in(
            schema,
            "INSERT INTO t VALUES (1); INSERT INTO u VALUES (1); INSERT INTO \"V v\" VALUES (1)",
        );
    }
    (world, registry)
}

fn all(registry: &Registry) -> IdReport {
    registry.foreign_ids(|_| true).unwrap()
}

/// Those that were counted, and in words those that were not.
fn both(report: &IdReport) -> (Vec<String>, Vec<String>) {
    let uncounted = report.uncounted.iter();
    let uncounted = uncounted.map(|it| match it {
        Uncounted::NotAllowed { schema, table, .. } => format!("{schema}.{table} not allowed"),
        Uncounted::Failed { schema, table, .. } => format!("{schema}.{table} failed"),
        other => panic!("{other:?}"),
    });
    (
        report.foreign.iter().map(words).collect(),
        uncounted.collect(),
    )
}

/// Waits until somebody waits for the lock of a table of this database.
fn wait_for_a_waiter(pg: &mut PgConnection) {
    let start = Instant::now();
    let waiters = "SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND NOT granted \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while value(pg, waiters) == "0" {
        assert!(start.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(5));
    }
}

/// Counts while somebody has a table locked, who then does something and commits.
fn meanwhile(world: &World, registry: &Registry, lock: &str, work: &str) -> IdReport {
    let mut other = world.pg();
    other
        .batch_execute(&format!("BEGIN; LOCK TABLE {lock}"))
        .unwrap();
    thread::scope(|scope| {
        let counting = scope.spawn(|| all(registry));
        wait_for_a_waiter(&mut world.pg());
        other.batch_execute(&format!("{work}; COMMIT")).unwrap();
        counting.join().unwrap()
    })
}

#[test]
fn a_table_that_others_have_locked_keeps_none_from_being_counted() {
    let (world, registry) = world(["a", "b", "c"]);
    let mut other = world.pg();
    other.batch_execute("BEGIN; LOCK TABLE b.u").unwrap();
    let report = all(&registry);
    let (found, uncounted) = both(&report);
    assert_eq!(found.len(), 8, "{found:?}");
    assert_eq!(uncounted, ["b.u failed"]);
    assert!(!report.is_ok());
    assert_eq!(
        report.uncounted[0].to_string(),
        "ids of `u.id` in schema `b` could not be counted"
    );
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(counted(&all(&registry)).len(), 9);
}

#[test]
fn a_lock_that_is_given_back_in_time_is_waited_for() {
    let (world, registry) = world(["a", "b"]);
    let report = meanwhile(&world, &registry, "b.u", "SELECT pg_sleep(0.7)");
    assert_eq!(counted(&report).len(), 6);
}

#[test]
fn a_table_that_is_dropped_meanwhile_is_not_missed_and_the_rest_is_counted() {
    let (world, registry) = world(["a", "b", "c"]);
    let report = meanwhile(&world, &registry, "b.u", "DROP TABLE b.u");
    let (found, uncounted) = both(&report);
    assert_eq!(found.len(), 8, "{found:?}");
    assert_eq!(uncounted, [""; 0]);
    let work = "DELETE FROM multischema.schemas WHERE name = 'c'; SET client_min_messages TO error; DROP SCHEMA c CASCADE";
    let report = meanwhile(&world, &registry, "c.t", work);
    assert_eq!(counted(&report).len(), 5);
}

#[test]
fn a_schema_that_is_put_away_meanwhile_is_counted_under_its_other_name() {
    let (world, registry) = world(["a", "b"]);
    let work = "UPDATE multischema.schemas SET status = 'archived' WHERE name = 'b'; ALTER SCHEMA b RENAME TO __trash_2";
    let report = meanwhile(&world, &registry, "b.t", work);
    assert_eq!(
        counted(&report),
        ["a", "b"]
            .iter()
            .flat_map(|schema| ["V v.I d", "t.id", "u.id"]
                .map(|it| format!("{schema}.{it} 1 of which 0")))
            .collect::<Vec<_>>()
    );
}

#[test]
fn while_a_table_of_the_template_is_locked_its_copies_are_left_out() {
    let (world, registry) = world(["a", "b"]);
    let mut migrator = world.pg();
    migrator
        .batch_execute("BEGIN; LOCK TABLE __template__.u")
        .unwrap();
    let (found, uncounted) = both(&all(&registry));
    assert_eq!(
        found,
        [
            "a.V v.I d 1 of which 0",
            "a.t.id 1 of which 0",
            "b.V v.I d 1 of which 0",
            "b.t.id 1 of which 0"
        ]
    );
    assert_eq!(uncounted, ["__template__.u failed"]);
}

/// Roles that every server has, so that none is left behind.
const ROLE: &str = "pg_monitor";

fn as_role(world: &World) -> Registry {
    let url = world.url();
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{separator}options=-c%20role%3D{ROLE}");
    Registry::new(TenantPool::builder(url).build().unwrap())
}

#[test]
fn what_the_role_may_not_read_is_told_and_the_rest_is_counted() {
    let (world, registry) = world(["a", "b", "c", "d"]);
    world.run(&format!(
        "GRANT USAGE ON SCHEMA multischema, __template__, a, b, d TO {ROLE};
        GRANT SELECT ON multischema.schemas, multischema.settings TO {ROLE};
        GRANT SELECT ON ALL TABLES IN SCHEMA __template__, a, b, c, d TO {ROLE};
        REVOKE SELECT ON b.t FROM {ROLE}; REVOKE SELECT ON b.u FROM {ROLE}; GRANT SELECT (id) ON b.u TO {ROLE};
        ALTER TABLE a.u ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON a.u USING (false)"
    ));
    registry.archive(&name("d")).unwrap();
    let report = all(&as_role(&world));
    let (found, uncounted) = both(&report);
    assert_eq!(
        found,
        [
            "a.V v.I d 1 of which 0",
            "a.t.id 1 of which 0",
            "b.V v.I d 1 of which 0",
            "b.u.id 1 of which 0"
        ]
    );
    assert_eq!(
        uncounted,
        [
            "a.u not allowed",
            "b.t not allowed",
            "c.V v not allowed",
            "c.t not allowed",
            "c.u not allowed",
            "d.V v not allowed",
            "d.t not allowed",
            "d.u not allowed"
        ]
    );
    assert_eq!(counted(&all(&registry)).len(), 12);
}

#[test]
fn a_connection_that_is_gone_is_an_error_and_no_report() {
    let (world, registry) = world(["a", "b"]);
    let work = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'relation' AND NOT granted \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let mut other = world.pg();
    other.batch_execute("BEGIN; LOCK TABLE a.t").unwrap();
    thread::scope(|scope| {
        let counting = scope.spawn(|| registry.foreign_ids(|_| true));
        wait_for_a_waiter(&mut world.pg());
        other.batch_execute(work).unwrap();
        let error = counting.join().unwrap().unwrap_err();
        assert!(error.to_string().contains("all schemata"), "{error}");
    });
    other.batch_execute("COMMIT").unwrap();
    assert_eq!(counted(&all(&registry)).len(), 6);
}
