//! `dumpdata` and `loaddata`. Numbers are those of the behaviours in group F.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::program::Program;
use crate::shapes;

/// Schemata `a`, with three rows, and `b`, with none.
fn program() -> Program {
    let program = Program::with(&["a", "b"]);
    program.sql("INSERT INTO a.t (name) VALUES ('one'), ('two'), ('😀'); CREATE TABLE public.plans (id bigint PRIMARY KEY, name text); INSERT INTO public.plans VALUES (1, 'free')");
    program
}

fn names(program: &Program, schema: &str) -> String {
    program.value(&format!(
        "SELECT coalesce(string_agg(name, ' ' ORDER BY id), '') FROM {schema}.t"
    ))
}

#[test]
fn a_schema_moves_through_a_file_or_a_pipe() {
    let program = program();
    let dumped = program
        .run(&["dumpdata", "--schema", "a", "-o", "a.ndjson.zst"])
        .exits(0)
        .says("3 rows of 1 table, written to `a.ndjson.zst`");
    assert_eq!(dumped.rows()[1], ["a", "t", "3", "0"]);
    let loaded = program
        .run(&[
            "loaddata",
            "a.ndjson.zst",
            "--schema",
            "c",
            "--create-schemata",
            "--new-ids",
        ])
        .exits(0)
        .says("rows of schemata went into `c`, whichever they carried")
        .says("3 rows of 1 table loaded");
    assert_eq!(loaded.rows()[1], ["c", "t", "3", "0"]);
    // 71
    assert_eq!(names(&program, "c"), "one two 😀");

    for format in ["ndjson", "json", "copy"] {
        let dump = program
            .command(&["dumpdata", "--schema", "a", "--as", format])
            .output()
            .unwrap();
        assert!(dump.status.success());
        assert!(!dump.stdout.is_empty());
        assert_eq!(
            String::from_utf8(dump.stderr).unwrap(),
            "3 rows of 1 table\na.t: 3\n"
        );
        program
            .run_with(
                &["loaddata", "-", "--schema", "b", "--same-ids"],
                &dump.stdout,
            )
            .exits(0);
        assert_eq!(names(&program, "b"), "one two 😀");
        program.sql("TRUNCATE b.t");
    }
}

#[test]
fn without_a_schema_it_is_the_template_and_that_is_said() {
    let program = program();
    // 69
    program
        .run(&["dumpdata"])
        .exits(0)
        .says("these are the rows of `__template__`");
    program
        .run(&["dumpdata", "--schema", "x"])
        .exits(2)
        .says("no schema is called `x`");
    let global = program.run(&["dumpdata", "plans"]).exits(0);
    assert!(
        global.stdout.contains("\"free\"") && !global.stderr.contains("__template__"),
        "{global:#?}"
    );
    program.run(&["dumpdata", "--global", "-q"]).exits(0);
    program
        .run(&["dumpdata", "nowhere"])
        .exits(2)
        .says("there is no table called `nowhere`");
    program
        .run(&["dumpdata", "--schema", "a", "--all-schemata"])
        .exits(2);
    let chosen = program
        .run(&["dumpdata", "t", "--schema", "a", "--where", "name = 'two'"])
        .exits(0);
    assert!(chosen.stdout.contains("two") && !chosen.stdout.contains("one"));
    let wrong = program.run(&[
        "dumpdata", "t", "--schema", "a", "--where", "nam = 1", "-o", "x.json",
    ]);
    wrong.exits(2).says("column \"nam\" does not exist");
    assert!(!program.folder.path("x.json").exists());
}

#[test]
fn what_is_refused_ends_with_2_and_changes_nothing() {
    let program = program();
    program
        .run(&["dumpdata", "--schema", "a", "-o", "a.ndjson"])
        .exits(0);
    let file = fs::read(program.folder.path("a.ndjson")).unwrap();
    // 70: also without a database.
    program
        .folder
        .run(&["loaddata", "a.ndjson", "--schema", "__template__"])
        .exits(2)
        .says("`__template__` holds no data");
    program
        .run(&["dumpdata", "-q", "-o", "template.ndjson"])
        .exits(0);
    program
        .run(&["loaddata", "template.ndjson"])
        .exits(2)
        .says("`__template__` holds no data");
    program.folder.write(
        "bare.json",
        r#"[{"model": "t", "pk": null, "fields": {"name": "x"}}]"#,
    );
    program
        .run(&["loaddata", "bare.json"])
        .exits(2)
        .says("1 table in bare.json is per schema (t), but line 1 names no schema")
        .says("known: a, b")
        .says("--schema NAME");
    program
        .run(&["loaddata", "a.ndjson", "--schema", "x"])
        .exits(2)
        .says("--create-schemata");
    program
        .run(&["loaddata", "a.ndjson", "--schema", "b"])
        .exits(2)
        .says("3 rows have ids that are not of schema `b` (3 of `t`)")
        .says("--new-ids");
    program
        .run(&["loaddata", "a.ndjson", "--new-ids", "--same-ids"])
        .exits(2);
    program
        .run(&["loaddata", "a.ndjson"])
        .exits(2)
        .says("`a.ndjson`, line 2, table `a`.`t`, key 4294967297, column `id`")
        .says("3 rows have primary keys that are there already (3 of `a`.`t`)")
        .says("duplicate key")
        .says("--on-conflict")
        .says("--new-ids");
    // Which are of no use where nothing draws the keys.
    program.sql("CREATE TABLE a.codes (code text PRIMARY KEY); INSERT INTO a.codes VALUES ('x')");
    program
        .run(&["dumpdata", "codes", "--schema", "a", "-o", "codes.ndjson"])
        .exits(0);
    for ids in [&[][..], &["--new-ids"]] {
        let load = [&["loaddata", "codes.ndjson"], ids].concat();
        let ran = program.run(&load).exits(2).says("--on-conflict");
        let ran = ran.says("1 row has a primary key that is there already (1 of `a`.`codes`)");
        assert!(!ran.stderr.contains("--new-ids"), "{ran:?}");
    }
    program.sql("DROP TABLE a.codes");
    // What is wrong with the rows is a failure, and tells where.
    program.folder.write(
        "null.json",
        r#"[{"schema": "b", "model": "t", "fields": {"id": null}}]"#,
    );
    program
        .run(&["loaddata", "null.json"])
        .exits(1)
        .says("`null.json`, line 1, table `b`.`t`, column `id`")
        .says("null value");
    program
        .run(&["loaddata", "nowhere.json"])
        .exits(1)
        .says("`nowhere.json` was not read");
    assert_eq!(
        (names(&program, "a"), names(&program, "b")),
        ("one two 😀".to_owned(), String::new())
    );
    assert_eq!(fs::read(program.folder.path("a.ndjson")).unwrap(), file);
    let skipped = program
        .run(&["loaddata", "a.ndjson", "--on-conflict", "skip"])
        .exits(0);
    assert_eq!(skipped.rows()[1], ["a", "t", "0", "3"]);
    program
        .run(&[
            "loaddata",
            "a.ndjson",
            "--schema",
            "b",
            "--new-ids",
            "--dry-run",
        ])
        .exits(0)
        .says("would be loaded; nothing is");
    assert_eq!(names(&program, "b"), "");
}

#[test]
fn the_report_is_what_the_schema_says() {
    let program = program();
    let dump = [
        "--format",
        "json",
        "dumpdata",
        "--all-schemata",
        "--registry",
        "-o",
        "all.copy.gz",
    ];
    let document = program.run(&dump).exits(0).json();
    shapes::assert_is("fixture", &document);
    assert_eq!(document["tables"][1]["rows"], 3);
    let load = [
        "--format",
        "json",
        "loaddata",
        "all.copy.gz",
        "--on-conflict",
        "skip",
    ];
    let document = program.run(&load).exits(0).json();
    shapes::assert_is("fixture", &document);
    assert_eq!(document["tables"][1]["skipped"], 3, "{document}");
}

#[test]
fn a_dump_that_cannot_be_written_fails() {
    let program = program();
    let full = program.run(&["dumpdata", "--schema", "a", "-o", "/dev/full"]);
    full.exits(1)
        .says("`/dev/full` was not written")
        .says("No space left on device");
    program
        .run(&["dumpdata", "--schema", "a", "-o", "nowhere/a.json"])
        .exits(1)
        .says("was not written");
    program.sql("INSERT INTO a.t (name) SELECT repeat('x', 1000) FROM generate_series(1, 5000)");
    let mut command = program.command(&["dumpdata", "--schema", "a"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        words.contains("Broken pipe") && !words.contains("panicked"),
        "{words}"
    );
    assert!(fs::metadata("/dev/full").is_ok());
}

#[test]
fn killed_in_the_middle_nothing_is_loaded() {
    let program = program();
    let mut text = String::new();
    for number in 1..=300_000 {
        text.push_str(&format!(
            "{{\"schema\":\"b\",\"table\":\"t\",\"fields\":{{\"name\":\"n{number}\"}}}}\n"
        ));
    }
    program.folder.write("many.ndjson", &text);
    for wait in [0, 50, 150, 300, 500] {
        let mut child = program
            .command(&["loaddata", "many.ndjson", "-q"])
            .spawn()
            .unwrap();
        // As soon as it has written something, and some time later.
        let start = Instant::now();
        while program.value("SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 't' AND l.mode = 'RowExclusiveLock'") == "0" {
            assert!(start.elapsed() < Duration::from_secs(30) && child.try_wait().unwrap().is_none());
        }
        thread::sleep(Duration::from_millis(wait));
        assert!(
            child.try_wait().unwrap().is_none(),
            "it was through after {wait} ms"
        );
        child.kill().unwrap();
        child.wait().unwrap();
        // PostgreSQL finds out when it has an answer to send.
        let start = Instant::now();
        while program.value("SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 't' AND l.mode = 'RowExclusiveLock'") != "0" {
            assert!(start.elapsed() < Duration::from_secs(30));
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(program.value("SELECT count(*) FROM b.t"), "0");
    }
    program
        .run(&["loaddata", "many.ndjson"])
        .exits(0)
        .says("300000 rows");
}

/// The most memory that the program took, in MB.
#[cfg(target_os = "linux")]
fn peak(program: &Program, args: &[&str]) -> u64 {
    let mut command = program.command(args);
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kilobytes.unwrap_or_default() / 1000);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{args:?}");
            return peak;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_rows() {
    let program = program();
    // 150 MB.
    program.sql(
        "INSERT INTO a.t (name) SELECT repeat(md5(i::text), 30) FROM generate_series(1, 150000) i",
    );
    for file in ["a.ndjson", "a.json", "a.copy", "a.ndjson.zst"] {
        let dump = peak(&program, &["dumpdata", "--schema", "a", "-q", "-o", file]);
        let load = peak(
            &program,
            &["loaddata", file, "--schema", "b", "--same-ids", "-q"],
        );
        assert_eq!(program.value("SELECT count(*) FROM b.t"), "150003");
        program.sql("TRUNCATE b.t");
        assert!(dump > 1 && dump < 64, "{file}: {dump} MB to dump");
        assert!(load > 1 && load < 64, "{file}: {load} MB to load");
    }
}

#[test]
fn a_row_may_be_a_hundred_megabytes_long() {
    let program = program();
    program.folder.write(
        "long.ndjson",
        &format!(
            "{{\"schema\":\"b\",\"table\":\"t\",\"fields\":{{\"name\":\"{}\"}}}}\n",
            "x".repeat(100_000_000)
        ),
    );
    program.run(&["loaddata", "long.ndjson", "-q"]).exits(0);
    assert_eq!(
        program.value("SELECT sum(length(name)) FROM b.t"),
        "100000000"
    );
    program
        .run(&["dumpdata", "--schema", "b", "-q", "-o", "again.ndjson.zst"])
        .exits(0);
    program
        .run(&[
            "loaddata",
            "again.ndjson.zst",
            "-q",
            "--on-conflict",
            "update",
        ])
        .exits(0);
    program
        .folder
        .write("longer.ndjson", &"{".repeat(280_000_000));
    program
        .run(&["loaddata", "longer.ndjson", "-q"])
        .exits(1)
        .says("a row takes more than 268435456 bytes");
}
