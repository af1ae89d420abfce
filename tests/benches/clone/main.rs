//! What it costs to make a schema, beside the bare statements, a replayed dump, and migrations, with 1, 100 and 300 schemata
//! in the database.
#![expect(clippy::unwrap_used, reason = "what cannot be measured is a failure")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod parallel;
mod template;
mod within;

use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::MigrationHarness;
use multischema::{Ids, Migrator, Registry, SchemaName, Template, TenantPool};
use multischema_tests::World;
use multischema_tests::bench::{Bench, TimedCase};

use crate::template::Shape;

fn main() {
    let version = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('server_version')");
    let version = diesel::select(version)
        .get_result(&mut World::new().pg())
        .unwrap();
    let mut bench = Bench::new("clone", version);
    for (tables, indexes, has_keys) in [(30, 90, true), (50, 200, true), (30, 90, false)] {
        let shape = Shape {
            tables,
            indexes,
            has_keys,
        };
        measure(&mut bench, shape);
    }
    bench.finish();
}

fn measure(bench: &mut Bench, shape: Shape) {
    let world = World::new();
    let report = Migrator::new(shape.global(), shape.tenant())
        .run(world.url())
        .unwrap();
    assert!(report.is_ok(), "{report}");
    shape.check(&world);
    let registry = Registry::new(TenantPool::builder(world.url()).build().unwrap());
    let dump = multischema_tests::dump::text(&world, SchemaName::TEMPLATE);
    let mut present = 0;
    for n in [1, 100, 300] {
        while present < n {
            registry
                .create(name(&format!("present_{present}")))
                .unwrap();
            present += 1;
        }
        // As a server does by itself within a minute.
        world.run("VACUUM ANALYZE");
        sizes(bench, shape, n, &world, &dump);
        within::measure(bench, shape, n, &world);
        // Without keys nobody waits for anybody.
        if shape.has_keys {
            parallel::measure(bench, shape, n, &world, &registry);
        }
    }
    println!(
        "{} statements for a schema of {} tables",
        world.sent_for_a_schema(["first", "second"]).len(),
        shape.tables
    );
}

fn name(name: &str) -> SchemaName {
    name.parse().unwrap()
}

/// Each makes the schema `made` and is timed; then it is dropped.
fn sizes(bench: &mut Bench, shape: Shape, n: usize, world: &World, dump: &str) {
    let made = name("made");
    let drop = || {
        world.run("DROP SCHEMA made CASCADE; DELETE FROM multischema.schemas WHERE name = 'made'")
    };
    let timed = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        let time = start.elapsed();
        drop();
        time
    };

    let mut pg = world.pg();
    let sql = Template::new()
        .ids(Ids::Unique)
        .plan(&mut pg)
        .unwrap()
        .sql(&made, 100_000);
    let by_hand = format!("BEGIN; {sql} COMMIT; RESET ALL");
    let mut limit = || timed(&mut || pg.batch_execute(&by_hand).unwrap());

    let mut pg = world.pg();
    let dump = format!(
        "BEGIN; {} COMMIT; RESET ALL",
        dump.replace(SchemaName::TEMPLATE, "made")
    );
    let mut replayed = || timed(&mut || pg.batch_execute(&dump).unwrap());

    let mut pg = world.pg();
    let mut migrated = || {
        timed(&mut || {
            pg.batch_execute("CREATE SCHEMA made; SET search_path TO made, public")
                .unwrap();
            pg.run_pending_migrations(shape.tenant()).unwrap();
        })
    };

    // As new as the others' connections: PostgreSQL takes longer for anything where it has made hundreds of tables before.
    let registry = Registry::new(TenantPool::builder(world.url()).build().unwrap());
    let mut ours = || timed(&mut || assert!(registry.create(made.clone()).is_ok()));
    let mut cases: [TimedCase<'_>; 4] = [
        ("limit", &mut limit),
        ("pg_dump", &mut replayed),
        ("migrations", &mut migrated),
        ("ours", &mut ours),
    ];
    let also = shape.also();
    bench.compare_means(3, n, &also, (60, 3), &mut cases);
}
