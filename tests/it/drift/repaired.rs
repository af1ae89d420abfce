//! What a schema lacks is made, as far as that is safe.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use multischema::{DriftGroup, Ids, SchemaName, TenantPool};
use multischema_tests::{World, value};

use super::{all, name, only, words, world};

/// Drops that can be repaired, with whether rows have a say.
const LOSSES: [(&str, &str, bool); 25] = [
    ("DROP INDEX t_owner", "index `t_owner`", false),
    ("DROP INDEX \"t n's half\"", "index `t n's half`", true),
    ("DROP INDEX t_state", "index `t_state`", true),
    ("DROP VIEW w", "view `w`", false),
    ("DROP VIEW v CASCADE", "view `v`, view `w`", false),
    (
        "DROP MATERIALIZED VIEW sums",
        "materialized view `sums`",
        true,
    ),
    ("DROP STATISTICS t_both", "statistics `t_both`", false),
    ("DROP TRIGGER stamp ON t", "trigger `t.stamp`", false),
    (
        "DROP FUNCTION stamp() CASCADE",
        "function `stamp()`, trigger `t.stamp`",
        false,
    ),
    (
        "DROP FUNCTION half(integer) CASCADE",
        "function `half(n integer)`, index `t n's half`",
        true,
    ),
    ("DROP POLICY positive ON t", "policy `t.positive`", false),
    (
        "DROP RULE quiet ON \"Owners\"",
        "rule `Owners.quiet`",
        false,
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT t_n_check",
        "constraint `t.t_n_check`",
        true,
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT known",
        "constraint `t.known`",
        true,
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT t_pkey",
        "constraint `t.t_pkey`",
        true,
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT t_owner_fkey",
        "constraint `t.t_owner_fkey`",
        true,
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT t_plan_fkey",
        "constraint `t.t_plan_fkey`",
        true,
    ),
    (
        "ALTER TABLE \"Owners\" DROP CONSTRAINT \"Owners_pkey\" CASCADE",
        "constraint `Owners.Owners_pkey`, constraint `t.t_owner_fkey`",
        true,
    ),
    ("ALTER TABLE t DROP m", "column `t.m`", false),
    (
        "ALTER TABLE t DROP m; DROP TYPE mood",
        "type `mood`, column `t.m`",
        false,
    ),
    (
        "ALTER TABLE t DROP state CASCADE, DROP m",
        "column `t.state`, column `t.m`, index `t_state`, statistics `t_both`, constraint `t.known`",
        true,
    ),
    ("COMMENT ON TABLE t IS NULL", "table `t`", false),
    ("COMMENT ON COLUMN v.n IS NULL", "column `v.n`", false),
    ("COMMENT ON INDEX t_owner IS NULL", "index `t_owner`", false),
    (
        "DROP VIEW w; COMMENT ON COLUMN t.n IS NULL",
        "view `w`, column `t.n`",
        false,
    ),
];

#[test]
fn what_was_lost_is_made_and_nothing_differs_any_more() {
    let (world, registry, pool) = world(["other"]);
    let schemata = (0..LOSSES.len()).map(|number| name(&format!("acme_{number}")));
    let schemata: Vec<SchemaName> = schemata.collect();
    for (schema, (loss, ..)) in schemata.iter().zip(LOSSES) {
        registry.create(schema.clone()).unwrap();
        world.run_in(
            schema.as_str(),
            &format!(
                "INSERT INTO \"Owners\" (\"Name\") VALUES ('a'); \
                 INSERT INTO t (owner, plan, state) SELECT id, 1, 'a' FROM \"Owners\"; \
                 SET client_min_messages TO error; {loss}"
            ),
        );
    }
    let report = all(&pool);
    for (schema, (loss, expected, checks_rows)) in schemata.iter().zip(LOSSES) {
        let group = report.differing().find(|it| it.schemata.contains(schema));
        let group = group.unwrap_or_else(|| panic!("{loss}: {report}"));
        let repairs: Vec<String> = group.repairs.iter().map(ToString::to_string).collect();
        assert_eq!(repairs.join(", "), expected, "{loss}: {report}");
        assert_eq!(
            group.repairs.iter().any(|it| it.checks_rows),
            checks_rows,
            "{loss}"
        );
        repair(&world, group, schema);
        let rows = format!("SELECT count(*) FROM {schema}.t");
        assert_eq!(value(&mut world.pg(), &rows), "1", "{loss}");
    }
    let report = all(&pool);
    assert!(report.is_ok(), "{report}");
}

/// Repairs all that can be.
fn repair(world: &World, group: &DriftGroup, schema: &SchemaName) {
    let sql = group.repair(schema, |_| true).unwrap();
    let mut pg = world.pg();
    pg.transaction(|pg| pg.batch_execute(&sql))
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    assert_eq!(
        value(&mut pg, "current_setting('search_path')"),
        "\"$user\", public"
    );
}

/// Differences that are for people to judge.
const LEFT: [&str; 18] = [
    // It is gone, with its rows or the ids that it drew.
    "DROP TABLE t CASCADE; DROP VIEW IF EXISTS w",
    "DROP SEQUENCE free",
    // Somebody made it, or changed it, and may have had a reason.
    "CREATE INDEX more ON t (n)",
    "ALTER TABLE t ADD extra integer",
    "COMMENT ON TABLE t IS 'mine'",
    "CREATE OR REPLACE VIEW w AS SELECT 1::bigint AS count",
    "ALTER TABLE t DISABLE TRIGGER stamp",
    "ALTER TABLE t ALTER n DROP DEFAULT",
    "REVOKE SELECT ON v FROM PUBLIC",
    "GRANT SELECT ON t TO PUBLIC",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    // It would be in another place, or want a value of each row.
    "ALTER TABLE t DROP plan",
    "ALTER TABLE \"Owners\" DROP \"Name\" CASCADE",
    "ALTER TABLE t DROP m, ADD extra integer",
    "ALTER SEQUENCE free CACHE 1",
    // Something else is in its place.
    "DROP VIEW w; CREATE TABLE w (n integer)",
    "DROP FUNCTION half(integer) CASCADE; CREATE FUNCTION half(m integer) RETURNS text LANGUAGE sql AS 'SELECT NULL'",
    "DROP INDEX t_owner; CREATE SEQUENCE t_owner",
];

#[test]
fn nothing_is_offered_for_what_is_not_simply_missing() {
    let (world, registry, pool) = world(["other"]);
    let acme = name("acme");
    for change in LEFT {
        registry.create(acme.clone()).unwrap();
        world.run_in(
            "acme",
            &format!("SET client_min_messages TO error; {change}"),
        );
        let report = all(&pool);
        let group = only(&report);
        let offered: Vec<String> = group.repairs.iter().map(ToString::to_string).collect();
        // A statement that fails on what is not there would be no help.
        if let Some(sql) = group.repair(&acme, |_| true) {
            let mut pg = world.pg();
            pg.transaction(|pg| pg.batch_execute(&sql))
                .unwrap_or_else(|error| panic!("{change}: {error}: {sql}"));
            assert!(!all(&pool).is_ok(), "{change}: {offered:?}");
        }
        let main = words(&group.differences)[0].clone();
        assert!(
            !offered.iter().any(|it| main.contains(&format!("{it} "))),
            "{change}: {offered:?}, {main}"
        );
        world.run("SET client_min_messages TO error; DROP SCHEMA acme CASCADE; DELETE FROM multischema.schemas WHERE name = 'acme'");
    }
}

#[test]
fn a_repair_that_rows_speak_against_fails_and_changes_nothing() {
    let (world, _registry, pool) = world(["acme"]);
    world.run_in(
        "acme",
        "DROP INDEX t_state; DROP INDEX t_owner; INSERT INTO t (state) VALUES ('a'), ('a')",
    );
    let report = all(&pool);
    let acme = name("acme");
    let sql = only(&report).repair(&acme, |_| true).unwrap();
    let mut pg = world.pg();
    pg.transaction(|pg| pg.batch_execute(&sql)).unwrap_err();
    assert_eq!(
        words(&only(&all(&pool)).differences),
        words(&only(&report).differences)
    );
    // The others can be had without it.
    let sql = only(&report).repair(&acme, |it| !it.checks_rows).unwrap();
    pg.transaction(|pg| pg.batch_execute(&sql)).unwrap();
    assert_eq!(
        words(&only(&all(&pool)).differences),
        ["index `t_state` is missing"]
    );
    assert_eq!(only(&report).repair(&name("other"), |_| true), None);
}

#[test]
fn each_schema_of_a_group_is_repaired_under_its_own_name() {
    let (world, registry, pool) = world(["a", "b", "select"]);
    for schema in ["a", "b", "select"] {
        world.run_in(
            schema,
            &format!("DROP FUNCTION stamp() CASCADE; COMMENT ON SCHEMA \"{schema}\" IS NULL"),
        );
    }
    registry.archive(&name("b")).unwrap();
    let report = all(&pool);
    let group = only(&report);
    assert_eq!(group.schemata.len(), 3);
    // Of one that is archived, its functions have the name that it is to have again.
    assert_eq!(group.repair(&name("b"), |_| true), None);
    let mut pg = world.pg();
    for schema in ["a", "select"] {
        let sql = group.repair(&name(schema), |_| true).unwrap();
        pg.transaction(|pg| pg.batch_execute(&sql)).unwrap();
    }
    let path = value(
        &mut pg,
        "SELECT proconfig FROM pg_proc WHERE proname = 'stamp' AND pronamespace = 'select'::regnamespace",
    );
    assert!(path.contains("select"), "{path}");
    assert_eq!(only(&all(&pool)).schemata, [name("b")]);
    registry.restore(&name("b")).unwrap();
    repair(&world, only(&all(&pool)), &name("b"));
    let report = all(&pool);
    assert!(report.is_ok(), "{report}");
}

#[test]
fn what_is_made_belongs_to_whom_it_should_and_others_have_their_rights() {
    let world = World::new();
    let owner = format!("owner_of_{}", std::process::id());
    world.run(&format!("CREATE ROLE {owner}"));
    let registry = world.registry_with(
        Ids::PerSchema,
        &format!(
            "
        CREATE TABLE t (n integer);
        CREATE VIEW v AS SELECT n FROM t;
        CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
        ALTER VIEW v OWNER TO {owner};
        GRANT SELECT ON v TO PUBLIC; GRANT UPDATE (n) ON v TO PUBLIC;
        REVOKE ALL ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO {owner};
        ALTER DEFAULT PRIVILEGES IN SCHEMA __template__ GRANT INSERT ON TABLES TO {owner}"
        ),
    );
    registry.create(name("acme")).unwrap();
    let pool = TenantPool::builder(world.url()).build().unwrap();
    world.run_in("acme", "DROP VIEW v; DROP FUNCTION f()");
    assert_eq!(only(&all(&pool)).repairs.len(), 2);
    repair(&world, only(&all(&pool)), &name("acme"));
    let report = all(&pool);
    assert!(report.is_ok(), "{report}");
    world.run(&format!(
        "DROP SCHEMA acme CASCADE; DROP SCHEMA __template__ CASCADE; DROP ROLE {owner}"
    ));
}

#[test]
fn what_needs_a_repair_that_checks_rows_is_left_out_with_it() {
    let world = World::new();
    let template = "
        CREATE TABLE t (id bigint PRIMARY KEY, n integer);
        CREATE VIEW v AS SELECT id, n FROM t GROUP BY id;
        CREATE MATERIALIZED VIEW m AS SELECT n FROM t;
        CREATE INDEX m_n ON m (n);";
    let registry = world.registry_with(Ids::PerSchema, template);
    registry.create(name("acme")).unwrap();
    let pool = TenantPool::builder(world.url()).build().unwrap();
    world.run_in(
        "acme",
        "SET client_min_messages TO error; ALTER TABLE t DROP CONSTRAINT t_pkey CASCADE; DROP MATERIALIZED VIEW m",
    );
    let report = all(&pool);
    let group = only(&report);
    assert_eq!(group.repairs.len(), 4, "{:#?}", group.repairs);
    // The view groups by the key, and the index is on a view that reads rows.
    assert_eq!(group.repair(&name("acme"), |it| !it.checks_rows), None);
    repair(&world, only(&all(&pool)), &name("acme"));
    let report = all(&pool);
    assert!(report.is_ok(), "{report}");
}

#[test]
fn a_view_and_a_function_that_need_each_other_are_made_again() {
    let world = World::new();
    let template = "
        CREATE TABLE t (n integer);
        CREATE VIEW v AS SELECT n, 0 AS m FROM t;
        CREATE FUNCTION f(v) RETURNS integer LANGUAGE sql AS 'SELECT 1';
        CREATE OR REPLACE VIEW v AS SELECT n, f(NULL) AS m FROM t;
        ALTER VIEW v ALTER n SET DEFAULT f(NULL);";
    let registry = world.registry_with(Ids::PerSchema, template);
    registry.create(name("acme")).unwrap();
    let pool = TenantPool::builder(world.url()).build().unwrap();
    world.run_in(
        "acme",
        "SET client_min_messages TO error; DROP VIEW v CASCADE",
    );
    repair(&world, only(&all(&pool)), &name("acme"));
    let report = all(&pool);
    assert!(report.is_ok(), "{report}");
}

#[test]
fn an_index_that_has_a_place_of_its_own_is_not_made_elsewhere() {
    let world = World::new();
    let template = "
        CREATE TABLE p (n integer) PARTITION BY RANGE (n);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE INDEX p_n ON p (n);
        CREATE TABLE c (n integer, m integer NOT NULL);
        CREATE INDEX c_n ON c (n); ALTER TABLE c CLUSTER ON c_n;
        CREATE UNIQUE INDEX c_m ON c (m); ALTER TABLE c REPLICA IDENTITY USING INDEX c_m;";
    let registry = world.registry_with(Ids::PerSchema, template);
    registry.create(name("acme")).unwrap();
    let pool = TenantPool::builder(world.url()).build().unwrap();
    world.run_in("acme", "DROP INDEX p_n; DROP INDEX c_n; DROP INDEX c_m");
    let report = all(&pool);
    assert_eq!(only(&report).repairs, [], "{report}");
}
