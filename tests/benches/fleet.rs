//! What it costs to migrate many schemata, with nothing pending and with one migration pending, beside Diesel's harness in a loop
//! and beside the same SQL sent by hand.
#![expect(clippy::unwrap_used, reason = "what cannot be measured is a failure")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use multischema::{Migrator, Registry, SchemaName, TenantPool};
use multischema_tests::World;
use multischema_tests::bench::{Bench, TimedCase};

const TABLES: usize = 10;
const ALSO: &str = "\"tables\":10";
/// What is pending.
const MORE: &str =
    "ALTER TABLE things_0 ADD COLUMN extra text; CREATE INDEX extra_0 ON things_0 (extra)";
const LESS: &str = "ALTER TABLE things_0 DROP COLUMN extra";

fn main() {
    let version = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('server_version')");
    let version = diesel::select(version)
        .get_result(&mut World::new().pg())
        .unwrap();
    let mut bench = Bench::new("fleet", version);
    let folder = Folder::new();
    let world = World::new();
    let report = Migrator::new(folder.source("global"), folder.source("first")).run(world.url());
    assert!(report.unwrap().is_ok());
    let registry = Registry::new(TenantPool::builder(world.url()).build().unwrap());
    let mut names: Vec<SchemaName> = Vec::new();
    for n in [100, 300, 1000] {
        while names.len() < n {
            let name: SchemaName = format!("school_{}", names.len()).parse().unwrap();
            registry.create(name.clone()).unwrap();
            names.push(name);
        }
        // As a server does by itself within a minute.
        world.run("VACUUM ANALYZE");
        println!("{n} schemata");
        nothing(&mut bench, &folder, &world, &names);
        pending(&mut bench, &folder, &world, &names);
    }
    bench.finish();
}

/// Nothing is pending: a run, and the state of all histories.
fn nothing(bench: &mut Bench, folder: &Folder, world: &World, names: &[SchemaName]) {
    let migrator = Migrator::new(folder.source("global"), folder.source("first"));
    let source = folder.source("first");
    let timed = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    let mut in_a_loop = || {
        timed(&mut || {
            let mut pg = world.pg();
            for name in names {
                enter(&mut pg, name);
                let applied = pg.run_pending_migrations(source.clone()).unwrap();
                assert!(applied.is_empty());
            }
        })
    };
    let mut noop = || {
        timed(&mut || {
            let report = migrator.run(world.url()).unwrap();
            assert!(report.is_ok() && report.run().is_none());
        })
    };
    let mut status = || timed(&mut || assert!(migrator.status(world.url()).unwrap().is_ok()));
    let mut cases: [TimedCase<'_>; 3] = [
        ("loop_noop", &mut in_a_loop),
        ("noop", &mut noop),
        ("status", &mut status),
    ];
    bench.compare_timed(1, names.len(), ALSO, 10, &mut cases);
}

/// One migration is pending in all schemata, and in the template not any more. Each case undoes what it did.
fn pending(bench: &mut Bench, folder: &Folder, world: &World, names: &[SchemaName]) {
    let jobs = thread::available_parallelism().unwrap().get().min(8);
    let both = folder.source("tenant");
    world.run(&format!(
        "BEGIN; SET LOCAL search_path TO __template__, public; {MORE}; \
         INSERT INTO __diesel_schema_migrations (version) VALUES ('2'); COMMIT"
    ));
    let undo = || {
        over(world, names, jobs, |pg, name| {
            pg.batch_execute(&format!(
                "BEGIN; SET LOCAL search_path TO \"{name}\", public; {LESS}; \
                 DELETE FROM __diesel_schema_migrations WHERE version = '2'; COMMIT"
            ))
        });
        world.run("DELETE FROM multischema.applied WHERE version = '2'");
        world.run("VACUUM multischema.schemas, multischema.applied, pg_attribute, pg_class");
    };
    let timed = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        let time = start.elapsed();
        undo();
        time
    };
    let mut limit = || {
        timed(&mut || {
            over(world, names, jobs, |pg, name| {
                pg.batch_execute(&format!(
                    "BEGIN; SET LOCAL search_path TO \"{name}\", public; {MORE}; \
                     INSERT INTO __diesel_schema_migrations (version) VALUES ('2'); COMMIT"
                ))
            });
        })
    };
    // The same with what else has to be in the transaction: the lock, the row in the registry's list, the new generation.
    let mut noted = || {
        timed(&mut || {
            over(world, names, jobs, |pg, name| {
                pg.batch_execute(&format!(
                    "BEGIN; SET LOCAL search_path TO \"{name}\", public; \
                     SELECT pg_advisory_xact_lock(1, id) FROM multischema.schemas WHERE name = '{name}'; {MORE}; \
                     INSERT INTO __diesel_schema_migrations (version) VALUES ('2'); \
                     INSERT INTO multischema.applied (schema_id, version) SELECT id, '2' FROM multischema.schemas WHERE name = '{name}'; \
                     UPDATE multischema.schemas SET generation = generation + 1 WHERE name = '{name}'; COMMIT"
                ))
            });
        })
    };
    let mut in_a_loop = || {
        timed(&mut || {
            let mut pg = world.pg();
            for name in names {
                enter(&mut pg, name);
                let applied = pg.run_pending_migrations(both.clone()).unwrap();
                assert_eq!(applied.len(), 1);
            }
        })
    };
    let migrator = Migrator::new(folder.source("global"), both.clone()).jobs(jobs);
    let mut ours = || {
        timed(&mut || {
            let report = migrator.run(world.url()).unwrap();
            assert!(report.is_ok() && report.iter().all(|it| it.versions() == ["2"]));
        })
    };
    let mut cases: [TimedCase<'_>; 4] = [
        ("limit", &mut limit),
        ("loop", &mut in_a_loop),
        ("noted", &mut noted),
        ("pending", &mut ours),
    ];
    let rounds = if names.len() > 500 { 5 } else { 10 };
    bench.compare_timed(2, names.len(), ALSO, rounds, &mut cases);
    world.run(&format!(
        "BEGIN; SET LOCAL search_path TO __template__, public; {LESS}; \
         DELETE FROM __diesel_schema_migrations WHERE version = '2'; COMMIT"
    ));
}

fn enter(pg: &mut PgConnection, name: &SchemaName) {
    pg.batch_execute(&format!("SET search_path TO \"{name}\", public"))
        .unwrap();
}

/// Does something in each schema, over several connections.
fn over(
    world: &World,
    names: &[SchemaName],
    jobs: usize,
    work: impl Fn(&mut PgConnection, &SchemaName) -> QueryResult<()> + Sync,
) {
    let queue = Mutex::new(names.iter());
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                let mut pg = world.pg();
                loop {
                    let next = queue.lock().unwrap().next();
                    let Some(name) = next else { break };
                    work(&mut pg, name).unwrap();
                }
            });
        }
    });
}

/// Folders of migrations: none for all, one for each schema, and that one with another.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("multischema-fleet-{}", std::process::id());
        let folder = Self(std::env::temp_dir().join(name));
        let tables: String = (0..TABLES)
            .map(|number| {
                format!(
                    "CREATE TABLE things_{number} (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, \
                     name text NOT NULL, total numeric NOT NULL DEFAULT 0, created_at timestamptz NOT NULL DEFAULT now());"
                )
            })
            .collect();
        fs::create_dir_all(folder.0.join("global")).unwrap();
        for (kind, version, sql) in [
            ("first", "1_things", tables.as_str()),
            ("tenant", "1_things", tables.as_str()),
            ("tenant", "2_more", MORE),
        ] {
            let migration = folder.0.join(kind).join(version);
            fs::create_dir_all(&migration).unwrap();
            fs::write(migration.join("up.sql"), sql).unwrap();
        }
        folder
    }

    fn source(&self, kind: &str) -> FileBasedMigrations {
        FileBasedMigrations::from_path(self.0.join(kind)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
