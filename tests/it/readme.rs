//! What the README shows is so.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_program_in_the_readme_runs() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(tests.join(path)).unwrap();
    let readme = read("../README.md");
    let shown = readme.split("```rust,ignore\n").nth(1).unwrap();
    let shown = shown.split("```").next().unwrap();
    assert!(
        read("src/bin/readme.rs").ends_with(&format!("\n\n{shown}")),
        "tests/src/bin/readme.rs is another program"
    );
    for migration in [
        "global/2026-01-01-000000_plans",
        "tenant/2026-01-02-000000_documents",
    ] {
        let sql = read(&format!("migrations/{migration}/up.sql"));
        assert!(readme.contains(&format!("```sql\n{sql}```")), "{sql}");
    }

    let run = Command::new(env!("CARGO_BIN_EXE_readme")).output().unwrap();
    assert!(run.status.success(), "{run:?}");
}

#[test]
fn the_compile_error_in_the_readme_is_the_compilers() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(tests.join("../README.md")).unwrap();
    let shown = readme
        .split("```text\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let said = "ui/queries/fail/select_on_a_global_connection.stderr";
    let said = fs::read_to_string(tests.join(said)).unwrap();

    let mut said = said.lines();
    for line in shown.lines() {
        assert!(
            said.any(|other| other == line),
            "not said, or not in this order: {line}"
        );
    }
}
