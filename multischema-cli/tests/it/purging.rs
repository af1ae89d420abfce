//! `multischema schema purge`.

use serde_json::json;

use crate::program::Program;

#[test]
fn nothing_is_removed_without_a_confirmation() {
    let program = Program::with(&["a"]);
    program.schema(&["archive", "a"]).exits(0);
    let ran = program.schema(&["purge", "a"]).exits(2);
    assert_eq!(
        ran.stderr,
        "error: this would remove, with all rows and for good: a\n  \
         hint: if that is meant, run `multischema schema purge a --yes`\n"
    );
    assert_eq!(program.statuses(), [("a".into(), "archived".into())]);
}

#[test]
fn an_archived_schema_is_removed() {
    let program = Program::with(&["a", "b", "c"]);
    for name in ["a", "b", "c"] {
        program.schema(&["archive", name]).exits(0);
    }
    let ran = program.schema(&["purge", "a", "--yes"]).exits(0);
    assert_eq!(ran.rows(), [["schema", "result"], ["a", "removed"]]);
    assert_eq!(ran.stderr, "removed schema `a`\n");
    // One that is named twice is removed once.
    let purged = program.json(&["purge", "--yes", "b", "c", "b"]);
    let expected = json!([{ "schema": "b", "purged": true }, { "schema": "c", "purged": true }]);
    assert_eq!(purged, expected);
    assert!(program.statuses().is_empty());
    let left = program.value("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '\\_\\_trash%'");
    assert_eq!(left, "0");
}

#[test]
fn one_that_cannot_be_removed_keeps_none_of_the_others() {
    let program = Program::with(&["a", "b"]);
    program.schema(&["archive", "a"]).exits(0);
    let purge = [
        "--format", "json", "schema", "purge", "--yes", "x", "b", "a",
    ];
    let ran = program
        .run(&purge)
        .exits(3)
        .says("error: the registry has no schema `x`")
        .says("error: schema `b` is active, and only one that is archived can become purging")
        .says("hint: put it away first, by `multischema schema archive b`");
    let expected = json!([
        { "schema": "x", "purged": false, "error": "the registry has no schema `x`" },
        {
            "schema": "b", "purged": false,
            "error": "schema `b` is active, and only one that is archived can become purging",
        },
        { "schema": "a", "purged": true },
    ]);
    assert_eq!(ran.json(), expected);
    assert_eq!(program.statuses(), [("b".into(), "active".into())]);
}

#[test]
fn if_none_is_removed_it_has_failed() {
    let program = Program::with(&["b"]);
    let purge = |args: &[&str]| program.schema(&[&["purge", "--yes"], args].concat());
    purge(&["x"])
        .exits(1)
        .says("the registry has no schema `x`");
    let ran = purge(&["b"]).exits(1);
    assert_eq!(ran.rows(), [["schema", "result"], ["b", "failed"]]);
    purge(&["x", "b"]).exits(1);
    // Errors are not silenced.
    let ran = program.run(&["-q", "schema", "purge", "--yes", "x"]);
    ran.exits(1).says("error: the registry has no schema `x`");
}
