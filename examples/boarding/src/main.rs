//! `cargo run -p boarding` starts the site, with data, and says where it is.

use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "who called the program is told why")]
fn main() -> ExitCode {
    match boarding::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("boarding: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprint!(": {cause}");
                source = cause.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}
