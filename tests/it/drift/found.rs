//! Whatever is otherwise in a schema is found.

use multischema::{Ids, ObjectKind, SchemaStatus, Template, drift};
use multischema_tests::World;

use super::{all, name, only, words, world};

/// What somebody did in a schema by hand, and what is said of it.
const CHANGES: [(&str, &str); 33] = [
    ("DROP INDEX t_owner", "index `t_owner` is missing"),
    (
        "CREATE INDEX more ON t (n)",
        "index `more` is not in the template",
    ),
    (
        "ALTER TABLE t ADD extra text",
        "column `t.extra` is not in the template",
    ),
    (
        "ALTER TABLE t ALTER n SET DEFAULT 8",
        "column `t.n` differs (template: default 7; schema: default 8)",
    ),
    (
        "ALTER TABLE t ALTER n DROP DEFAULT",
        "column `t.n` differs (template: default 7; schema: nothing of the kind)",
    ),
    (
        "ALTER TABLE t ALTER n SET NOT NULL",
        "column `t.n` differs (template: nothing of the kind; schema: not null)",
    ),
    (
        "ALTER TABLE t ALTER state TYPE varchar(11)",
        "column `t.state` differs (template: modifier 14",
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT t_n_check, ADD CONSTRAINT t_n_check CHECK (n > 1)",
        "constraint `t.t_n_check` differs (template: check (n > 0); schema: check (n > 1))",
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT t_n_check, ADD CONSTRAINT t_n_check CHECK (n > 0) NOT VALID",
        "constraint `t.t_n_check` differs (template: nothing of the kind; schema: not valid)",
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT known",
        "constraint `t.known` is missing",
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT t_owner_fkey",
        "constraint `t.t_owner_fkey` is missing",
    ),
    (
        "ALTER TABLE t DISABLE TRIGGER ALL",
        "constraint `t.t_owner_fkey` differs (template: nothing of the kind; schema: triggers are off)",
    ),
    (
        "CREATE OR REPLACE VIEW w AS SELECT count(id) AS count FROM v",
        "view `w` differs (template: query",
    ),
    (
        "CREATE OR REPLACE FUNCTION half(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n / 3'",
        "function `half(n integer)` differs (template: source \"SELECT n / 2\"; schema: source \"SELECT n / 3\")",
    ),
    (
        "CREATE OR REPLACE FUNCTION half(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN n / 2; END'",
        "function `half(n integer)` differs (template: language sql, source",
    ),
    (
        "ALTER FUNCTION half STABLE",
        "function `half(n integer)` differs (template: traits",
    ),
    (
        "ALTER FUNCTION stamp() SET search_path TO public",
        "function `stamp()` differs (template: settings",
    ),
    (
        "GRANT SELECT ON t TO PUBLIC",
        "table `t` differs (template: nothing of the kind; schema: grant",
    ),
    (
        "REVOKE SELECT ON v FROM PUBLIC",
        "view `v` differs (template: grant SELECT",
    ),
    ("GRANT UPDATE (n) ON t TO PUBLIC", "column `t.n` differs"),
    (
        "COMMENT ON TABLE t IS 'mine'",
        "table `t` differs (template: comment \"it's t\"; schema: comment \"mine\")",
    ),
    (
        "COMMENT ON INDEX t_owner IS NULL",
        "index `t_owner` differs (template: comment \"whose\"; schema: nothing of the kind)",
    ),
    (
        "ALTER TABLE t DISABLE TRIGGER stamp",
        "trigger `t.stamp` differs (template: enabled O; schema: enabled D)",
    ),
    ("DROP TRIGGER stamp ON t", "trigger `t.stamp` is missing"),
    (
        "ALTER SEQUENCE free CACHE 9",
        "sequence `free` differs (template: cache 5; schema: cache 9)",
    ),
    (
        "ALTER SEQUENCE t_id_seq START 17 RESTART MINVALUE 1 MAXVALUE 1000",
        "sequence `t_id_seq` differs",
    ),
    (
        "ALTER POLICY positive ON t USING (n > 5)",
        "policy `t.positive` differs",
    ),
    (
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        "table `t` differs (template: nothing of the kind; schema: row-level security)",
    ),
    (
        "ALTER TYPE mood ADD VALUE 'so so' BEFORE 'bad'",
        "type `mood` differs",
    ),
    (
        "DROP RULE quiet ON \"Owners\"",
        "rule `Owners.quiet` is missing",
    ),
    (
        "CREATE TABLE u (n integer)",
        "table `u` is not in the template",
    ),
    (
        "CREATE DOMAIN price AS numeric",
        "type `price` is not in the template",
    ),
    ("DROP STATISTICS t_both", "statistics `t_both` is missing"),
];

#[test]
fn each_change_is_found_and_the_same_change_twice_is_one_group() {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, super::TEMPLATE);
    let pool = multischema::TenantPool::builder(world.url())
        .build()
        .unwrap();
    let changed = CHANGES.iter().enumerate().map(|(number, (change, _))| {
        ["first", "second"].map(|it| {
            let schema = name(&format!("{it}_{number}"));
            registry.create(schema.clone()).unwrap();
            world.run_in(schema.as_str(), change);
            schema
        })
    });
    let changed: Vec<_> = changed.collect();
    let report = all(&pool);
    assert_eq!(report.differing().count(), CHANGES.len(), "{report}");
    for (schemata, (change, expected)) in changed.into_iter().zip(CHANGES) {
        let group = report.differing().find(|it| it.schemata == schemata);
        let group = group.unwrap_or_else(|| panic!("{change}: {report}"));
        let told = words(&group.differences);
        assert!(
            told.iter().any(|it| it.starts_with(expected)),
            "{change}: {told:#?}"
        );
    }
}

#[test]
fn it_is_said_in_the_words_of_a_single_comparison() {
    let (world, registry, pool) = world(["acme", "other", "third"]);
    world.run_in("acme", "DROP INDEX t_owner; ALTER TABLE t ADD extra text");
    let report = all(&pool);
    let mut pg = world.pg();
    let verified = Template::new().verify(&mut pg, &name("acme")).unwrap();
    assert_eq!(only(&report).differences, verified);
    assert_eq!(
        report.to_string(),
        "2 equal the template, 1 differs\n\
         acme: column `t.extra` is not in the template; index `t_owner` is missing"
    );
    assert!(!report.is_ok());
    assert_eq!(report.equal(), ["other", "third"].map(name));
    drop(registry);
}

#[test]
fn the_largest_group_comes_first_and_each_has_a_fingerprint_of_its_own() {
    let (world, _registry, pool) = world(["a", "b", "c", "d"]);
    let before = all(&pool);
    for schema in ["b", "c"] {
        world.run_in(schema, "DROP INDEX t_owner");
    }
    world.run_in("d", "DROP VIEW w");
    let report = all(&pool);
    let schemata: Vec<_> = report.groups.iter().map(|it| it.schemata.clone()).collect();
    let expected = [vec![name("a")], vec![name("b"), name("c")], vec![name("d")]];
    assert_eq!(schemata, expected);
    let prints: Vec<&str> = report.groups.iter().map(|it| &*it.fingerprint).collect();
    assert!(prints.iter().all(|it| it.len() == 64), "{prints:?}");
    assert!(prints[0] != prints[1] && prints[1] != prints[2]);
    assert_eq!(prints[0], before.groups[0].fingerprint);
    // It is the schema's, and not that of a comparison.
    world.run_in("a", "DROP INDEX t_owner");
    assert_eq!(only_of(&all(&pool), 3), prints[1]);
}

fn only_of(report: &multischema::DriftReport, size: usize) -> String {
    let mut groups = report.groups.iter();
    let group = groups.find(|it| it.schemata.len() == size);
    group.unwrap().fingerprint.clone()
}

#[test]
fn ids_outside_of_the_schemas_block_are_drift() {
    let (world, _registry, pool) = world(["acme", "other"]);
    let block = |number: i64| number << 32;
    // As if it were the other's.
    world.run_in(
        "acme",
        &format!(
            "ALTER SEQUENCE t_id_seq MINVALUE {} MAXVALUE {} START {} RESTART",
            block(2) + 1,
            block(3),
            block(2) + 1,
        ),
    );
    let report = all(&pool);
    let group = only(&report);
    assert_eq!(group.schemata, [name("acme")]);
    assert_eq!(group.differences.len(), 1, "{report}");
    assert_eq!(group.differences[0].kind, ObjectKind::Sequence);
}

#[test]
fn only_schemata_of_the_statuses_that_were_asked_for_are_compared() {
    let (world, registry, pool) = world(["acme", "gone", "shut"]);
    for schema in ["gone", "shut"] {
        world.run_in(schema, "DROP INDEX t_owner");
    }
    registry.archive(&name("gone")).unwrap();
    registry.suspend(&name("shut")).unwrap();
    let active = drift(&pool, &[SchemaStatus::Active]).unwrap();
    assert!(active.is_ok(), "{active}");
    assert_eq!(active.equal(), [name("acme")]);
    assert_eq!(only(&all(&pool)).schemata, ["gone", "shut"].map(name));
    // What is being removed is no schema any more.
    world.run("UPDATE multischema.schemas SET status = 'purging' WHERE name = 'gone'");
    assert_eq!(only(&all(&pool)).schemata, [name("shut")]);
    assert!(all(&pool).missing.is_empty());
}
