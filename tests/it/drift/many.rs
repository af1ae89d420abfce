//! How much is sent for many schemata.

use multischema::testing::Server;
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

#[test]
fn fewer_are_read_at_once_where_there_is_little_room_for_locks() {
    let server = Server::start().unwrap();
    let world = World::on(&server);
    let views = (0..40).map(|index| {
        format!(
            "CREATE TABLE t{index} (n integer); CREATE VIEW v{index} AS SELECT n FROM t{index};"
        )
    });
    let registry = world.registry_with(Ids::Unique, &views.collect::<String>());
    for index in 0..20 {
        registry.create(name(&format!("s{index}"))).unwrap();
    }
    let reading = |sent: &[String]| {
        let each = |it: &&String| it.contains("set_config('search_path', s.path");
        sent.iter().filter(each).count()
    };
    let (report, with_room) = sent(&world);
    assert!(report.is_ok(), "{report}");
    // Somebody else has most of them, and there is less room left than all views of all schemata take.
    let mut others = world.pg();
    let taken = "SELECT pg_advisory_lock(i, 9) FROM generate_series(1, current_setting('max_locks_per_transaction')::int * \
                 (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) - 800) i";
    diesel::connection::SimpleConnection::batch_execute(&mut others, taken).unwrap();
    let (report, without) = sent(&world);
    assert!(report.is_ok(), "{report}");
    assert_eq!(reading(&with_room), 1);
    assert!(
        (3..=20).contains(&reading(&without)),
        "{}",
        reading(&without)
    );
    // None was read in vain.
    let failed = without.iter().filter(|it| it.contains("ROLLBACK")).count();
    assert!(failed <= reading(&without) + 4, "{without:#?}");
}
