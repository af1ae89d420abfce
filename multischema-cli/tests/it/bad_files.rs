//! Files that cannot be written to their end, and files that are none.

use std::fs;
use std::process::Command;

use crate::program::{Program, run};

/// Schemata `a`, with 2 MB of rows that cannot be compressed much, and `b`, with none.
fn program() -> Program {
    let program = Program::with(&["a", "b"]);
    program.sql(
        "INSERT INTO a.t (name) SELECT md5(i::text) || md5((i + 0.5)::text) FROM generate_series(1, 20000) i",
    );
    program
}

/// Runs the program by a shell, with `before` in front.
fn in_a_shell(program: &Program, before: &str, args: &str) -> std::process::Output {
    let mut shell = Command::new("bash");
    let line = format!("{before} {} {args}", env!("CARGO_BIN_EXE_multischema"));
    shell
        .args(["-c", &line])
        .current_dir(program.folder.path(""))
        .env("DATABASE_URL", program.url());
    shell.output().unwrap()
}

#[test]
fn a_disk_that_is_full_is_told_and_what_was_there_is_left() {
    let program = program();
    // So many blocks of 1024 bytes, and an error instead of a signal.
    let limit = "trap '' XFSZ; ulimit -f 100; exec";
    for file in [
        "a.ndjson",
        "a.json",
        "a.copy",
        "a.ndjson.zst",
        "a.ndjson.gz",
        "a.copy.gz",
    ] {
        for old in [None, Some("old")] {
            if let Some(old) = old {
                program.folder.write(file, old);
            }
            let ran = in_a_shell(&program, limit, &format!("dumpdata --schema a -o {file}"));
            let words = String::from_utf8(ran.stderr).unwrap();
            assert_eq!(ran.status.code(), Some(1), "{file}: {words}");
            assert!(
                words.contains(&format!("`{file}` was not written"))
                    && words.contains("File too large"),
                "{file}: {words}"
            );
            assert!(ran.stdout.is_empty(), "{file}");
            let left = fs::read_dir(program.folder.path("")).unwrap();
            let left: Vec<_> = left.map(|it| it.unwrap().file_name()).collect();
            match old {
                None => assert!(left.is_empty(), "{left:?}"),
                Some(old) => {
                    assert_eq!(left, [file]);
                    assert_eq!(fs::read_to_string(program.folder.path(file)).unwrap(), old);
                    program.folder.remove(file);
                }
            }
        }
    }
}

#[test]
fn what_is_dumped_to_who_has_read_enough_is_a_failure_and_no_panic() {
    let program = program();
    let ran = in_a_shell(
        &program,
        "set -o pipefail;",
        "dumpdata --schema a | head -1",
    );
    let words = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1), "{words}");
    assert!(
        words.contains("what was dumped was not written") && words.contains("Broken pipe"),
        "{words}"
    );
    assert!(!words.contains("panicked"), "{words}");
    let line = String::from_utf8(ran.stdout).unwrap();
    assert!(
        line.starts_with("{\"multischema\":1") && line.lines().count() == 1,
        "{line}"
    );
    // Who reads it all finds its end.
    let ran = in_a_shell(
        &program,
        "set -o pipefail;",
        "dumpdata --schema a | tail -1",
    );
    assert!(ran.status.success());
    assert_eq!(
        String::from_utf8(ran.stdout).unwrap(),
        "{\"multischema\":1,\"end\":true,\"objects\":20000}\n"
    );
}

#[test]
fn a_file_that_is_none_is_told_by_its_name_and_line_and_nothing_is_loaded() {
    let program = program();
    let header = r#"{"multischema":1,"format":"ndjson","schemata":[]}"#;
    let object = r#"{"schema":"b","table":"t","fields":{"name":"x"}}"#;
    let mut cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "empty.ndjson",
            Vec::new(),
            "`empty.ndjson`, line 1\n  caused by: there is nothing in it",
        ),
        (
            "binary.copy",
            vec![0, 159, 146, 150],
            "`binary.copy`, line 1\n  caused by: it is no fixture",
        ),
        (
            "latin.ndjson",
            [object.as_bytes(), b"\n{\"x\": \"\xe9\"}\n"].concat(),
            "`latin.ndjson`, line 2\n  caused by: it is not UTF-8",
        ),
        (
            "half.ndjson",
            format!("{header}\n{object}\n").into_bytes(),
            "line 2\n  caused by: its end is missing",
        ),
        (
            "later.ndjson",
            b"{\"multischema\":9,\"format\":\"new\"}\n".to_vec(),
            "it is of version 9 of the format, and 1 is what is known here",
        ),
        (
            "later.copy",
            b"{\"multischema\":9,\"format\":\"copy\"}\n".to_vec(),
            "it is of version 9 of the format, and 1 is what is known here",
        ),
        (
            "twice.json",
            format!("[{object}, {{\"schema\":\"b\",\"schema\":\"b\"}}]").into_bytes(),
            "duplicate field `schema`",
        ),
        (
            "far.ndjson",
            br#"{"schema":"b","table":"t","pk":99999999999999999999,"fields":{}}"#.to_vec(),
            "`far.ndjson`, line 1, table `b`.`t`",
        ),
        (
            "nowhere.ndjson",
            format!("{object}\n{{\"schema\":\"b\",\"table\":\"u\",\"fields\":{{}}}}").into_bytes(),
            "`nowhere.ndjson`, line 2, table `b`.`u`: there is no such table",
        ),
    ];
    // What a dump writes, cut off.
    let end = "\n  caused by: its end is missing";
    for (file, expected) in [
        (
            "cut.ndjson",
            "\n  caused by: it is not the JSON of a row\n  caused by: EOF while parsing",
        ),
        ("cut.json", end),
        ("cut.copy", end),
        ("cut.ndjson.zst", end),
        ("cut.copy.gz", end),
    ] {
        program
            .run(&["dumpdata", "--schema", "a", "-q", "-o", file])
            .exits(0);
        let whole = fs::read(program.folder.path(file)).unwrap();
        let cut = whole[..whole.len() / 2].to_vec();
        cases.push((file, cut, expected));
        // The rows before are not all there is.
        let ids = ["--schema", "b", "--same-ids", "--dry-run"];
        let load = [&["loaddata", file][..], &ids].concat();
        program.run(&load).exits(0).says("20000 rows of 1 table");
    }
    for (file, bytes, expected) in cases {
        fs::write(program.folder.path(file), bytes).unwrap();
        let ran = program
            .run(&["loaddata", file, "--schema", "b", "--same-ids"])
            .exits(1);
        assert!(
            ran.stderr.contains(expected) && ran.stderr.contains(file),
            "{file}: {ran:?}"
        );
        assert_eq!(ran.stdout, "");
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        assert_eq!(program.value("SELECT count(*) FROM b.t"), "0", "{file}");
    }
}

#[test]
fn a_folder_and_a_file_that_may_not_be_read_are_told() {
    let program = program();
    program.folder.make("folder");
    program
        .run(&["loaddata", "folder"])
        .exits(1)
        .says("`folder` was not read");
    program
        .run(&["dumpdata", "--schema", "a", "-o", "folder"])
        .exits(1)
        .says("`folder` was not written");
    let mut closed = program.command(&["loaddata", "-"]);
    run(&mut closed).exits(1).says("`standard input`, line 1");
}
