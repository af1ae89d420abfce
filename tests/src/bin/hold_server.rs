//! Starts a server and ends in the way that the argument says, for the tests of what is left then.

use std::env;
use std::io::{self, Write as _};
use std::process::{Command, ExitCode};
use std::sync::OnceLock;

use diesel::prelude::*;
use multischema::testing::{Server, ServerError};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let end = env::args().nth(1).unwrap_or_default();
    match run(&end) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = error.source();
            while let Some(source) = cause {
                text = format!("{text}: {source}");
                cause = source.source();
            }
            // There is nowhere to report that standard error is closed.
            let _ = writeln!(io::stderr(), "{text}");
            ExitCode::FAILURE
        }
    }
}

fn run(end: &str) -> Outcome {
    static KEPT: OnceLock<Server> = OnceLock::new();

    let server = Server::from_env_or_start()?;
    if end == "hold database" {
        return hold_database(&server);
    }
    tell(server.url())?;
    match end {
        "drop" => drop(server),
        "exit" => {
            KEPT.set(server).map_err(|_| "there is one server")?;
            std::process::exit(0);
        }
        "panic" => panic!("this is what the test wants"),
        "abort" => std::process::abort(),
        "abort with child" => {
            Command::new("sleep").arg("10").spawn()?;
            std::process::abort();
        }
        // The input ends even if the test has failed.
        "hold" => {
            io::stdin().read_line(&mut String::new())?;
        }
        _ => return Err(format!("{end:?} is not a way to end").into()),
    }
    Ok(())
}

/// Holds a database, with an open connection to it, until a line or the end of the input.
fn hold_database(server: &Server) -> Outcome {
    let database = server.database()?;
    let _open = PgConnection::establish(database.url())?;
    tell(database.url())?;
    io::stdin().read_line(&mut String::new())?;

    match server.stop() {
        Err(ServerError::NotThrowAway) => Ok(()),
        other => Err(format!("a server that is not ours was stopped: {other:?}").into()),
    }
}

fn tell(url: &str) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "{url}")?;
    stdout.flush()
}
