//! How fast rows are dumped and loaded, beside `pg_dump` and `pg_restore`.
#![expect(clippy::unwrap_used, reason = "what cannot be measured is a failure")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use multischema::fixture::{Dump, Load, Report};
use multischema::{Ids, Registry, SchemaName};
use multischema_tests::bench::{Bench, TimedCase};
use multischema_tests::{World, dump};

const TABLES: usize = 20;
const EACH: usize = 20_000;
const ROWS: usize = TABLES * EACH;
const ALSO: &str = "\"tables\":20";
const ROUNDS: usize = 4;

fn main() {
    let version = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('server_version')");
    let version = diesel::select(version)
        .get_result(&mut World::new().pg())
        .unwrap();
    let mut bench = Bench::new("fixture", version);
    let folder = Folder::new();
    dumps(&mut bench, &folder);
    loads(&mut bench, &folder);
    bench.finish();
}

/// Writes the files that are loaded afterwards, all of the same rows.
fn dumps(bench: &mut Bench, folder: &Folder) {
    let side = Side::new();
    side.world.run_in("a", &rows());
    // As a server does by itself within a minute.
    side.world.run("VACUUM ANALYZE");
    side.world.run("CHECKPOINT");
    let theirs = |name: &str, args: &[&str]| {
        let mut command = Command::new(dump::program(&side.world));
        command.args(["--schema", "a", "--dbname", side.world.url(), "--file"]);
        command.arg(folder.file(name)).args(args);
        timed(|| assert!(command.status().unwrap().success()))
    };
    let dump = Dump::new(&side.registry).schema(schema());
    let ours = |name: &str| timed(|| is_whole(&dump.to_path(folder.file(name)).unwrap()));
    let mut cases: [TimedCase<'_>; 5] = [
        ("pg_dump_fc", &mut || theirs("fc.dump", &["-Fc"])),
        ("pg_dump_z0", &mut || theirs("z0.dump", &["-Fc", "-Z0"])),
        ("dump_ndjson", &mut || ours("a.ndjson")),
        ("dump_copy", &mut || ours("a.copy")),
        ("dump_copy_zst", &mut || ours("a.copy.zst")),
    ];
    bench.compare_timed(2, ROWS, ALSO, ROUNDS, &mut cases);
    // Only such a one has the tables in an order that foreign keys allow.
    theirs("data.dump", &["-Fc", "-Z0", "--data-only"]);
    for name in ["fc.dump", "z0.dump", "a.ndjson", "a.copy", "a.copy.zst"] {
        let length = fs::metadata(folder.file(name)).unwrap().len();
        println!("{name}: {} MB", length / 1_000_000);
    }
}

/// All but `restore_full` load into a schema that is there and empty, with its foreign keys and indexes.
fn loads(bench: &mut Bench, folder: &Folder) {
    let side = Side::new();
    let full = World::new();
    let before = || {
        let names: Vec<String> = (0..TABLES).map(|number| format!("a.t{number}")).collect();
        side.world.run(&format!("TRUNCATE {}", names.join(", ")));
        full.run("DROP SCHEMA IF EXISTS a CASCADE");
        full.run("CHECKPOINT");
    };
    let theirs = |world: &World, name: &str, args: &[&str]| {
        before();
        let mut command = Command::new(dump::program(world).with_file_name("pg_restore"));
        command.args(["--single-transaction", "--exit-on-error", "--dbname"]);
        command.arg(world.url()).args(args).arg(folder.file(name));
        timed(|| assert!(command.status().unwrap().success()))
    };
    let load = Load::new(&side.registry);
    let ours = |load: &Load, name: &str| {
        before();
        timed(|| is_whole(&load.from_path(folder.file(name)).unwrap()))
    };
    let fast = load.clone().fast();
    let mut cases: [TimedCase<'_>; 5] = [
        ("restore_data", &mut || {
            theirs(&side.world, "data.dump", &["--data-only"])
        }),
        ("restore_full", &mut || theirs(&full, "z0.dump", &[])),
        ("load_ndjson", &mut || ours(&load, "a.ndjson")),
        ("load_copy", &mut || ours(&load, "a.copy")),
        ("load_copy_fast", &mut || ours(&fast, "a.copy")),
    ];
    bench.compare_timed(2, ROWS, ALSO, ROUNDS, &mut cases);
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn is_whole(report: &Report) {
    assert_eq!(usize::try_from(report.rows()), Ok(ROWS));
}

fn schema() -> SchemaName {
    "a".parse().unwrap()
}

/// A database with an empty schema `a`.
struct Side {
    world: World,
    registry: Registry,
}

impl Side {
    fn new() -> Self {
        let world = World::new();
        let registry = world.registry_with(Ids::Unique, &definitions());
        registry.create(schema()).unwrap();
        Self { world, registry }
    }
}

/// Tables each of which refers to the one before.
fn definitions() -> String {
    let mut sql = String::new();
    for number in 0..TABLES {
        let key = match number {
            0 => String::new(),
            _ => format!("REFERENCES t{}", number - 1),
        };
        write!(
            sql,
            "CREATE TABLE t{number} (id bigserial PRIMARY KEY, parent bigint {key}, name text NOT NULL, \
             code varchar(20), amount numeric(12, 2), done boolean, at timestamptz, day date, tags text[], \
             data jsonb, uid uuid, note text); \
             CREATE INDEX ON t{number} (parent); CREATE INDEX ON t{number} (name);"
        )
        .unwrap();
    }
    sql
}

fn rows() -> String {
    let mut sql = String::new();
    for number in 0..TABLES {
        let parent = match number {
            0 => "NULL".to_owned(),
            _ => format!("(SELECT min(id) FROM t{}) + i * 7919 % {EACH}", number - 1),
        };
        write!(
            sql,
            "INSERT INTO t{number} (parent, name, code, amount, done, at, day, tags, data, uid, note) \
             SELECT {parent}, 'name ' || md5(i::text), 'c' || i, i * 1.37, i % 3 = 0, \
             '2020-01-01'::timestamptz + i * interval '1 minute', '2020-01-01'::date + i % 1000, \
             ARRAY['a' || i % 10, 'b \"c\"'], \
             jsonb_build_object('n', i, 's', md5((i + 1)::text), 'l', jsonb_build_array(1, 2, 3)), \
             md5(i::text)::uuid, CASE WHEN i % 2 = 0 THEN E'it''s \"a\"\\nnote ' || repeat('x', 60) END \
             FROM generate_series(1, {EACH}) i;"
        )
        .unwrap();
    }
    sql
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("multischema-fixture-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
