//! The program `multischema`: prepares a database, and makes, changes and removes the schemata in it.

mod args;
mod config;
mod connect;
mod exit;
mod failure;
mod heal;
mod init;
mod output;
mod purge;
mod schema;
mod view;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return args::explain(&error).into(),
    };
    let output = Output::new(&args.common);
    let exit = run(&args, &output).unwrap_or_else(|failure| {
        output.error(&failure);
        failure.exit()
    });
    exit.into()
}

fn run(args: &Args, output: &Output) -> Result<Exit, Failure> {
    // What is refused is refused without a database.
    if let Command::Schema(command) = &args.command {
        command.check()?;
    }
    let url = config::database_url(&args.common)?;
    let registry = connect::registry(&url)?;
    match &args.command {
        Command::Init(init) => init::run(&registry, init, output),
        Command::Schema(command) => schema::run(&registry, command, output),
    }
}
