//! A run that is killed, at whatever moment.

use std::hash::{BuildHasher, RandomState};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use multischema::{Ids, Template};
use multischema_tests::World;

use super::sources::Folder;
use super::{applied, fleet, history, value_in};

const SCHEMATA: [&str; 4] = ["a", "b", "c", "d"];

/// Every step takes a moment, so that a run is killed in it as well as between two.
fn folder() -> Folder {
    let folder = Folder::new()
        .with("global/1_words", "CREATE TABLE words (word text)")
        .with("global/2_word", "INSERT INTO words VALUES ('once')")
        .with(
            "tenant/1_notes",
            "CREATE TABLE notes (n integer); SELECT pg_sleep(0.005)",
        )
        .with(
            "tenant/2_note",
            "INSERT INTO notes VALUES (1); SELECT pg_sleep(0.005)",
        )
        .with(
            "tenant/3_index",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS by_n ON notes (n)",
        )
        .with("tenant/4_more", "ALTER TABLE notes ADD m integer");
    std::fs::write(
        folder.path().join("tenant/3_index/metadata.toml"),
        "run_in_transaction = false",
    )
    .unwrap();
    folder
}

fn begin(folder: &Folder, world: &World) -> Child {
    Command::new(env!("CARGO_BIN_EXE_migrate_at_build"))
        .arg(folder.path())
        .env("DATABASE_URL", world.url())
        .env("MULTISCHEMA_STRICT", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn end(run: Child) -> String {
    String::from_utf8(run.wait_with_output().unwrap().stdout).unwrap()
}

/// How often a run is killed: a moment of each tenth of its time, over and over.
fn kills() -> u32 {
    let kills = std::env::var("MULTISCHEMA_KILLS").ok();
    kills.map_or(10, |kills| kills.parse().unwrap())
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_completed_by_the_next() {
    let folder = folder();
    let start = Instant::now();
    let whole = fleet(SCHEMATA);
    assert!(!end(begin(&folder, &whole)).contains("cargo::error"));
    let took = start.elapsed();

    for kill in 0..kills() {
        let world = fleet(SCHEMATA);
        let mut run = begin(&folder, &world);
        // Somewhere in that tenth.
        let within = RandomState::new().hash_one(kill) % 100;
        let hundredths = kill % 10 * 10 + u32::try_from(within).unwrap() / 10;
        thread::sleep(took * hundredths / 110);
        run.kill().unwrap();
        run.wait().unwrap();

        let told = end(begin(&folder, &world));
        let when = format!("killed after {hundredths}/110: {told}");
        assert!(!told.contains("cargo::error"), "{when}");
        for schema in SCHEMATA.into_iter().chain(["__template__"]) {
            assert_eq!(history(&world, schema), "1 2 3 4", "{schema}, {when}");
            let rows = value_in(&world, schema, "SELECT count(*) FROM notes");
            assert_eq!(rows, "1", "{schema}, {when}");
        }
        for schema in SCHEMATA {
            assert_eq!(applied(&world, schema), "1 2 3 4", "{schema}, {when}");
            let template = Template::new().ids(Ids::PerSchema);
            let found = template.verify(&mut world.pg(), &schema.parse().unwrap());
            assert_eq!(found.unwrap(), [], "{schema}, {when}");
        }
        let words = value_in(&world, "public", "SELECT count(*) FROM words");
        assert_eq!(words, "1", "{when}");
        // One for each migration, however many runs it took.
        let generations =
            "SELECT string_agg(DISTINCT generation::text, ' ') FROM multischema.schemas";
        assert_eq!(value_in(&world, "public", generations), "5", "{when}");
        let guarded = "SELECT count(*) FROM pg_trigger WHERE tgname = 'multischema_guard' AND tgenabled = 'O'";
        assert_eq!(value_in(&world, "public", guarded), "1", "{when}");
        let valid = "SELECT bool_and(indisvalid) FROM pg_index";
        assert_eq!(value_in(&world, "public", valid), "true", "{when}");
        let running = "SELECT count(*) FROM multischema.runs WHERE state = 'running'";
        assert_eq!(value_in(&world, "public", running), "0", "{when}");
    }
}
