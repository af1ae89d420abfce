//! What the README shows of the compiler's words is what the compiler says.

use std::fs;
use std::path::Path;

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
