//! What it costs to compare schemata with the template, beside one after the other.
#![expect(clippy::unwrap_used, reason = "what cannot be measured is a failure")]

use diesel::prelude::*;
use multischema::{DriftReport, Ids, SchemaName, SchemaStatus, Template, TenantPool, drift};
use multischema_tests::World;
use multischema_tests::bench::Bench;

fn main() {
    let version = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('server_version')");
    let version = diesel::select(version)
        .get_result(&mut World::new().pg())
        .unwrap();
    let mut bench = Bench::new("drift", version);
    for tables in [10, 30] {
        measure(&mut bench, tables);
    }
    bench.finish();
}

/// Tables as applications have them, and two views.
fn template(tables: usize) -> String {
    let table = |index: usize| {
        let key = match index {
            0 => String::new(),
            _ => format!("parent bigint REFERENCES t{},", index - 1),
        };
        format!(
            "CREATE TABLE t{index} (id bigserial PRIMARY KEY, {key} name text NOT NULL, \
             state varchar(10) NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'old')), \
             made timestamptz NOT NULL DEFAULT now(), amount numeric(10, 2) DEFAULT 0); \
             CREATE INDEX ON t{index} (name); CREATE INDEX ON t{index} (made) WHERE state = 'new';"
        )
    };
    let mut sql: String = (0..tables).map(table).collect();
    sql.push_str(
        "CREATE VIEW v0 AS SELECT a.id, b.name FROM t0 a JOIN t1 b ON b.parent = a.id WHERE a.state = 'new'; \
         CREATE VIEW v1 AS SELECT name, count(*) AS count FROM v0 GROUP BY name; \
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; \
         CREATE TRIGGER f BEFORE INSERT ON t0 FOR EACH ROW EXECUTE FUNCTION f();",
    );
    sql
}

fn measure(bench: &mut Bench, tables: usize) {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, &template(tables));
    let names = (0..100).map(|index| format!("s{index}").parse().unwrap());
    let names: Vec<SchemaName> = names.collect();
    for name in &names {
        registry.create(name.clone()).unwrap();
    }
    world.run("VACUUM ANALYZE");
    let mut pg = world.pg();
    let plan = Template::new().plan(&mut pg).unwrap();
    let pool = TenantPool::builder(world.url()).build().unwrap();
    let numbered: Vec<_> = names.iter().cloned().zip(1..).collect();
    let mut other = world.pg();
    let check = |report: DriftReport| assert_eq!(report.equal().len(), 100, "{report}");
    let also = format!("\"tables\":{tables}");
    let rounds = 10;
    let time = |work: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        work();
        start.elapsed()
    };
    bench.compare_timed(
        1,
        100,
        &also,
        rounds,
        &mut [
            ("verify_each", &mut || {
                time(&mut || {
                    for name in &names {
                        assert!(plan.verify(&mut pg, name).unwrap().is_empty());
                    }
                })
            }),
            ("drift_of_plan", &mut || {
                time(&mut || check(plan.drift(&mut other, &numbered).unwrap()))
            }),
            ("drift", &mut || {
                time(&mut || check(drift(&pool, SchemaStatus::ALL).unwrap()))
            }),
        ],
    );
}
