//! What the compiler says of wrong uses: `ui/<topic>/fail` does not compile, with the message beside it. Right uses, in
//! `ui/<topic>/pass`, are tests of their own.
//!
//! `TRYBUILD=overwrite cargo test -p multischema-ui --test ui` writes the messages anew. Read each: it has to tell
//! the reader what to do.

use std::io::Write as _;
use std::process::Command;

/// The compiler whose words are in the files. Another one has others for the same mistake.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn wrong_uses_say_what_to_do() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    if version.starts_with(COMPILER) {
        // Without one that has to pass, all are checked at once.
        trybuild::TestCases::new().compile_fail("*/fail/*.rs");
    } else {
        // Past the test's captured output, so that it is seen.
        let mut seen = std::io::stderr();
        writeln!(
            seen,
            "wrong uses are not tried: their messages are those of {COMPILER}x, this is {version}"
        )
        .unwrap();
    }
}
