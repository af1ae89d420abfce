//! What a checkout and one query cost: beside a connection that is never given back, and beside what people do
//! today.
#![expect(clippy::unwrap_used, reason = "what cannot be measured is a failure")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use diesel::connection::{LoadConnection, SimpleConnection};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use multischema::{SchemaName, TenantPool};
use multischema_tests::World;
use multischema_tests::bench::Bench;
use multischema_tests::tables::documents;

type Practice = Pool<ConnectionManager<PgConnection>>;

const THREADS: usize = 8;

fn main() {
    let (world, _) = World::registered([]);
    let schemata: Vec<SchemaName> = (0..300)
        .map(|n| world.register(&format!("school_{n}")))
        .collect();
    let version = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('server_version')");
    let mut bench = Bench::new(
        "checkout",
        diesel::select(version).get_result(&mut world.pg()).unwrap(),
    );

    one_schema(&mut bench, &world, &schemata[0]);
    eight_threads(&mut bench, &world, &schemata[0]);
    each_its_own(&mut bench, &world, &schemata[..8]);
    for (n, rounds) in [(8, 1_500), (50, 300), (300, 60)] {
        cycle(&mut bench, &world, &schemata[..n], rounds);
    }
    cycle_of_threads(&mut bench, &world, &schemata[..50]);
    bench.finish();
}

/// A row by its primary key, by a statement that Diesel keeps prepared.
fn query(conn: &mut impl LoadConnection<Backend = Pg>, schema: &SchemaName) {
    let title: String = documents::table
        .find(1)
        .select(documents::title)
        .first(conn)
        .unwrap();
    assert!(title.starts_with(schema.as_str()));
}

fn bare(world: &World, schema: &SchemaName) -> PgConnection {
    let mut pg = world.pg();
    pg.batch_execute(&format!("SET search_path = {schema}, public"))
        .unwrap();
    pg
}

fn practice(world: &World) -> Practice {
    // As it is built by default, which asks a connection whether it lives before it lends it.
    let pool = Pool::builder().max_size(8);
    pool.build(ConnectionManager::new(world.url())).unwrap()
}

fn by_practice(pool: &Practice, schema: &SchemaName) {
    let mut conn = pool.get().unwrap();
    conn.batch_execute(&format!("SET search_path = {schema}, public"))
        .unwrap();
    query(&mut conn, schema);
    conn.batch_execute("SET search_path TO DEFAULT").unwrap();
}

fn pool(world: &World, proof_ttl: Option<Duration>) -> TenantPool {
    let mut builder = TenantPool::builder(world.url()).max_size(8);
    if let Some(ttl) = proof_ttl {
        builder = builder.proof_ttl(ttl);
    }
    builder.build().unwrap()
}

fn by_ours(pool: &TenantPool, schema: &SchemaName) {
    query(&mut pool.tenant(schema).unwrap(), schema);
}

fn one_schema(bench: &mut Bench, world: &World, schema: &SchemaName) {
    let mut bare = bare(world, schema);
    let practice = practice(world);
    let ours = pool(world, None);
    let proving = pool(world, Some(Duration::ZERO));
    bench.compare_with(
        2,
        1,
        5_000,
        &mut [
            ("bare", &mut || query(&mut bare, schema)),
            ("practice", &mut || by_practice(&practice, schema)),
            ("hit", &mut || by_ours(&ours, schema)),
            ("hit_ttl0", &mut || by_ours(&proving, schema)),
        ],
    );
}

/// One turn is 25 queries on each of eight threads.
fn eight_threads(bench: &mut Bench, world: &World, schema: &SchemaName) {
    let bares: Vec<_> = (0..THREADS)
        .map(|_| std::sync::Mutex::new(bare(world, schema)))
        .collect();
    let practice = practice(world);
    let ours = pool(world, None);
    let crowd = |work: &(dyn Fn(usize) + Sync)| {
        let start = Barrier::new(THREADS);
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..25 {
                        work(thread);
                    }
                });
            }
        });
    };
    bench.compare_with(
        2,
        1,
        400,
        &mut [
            ("bare", &mut || {
                crowd(&|thread| query(&mut *bares[thread].lock().unwrap(), schema));
            }),
            ("practice", &mut || {
                crowd(&|_| by_practice(&practice, schema));
            }),
            ("hit_8_threads", &mut || {
                crowd(&|_| by_ours(&ours, schema));
            }),
        ],
    );
}

/// Connections that never go back, one for each schema: the least that eight processes of PostgreSQL in turn can cost.
fn each_its_own(bench: &mut Bench, world: &World, schemata: &[SchemaName]) {
    let mut bares: Vec<_> = schemata.iter().map(|schema| bare(world, schema)).collect();
    let ours = pool(world, None);
    bench.compare(
        schemata.len(),
        1_500,
        &mut [
            ("bare_each", &mut || {
                for (bare, schema) in bares.iter_mut().zip(schemata) {
                    query(bare, schema);
                }
            }),
            ("cycle", &mut || {
                for schema in schemata {
                    by_ours(&ours, schema);
                }
            }),
        ],
    );
}

/// Eight threads go round at once, each from another schema on.
fn cycle_of_threads(bench: &mut Bench, world: &World, schemata: &[SchemaName]) {
    let practice = practice(world);
    let ours = pool(world, None);
    let crowd = |work: &(dyn Fn(&SchemaName) + Sync)| {
        thread::scope(|scope| {
            for thread in 0..THREADS {
                scope.spawn(move || {
                    let from = thread * schemata.len() / THREADS;
                    for schema in schemata[from..].iter().chain(&schemata[..from]) {
                        work(schema);
                    }
                });
            }
        });
    };
    bench.compare(
        schemata.len(),
        150,
        &mut [
            ("practice", &mut || {
                crowd(&|schema| by_practice(&practice, schema));
            }),
            ("cycle_8_threads", &mut || {
                crowd(&|schema| by_ours(&ours, schema));
            }),
        ],
    );
}

/// One turn is one checkout in each schema.
fn cycle(bench: &mut Bench, world: &World, schemata: &[SchemaName], rounds: usize) {
    let mut bare = bare(world, &schemata[0]);
    let practice = practice(world);
    let ours = pool(world, None);
    bench.compare_with(
        2,
        schemata.len(),
        rounds,
        &mut [
            ("bare", &mut || {
                for _ in schemata {
                    query(&mut bare, &schemata[0]);
                }
            }),
            ("practice", &mut || {
                for schema in schemata {
                    by_practice(&practice, schema);
                }
            }),
            ("cycle", &mut || {
                for schema in schemata {
                    by_ours(&ours, schema);
                }
            }),
        ],
    );
    let stats = ours.stats();
    let checkouts = stats.hits + stats.proofs + stats.switches;
    println!(
        "over {} schemata: {checkouts} checkouts, {} hits, {} switches, {} connects",
        schemata.len(),
        stats.hits,
        stats.switches,
        stats.connects,
    );
}
