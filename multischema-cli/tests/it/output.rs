//! Standard output and standard error.

use std::process::Stdio;

use crate::program::Program;

#[test]
fn a_pipe_that_is_closed_is_no_failure() {
    let program = Program::with(&["a"]);
    for args in [
        &["schema", "list"][..],
        &["--format", "json", "schema", "list"],
        &["schema", "show", "a"],
        &["--help"],
    ] {
        let mut command = program.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "for {args:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_is_one() {
    let program = Program::with(&["a"]);
    let full = std::fs::File::options().write(true).open("/dev/full");
    let mut command = program.command(&["schema", "list"]);
    command.stdout(full.unwrap());
    crate::program::run(&mut command)
        .exits(1)
        .says("could not be written to standard output");
}

#[test]
fn words_can_be_silenced_and_data_cannot() {
    let program = Program::with(&["a"]);
    let ran = program.run(&["schema", "create", "b", "--quiet"]).exits(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.rows()[1][1], "b");
}

#[test]
fn a_label_that_others_wrote_does_not_move_the_cursor() {
    let program = Program::with(&["a"]);
    program.sql("UPDATE multischema.schemas SET label = E'x\\u001b[2Jy'");
    let ran = program.schema(&["list"]).exits(0);
    assert_eq!(ran.rows()[1][2], "x\\u{1b}[2Jy");
    let list = program.json(&["list"]);
    assert_eq!(list[0]["label"], "x\u{1b}[2Jy");
}
