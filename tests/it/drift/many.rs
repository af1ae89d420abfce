//! How much is sent for many schemata.

use multischema::{DriftReport, Ids, Registry, SchemaName, SchemaStatus, TenantPool, drift};
use multischema_tests::{Noting, World};

use super::{name, only};

/// A template of one table and a view.
const SMALL: &str = "
    CREATE TABLE t (id bigserial PRIMARY KEY, n integer DEFAULT 5);
    CREATE VIEW v AS SELECT n FROM t;";

fn fleet(count: usize) -> (World, Vec<SchemaName>) {
    let world = World::new();
    let registry: Registry = world.registry_with(Ids::Unique, SMALL);
    let names: Vec<_> = (0..count).map(|index| name(&format!("s{index}"))).collect();
    for name in &names {
        registry.create(name.clone()).unwrap();
    }
    (world, names)
}

/// What is found, and what is sent for it.
fn sent(world: &World) -> (DriftReport, Vec<String>) {
    let noting = Noting::default();
    let pool = TenantPool::builder(world.url()).max_size(1);
    let pool = pool.customizer(Box::new(noting.clone())).build().unwrap();
    drop(pool.global().unwrap());
    let _ = noting.0.take();
    let report = drift(&pool, SchemaStatus::ALL).unwrap();
    (report, noting.0.take())
}

#[test]
fn as_much_is_sent_for_sixty_schemata_as_for_three() {
    let [few, many] = [3, 60].map(|count| {
        let (world, names) = fleet(count);
        let (report, equal) = sent(&world);
        assert!(report.is_ok(), "{report}");
        assert_eq!(report.equal().len(), count);
        for schema in &names[1..] {
            world.run_in(schema.as_str(), "DROP VIEW v");
        }
        let (report, differing) = sent(&world);
        assert_eq!(only(&report).schemata, names[1..], "{report}");
        [equal.len(), differing.len()]
    });
    assert_eq!(few, many);
}

#[test]
fn a_hundred_are_read_at_once() {
    let (world, names) = fleet(205);
    let reading = |sent: &[String]| {
        sent.iter()
            .filter(|it| it.contains("set_config('search_path', s.path"))
            .count()
    };
    let (report, sent_for_all) = sent(&world);
    assert!(report.is_ok(), "{report}");
    assert_eq!(report.equal(), names);
    assert_eq!(reading(&sent_for_all), 3);
    world.run("DELETE FROM multischema.schemas WHERE id > 100");
    let (report, sent_for_some) = sent(&world);
    assert_eq!(report.equal(), &names[..100]);
    assert_eq!(reading(&sent_for_some), 1);
    // A transaction around a statement that is prepared, and what is set: six for each further hundred.
    assert!(
        sent_for_all.len() - sent_for_some.len() <= 2 * 6,
        "{sent_for_all:#?}"
    );
}

#[test]
fn each_schema_is_read_on_a_path_of_its_own() {
    // Each has a view that reads differently from anywhere else: with the name of another schema.
    let (world, names) = fleet(7);
    for (schema, other) in names.iter().zip(names.iter().cycle().skip(1)) {
        world.run_in(
            schema.as_str(),
            &format!("CREATE OR REPLACE VIEW v AS SELECT n FROM {other}.t"),
        );
    }
    let (report, _) = sent(&world);
    assert_eq!(report.differing().count(), 7, "{report}");
    for group in report.differing() {
        let difference = &group.differences[0];
        let own = format!("{}.t", group.schemata[0]);
        assert!(
            !difference.schema.as_ref().unwrap().contains(&own),
            "{difference}"
        );
        assert!(
            !difference
                .template
                .as_ref()
                .unwrap()
                .contains("__template__"),
            "{difference}"
        );
    }
}
