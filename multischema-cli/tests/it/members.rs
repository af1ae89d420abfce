//! Who belongs to which schemata.

use serde_json::{Value, json};

use crate::program::{Program, Ran};

fn member(program: &Program, args: &[&str]) -> Ran {
    program.run(&[&["member"], args].concat())
}

#[track_caller]
fn document(program: &Program, args: &[&str]) -> Value {
    let ran = program.run(&[&["--format", "json", "member"], args].concat());
    ran.exits(0).json()
}

#[test]
fn members_are_added_listed_and_removed_in_both_formats() {
    let program = Program::with(&["a", "b"]);
    let [ann, bob] = ["ann@example.com", "bob"];
    member(&program, &["list", "a"])
        .exits(0)
        .says("there are none");
    assert_eq!(document(&program, &["list", "a"]), json!([]));

    let ran = member(&program, &["add", ann, "a"]).exits(0);
    let ran = ran.says("user `ann@example.com` is now `member` in schema `a`");
    assert_eq!(
        ran.rows(),
        [["schema", "user", "roles"], ["a", ann, "member"]]
    );
    member(&program, &["add", ann, "a"])
        .exits(0)
        .says("user `ann@example.com` was already `member` in schema `a`");
    let roles = ["--role", "teacher", "--role", "head"];
    let added = document(&program, &[&["add", ann, "b"], &roles[..]].concat());
    let in_b = json!({"schema": "b", "user": ann, "roles": ["head", "teacher"]});
    assert_eq!(added, json!([in_b]));
    document(&program, &["add", bob, "b"]);

    let in_a = json!({"schema": "a", "user": ann, "roles": ["member"]});
    let bob_in_b = json!({"schema": "b", "user": bob, "roles": ["member"]});
    assert_eq!(document(&program, &["list", "b"]), json!([in_b, bob_in_b]));
    assert_eq!(
        document(&program, &["list", "--user", ann]),
        json!([in_a, in_b])
    );
    assert_eq!(document(&program, &["list", "--user", "zoe"]), json!([]));
    let ran = member(&program, &["list", "b"]).exits(0);
    assert_eq!(ran.rows()[1], ["b", ann, "head, teacher"]);
    assert_eq!(ran.stderr, "");

    let left = document(&program, &["remove", ann, "b", "--role", "head"]);
    assert_eq!(left[0]["roles"], json!(["teacher"]));
    member(&program, &["remove", ann, "b", "--role", "teacher"])
        .exits(0)
        .says("user `ann@example.com` is no `teacher` in schema `b` now");
    let ran = member(&program, &["remove", ann, "a"]).exits(0);
    let ran = ran.says("user `ann@example.com` is no member of schema `a` now");
    assert_eq!(ran.stdout, "");
    assert_eq!(document(&program, &["list", "--user", ann]), json!([]));
    assert_eq!(document(&program, &["remove", bob, "b"]), json!([]));
}

#[test]
fn what_cannot_be_done_fails_with_the_reason() {
    let program = Program::with(&["a"]);
    let fails = |args: &[&str], status: i32, words: &str| {
        let ran = member(&program, args).exits(status).says(words);
        assert_eq!(ran.stdout, "");
    };
    fails(&["add", "ann", "x"], 1, "the registry has no schema `x`");
    fails(&["list", "x"], 1, "the registry has no schema `x`");
    fails(&["remove", "ann", "x"], 1, "the registry has no schema `x`");
    // Perhaps somebody else was meant, who is still a member.
    fails(
        &["remove", "ann", "a"],
        1,
        "user `ann` is no member of schema `a`\n  hint: `multischema member list a`",
    );
    member(&program, &["add", "ann", "a"]).exits(0);
    fails(
        &["remove", "ann", "a", "--role", "head"],
        1,
        "user `ann` is no `head` in schema `a`",
    );
    fails(&["add", "", "a"], 2, "caused by: it is empty");
    fails(&["add", &"x".repeat(1001), "a"], 2, "1001 bytes");
    fails(&["add", "ann", "a", "--role", " x"], 2, "white space");
    fails(&["add", "ann"], 2, "required");
    fails(&["list"], 2, "required");
    fails(&["list", "a", "--user", "ann"], 2, "cannot be used with");
    fails(&["add", "ann", "__template__"], 2, "is no tenant");
}

#[test]
fn an_id_that_others_wrote_does_not_move_the_cursor() {
    let program = Program::with(&["a"]);
    let ran = member(&program, &["add", "x\u{1b}[2Jy", "a", "--role", "O'Neill"]);
    let ran = ran.exits(0).says("user `x\\u{1b}[2Jy` is now `O'Neill`");
    assert_eq!(ran.rows()[1], ["a", "x\\u{1b}[2Jy", "O'Neill"]);
    let list = document(&program, &["list", "a"]);
    assert_eq!(list[0]["user"], "x\u{1b}[2Jy");
}

#[test]
fn a_database_that_is_not_prepared_is_to_be() {
    let program = Program::new();
    member(&program, &["list", "a"])
        .exits(1)
        .says("multischema init");
}
