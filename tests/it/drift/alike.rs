//! What is no difference.

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_migrations::FileBasedMigrations;
use multischema::{
    Ids, Migrator, Registry, SchemaName, SchemaStatus, Template, TenantPool, WithData, drift,
};
use multischema_tests::{World, value};

use super::{all, name, world};

#[test]
fn copies_are_equal_to_the_template_and_have_one_fingerprint() {
    let (_world, registry, pool) = world(["acme", "select", "user"]);
    let copy = name("copy_of_acme");
    registry
        .clone_schema(&name("acme"), copy, WithData::NewIds)
        .unwrap();
    let report = all(&pool);
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.groups.len(), 1);
    assert_eq!(report.equal().len(), 4);
    assert_eq!(report.to_string(), "4 equal the template");
}

#[test]
fn a_schema_that_was_renamed_archived_or_restored_is_still_equal() {
    let (world, registry, pool) = world(["a", "b", "c", "d"]);
    world.run("GRANT USAGE ON SCHEMA __template__ TO PUBLIC");
    for schema in ["a", "b", "c", "d"] {
        world.run(&format!("GRANT USAGE ON SCHEMA {schema} TO PUBLIC"));
    }
    registry.rename(&name("a"), &name("z")).unwrap();
    registry.archive(&name("b")).unwrap();
    registry.archive(&name("c")).unwrap();
    registry.restore(&name("c")).unwrap();
    registry.suspend(&name("d")).unwrap();
    let report = all(&pool);
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.groups.len(), 1);
    // But what was changed in one that is put away is found.
    world.run("COMMENT ON SCHEMA __trash_2 IS 'mine'");
    let report = all(&pool);
    assert_eq!(super::only(&report).schemata, [name("b")], "{report}");
}

#[test]
fn a_schema_that_counts_for_itself_is_equal() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("acme")).unwrap();
    let pool = TenantPool::builder(world.url()).build().unwrap();
    let report = all(&pool);
    assert!(report.is_ok(), "{report}");
}

#[test]
fn a_schema_that_was_migrated_and_one_that_was_copied_are_alike() {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, super::TEMPLATE);
    // By hand, statement by statement, as migrations do.
    world.run("CREATE SCHEMA migrated; INSERT INTO multischema.schemas (name, label) VALUES ('migrated', 'migrated')");
    let template = super::TEMPLATE.replace("__template__", "migrated");
    world.run_in("migrated", &template);
    world.run_in("migrated", "
        ALTER SEQUENCE t_id_seq MINVALUE 4294967297 MAXVALUE 8589934592 START 4294967297 RESTART;
        ALTER TABLE \"Owners\" ALTER id SET MINVALUE 4294967297 SET MAXVALUE 8589934592 SET START 4294967297 RESTART");
    registry.create(name("copied")).unwrap();
    let pool = TenantPool::builder(world.url()).build().unwrap();
    let report = all(&pool);
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.groups.len(), 1);
    // PostgreSQL has written an expression otherwise: without that, this would show nothing.
    let check = |schema: &str| {
        let of = format!(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'known' AND connamespace = '{schema}'::regnamespace"
        );
        value(&mut world.pg(), &of)
    };
    assert_ne!(check("migrated"), check("copied"));
}

#[test]
fn two_that_differ_alike_are_one_group_whether_they_were_migrated_or_copied() {
    let (world, _registry, pool) = world(["acme", "other"]);
    // An expression in the words of the template's, in a constraint that differs otherwise as well.
    let check = "ALTER TABLE t DROP CONSTRAINT known; ALTER TABLE t ADD CONSTRAINT known CHECK (state IN ('a', 'b')) NOT VALID";
    world.run_in("acme", check);
    world.run_in("other", "UPDATE pg_constraint SET convalidated = false WHERE conname = 'known' AND connamespace = 'other'::regnamespace");
    let report = all(&pool);
    assert_eq!(
        super::only(&report).schemata,
        ["acme", "other"].map(name),
        "{report}"
    );
}

#[test]
fn a_plan_compares_schemata_that_are_in_no_registry() {
    let world = World::new();
    world.run("CREATE SCHEMA __template__");
    world.run_in("__template__", super::TEMPLATE);
    let mut pg = world.pg();
    let plan = Template::new().plan(&mut pg).unwrap();
    let schemata: Vec<_> = (1..4)
        .map(|number| (name(&format!("s{number}")), number))
        .collect();
    for (schema, number) in &schemata {
        plan.replay(&mut pg, schema, *number).unwrap();
    }
    let report = plan.drift(&mut pg, &schemata).unwrap();
    assert!(report.is_ok(), "{report}");
    // Its settings are as they were.
    assert_eq!(
        value(&mut pg, "current_setting('search_path')"),
        "\"$user\", public"
    );
    assert_eq!(value(&mut pg, "current_setting('enable_seqscan')"), "on");
}

#[test]
fn the_guard_of_the_template_is_no_difference_and_no_schemata_are_no_drift() {
    let world = World::new();
    let pool = TenantPool::builder(world.url()).build().unwrap();
    let none = drift(&pool, SchemaStatus::ALL).unwrap_err();
    assert!(none.to_string().contains("multischema init"), "{none}");
    let _registry = world.registry_with(Ids::Unique, super::TEMPLATE);
    let report = all(&pool);
    assert!(report.is_ok() && report.groups.is_empty());
    assert_eq!(report.to_string(), "0 equal the template");
    let mut pg = world.pg();
    let guards = "SELECT count(*) > 1 FROM pg_trigger WHERE tgname = 'multischema_guard'";
    assert_eq!(value(&mut pg, guards), "true");
    let plan = Template::new().ids(Ids::PerSchema).plan(&mut pg).unwrap();
    let template = [(SchemaName::template(), 0)];
    let report = plan.drift(&mut pg, &template).unwrap();
    assert!(report.is_ok(), "{report}");
}

/// What three migrations do.
const MIGRATIONS: [&str; 3] = [
    "CREATE TYPE mood AS ENUM ('ok', 'bad');
     CREATE TABLE t (id bigserial PRIMARY KEY, small serial, m mood DEFAULT 'ok', gone text, state varchar(9) CHECK (state IN ('a', 'b')));",
    "ALTER TABLE t DROP gone, ADD plan integer REFERENCES public.plans, ADD n integer DEFAULT 5;
     CREATE VIEW v AS SELECT id, n FROM t WHERE state IN ('a', 'b');",
    "CREATE INDEX t_n ON t (n) WHERE state IN ('a', 'b');
     CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM t; END;
     CREATE POLICY p ON t USING (EXISTS (SELECT FROM v WHERE v.id = t.id));",
];

#[test]
fn schemata_that_were_migrated_for_real_equal_those_that_were_copied_at_any_time() {
    let world = World::new();
    let folder = std::env::temp_dir().join(format!("multischema-drift-{}", std::process::id()));
    let migrate = |count: usize| {
        for (index, sql) in MIGRATIONS.iter().take(count).enumerate() {
            let one = folder.join(format!("2026-01-0{}-000000_step", index + 1));
            std::fs::create_dir_all(&one).unwrap();
            std::fs::write(one.join("up.sql"), sql).unwrap();
            std::fs::write(one.join("down.sql"), "SELECT 1").unwrap();
        }
        let tenant = FileBasedMigrations::from_path(&folder).unwrap();
        let report = Migrator::new(Nothing, tenant).run(world.url()).unwrap();
        assert!(report.is_ok(), "{report}");
    };
    migrate(1);
    let pool = TenantPool::builder(world.url()).build().unwrap();
    let registry = Registry::new(pool.clone());
    registry.create(name("early")).unwrap();
    // It has nothing yet, and all migrations run in it.
    world.run(
        "CREATE SCHEMA bare; INSERT INTO multischema.schemas (name, label) VALUES ('bare', 'bare')",
    );
    migrate(2);
    registry.create(name("later")).unwrap();
    registry.archive(&name("later")).unwrap();
    migrate(3);
    registry.create(name("last")).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let report = all(&pool);
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.equal(), ["early", "bare", "later", "last"].map(name));
}

/// No migrations.
struct Nothing;

impl MigrationSource<Pg> for Nothing {
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<Pg>>>> {
        Ok(Vec::new())
    }
}
