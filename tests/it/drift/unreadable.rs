//! Schemata that others make, drop or lock meanwhile.

use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use multischema::{DriftError, SchemaStatus, Template, TenantPool, drift};
use multischema_tests::value;

use super::{all, name, only, world};

#[test]
fn a_schema_that_postgresql_does_not_have_is_missing() {
    let (world, _registry, pool) = world(["acme", "gone", "other"]);
    world.run("SET client_min_messages TO error; DROP SCHEMA gone CASCADE");
    let report = all(&pool);
    assert_eq!(report.missing, [name("gone")]);
    assert_eq!(report.equal(), ["acme", "other"].map(name));
    assert!(!report.is_ok());
    assert_eq!(
        report.to_string(),
        "2 equal the template, 1 is missing\ngone: not in PostgreSQL"
    );
}

#[test]
fn one_that_is_renamed_meanwhile_is_compared_and_one_that_is_purged_is_not_missed() {
    let (world, _registry, pool) = world(["acme", "gone", "old"]);
    world.run_in("old", "DROP INDEX t_owner");
    // After the list was read, and before the schemata are: the plan is made in between, and makes a view.
    world.when_made("view", "", "PERFORM 1;");
    world.run("CREATE OR REPLACE FUNCTION public.when_made() RETURNS event_trigger LANGUAGE plpgsql AS $when_made$
        BEGIN
            IF EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands()
                       WHERE object_type = 'view' AND schema_name LIKE 'multischema_scratch_%') THEN
                PERFORM pg_catalog.pg_advisory_lock(4711);
                PERFORM pg_catalog.pg_advisory_unlock(4711);
            END IF;
        END $when_made$");
    let mut pg = world.pg();
    pg.batch_execute("SELECT pg_advisory_lock(4711)").unwrap();
    let report = thread::scope(|scope| {
        let compared = scope.spawn(|| all(&pool));
        let mut other = world.pg();
        while value(
            &mut other,
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        ) == "0"
        {
            thread::sleep(Duration::from_millis(5));
        }
        pg.batch_execute("DROP EVENT TRIGGER when_made; SET client_min_messages TO error; DROP SCHEMA gone CASCADE; DELETE FROM multischema.schemas WHERE name = 'gone';
            ALTER SCHEMA old RENAME TO new; ALTER FUNCTION new.stamp() SET search_path TO new;
            SET multischema.renaming TO on; ALTER TABLE multischema.schemas DISABLE TRIGGER USER; UPDATE multischema.schemas SET name = 'new' WHERE name = 'old'").unwrap();
        pg.batch_execute("SELECT pg_advisory_unlock(4711)").unwrap();
        compared.join().unwrap()
    });
    assert_eq!(report.missing, []);
    assert_eq!(report.equal(), [name("acme")]);
    assert_eq!(only(&report).schemata, [name("new")], "{report}");
}

#[test]
fn one_that_others_have_locked_does_not_keep_the_rest_from_being_compared() {
    let (world, _registry, pool) = world(["a", "b", "c", "d"]);
    let mut pg = world.pg();
    pg.batch_execute("BEGIN; LOCK TABLE c.t").unwrap();
    let report = all(&pool);
    assert_eq!(report.equal(), ["a", "b", "d"].map(name));
    let unread: Vec<_> = report.unread.iter().map(|it| &it.schema).collect();
    assert_eq!(unread, [&name("c")]);
    assert!(!report.is_ok());
    assert!(
        report
            .to_string()
            .starts_with("3 equal the template, 1 was not read\nc: "),
        "{report}"
    );
    pg.batch_execute("ROLLBACK").unwrap();
    assert!(all(&pool).is_ok());
}

#[test]
fn a_schema_that_is_being_made_is_not_there_yet() {
    let (world, registry, pool) = world(["acme"]);
    let mut pg = world.pg();
    pg.transaction(|pg| {
        registry.create_in(pg, name("half")).unwrap();
        let report = all(&pool);
        assert!(report.is_ok(), "{report}");
        assert_eq!(report.equal(), [name("acme")]);
        QueryResult::Ok(())
    })
    .unwrap();
    assert_eq!(all(&pool).equal(), ["acme", "half"].map(name));
}

#[test]
fn schemata_are_made_and_changed_while_others_are_compared() {
    let (world, registry, _) = world(["acme"]);
    thread::scope(|scope| {
        let made = scope.spawn(|| {
            for index in 0..6 {
                let schema = name(&format!("s{index}"));
                registry.create(schema).unwrap();
                world.run_in(&format!("s{index}"), "DROP VIEW w; CREATE VIEW w AS SELECT count(*) AS count FROM v; COMMENT ON COLUMN w.count IS NULL");
            }
        });
        let pool = TenantPool::builder(world.url())
            .max_size(1)
            .build()
            .unwrap();
        while !made.is_finished() {
            let report = all(&pool);
            assert!(report.missing.is_empty(), "{report}");
            for group in report.differing() {
                let lacks_w = group
                    .differences
                    .iter()
                    .all(|it| it.object.starts_with('w'));
                assert!(lacks_w, "{report}");
            }
        }
        made.join().unwrap();
        let report = all(&pool);
        assert!(report.is_ok(), "{report}");
    });
}

#[test]
fn a_plan_of_a_template_that_was_changed_says_so_when_it_has_to_explain() {
    let (world, _registry, _) = world(["acme"]);
    let mut pg = world.pg();
    let plan = Template::new().plan(&mut pg).unwrap();
    world.run_in("acme", "DROP INDEX t_owner");
    world.run_in("__template__", "CREATE INDEX more ON t (n, id)");
    let error = plan.drift(&mut pg, &[(name("acme"), 1)]).unwrap_err();
    assert!(matches!(error, DriftError::Template(_)), "{error:?}");
}

#[test]
fn a_connection_that_is_gone_is_an_error_and_no_report() {
    let (world, _registry, pool) = world(["acme"]);
    let mut pg = world.pg();
    let plan = Template::new().plan(&mut pg).unwrap();
    let pid = value(&mut pg, "pg_backend_pid()");
    world.run(&format!("SELECT pg_terminate_backend({pid}, 5000)"));
    let error = plan.drift(&mut pg, &[(name("acme"), 1)]).unwrap_err();
    assert!(matches!(error, DriftError::Query(_)), "{error:?}");
    assert!(drift(&pool, &[SchemaStatus::Active]).unwrap().is_ok());
}

#[test]
fn the_callers_transaction_goes_on_and_holds_no_locks_of_views() {
    let (world, _registry, _) = world(["acme", "other"]);
    let mut pg = world.pg();
    let plan = Template::new().plan(&mut pg).unwrap();
    pg.transaction(|pg| {
        world.run_in("acme", "DROP INDEX t_owner");
        let schemata = [(name("acme"), 1), (name("other"), 2)];
        let report = plan.drift(pg, &schemata).unwrap();
        assert_eq!(only(&report).schemata, [name("acme")]);
        let held = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation IN ('acme.t'::regclass, 'other.t'::regclass)";
        assert_eq!(value(pg, held), "0");
        assert_eq!(value(pg, "current_setting('search_path')"), "\"$user\", public");
        QueryResult::Ok(())
    })
    .unwrap();
}
