//! The program `multischema`: prepares a database, migrates it, and makes, changes and removes the schemata in it.

mod admin;
mod args;
mod check;
mod completions;
mod config;
mod connect;
mod events;
mod exec;
mod exit;
mod failure;
mod fixture;
mod folder;
mod generate;
mod heal;
mod init;
mod lint;
mod member;
mod migrate;
mod output;
mod password;
mod print_schema;
mod progress;
mod purge;
mod schema;
mod serve;
mod view;

use std::process::ExitCode;

use clap::Parser;
use multischema_admin::Operators;

use crate::args::{AdminCommand, Args, Command, MigrateCommand};
use crate::config::Config;
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
    match &args.command {
        Command::Completions(it) => return completions::run(it, output),
        Command::Schema(command) => command.check()?,
        Command::LoadData(it) => fixture::check(it)?,
        Command::Admin(it) => it.check()?,
        Command::Init(_)
        | Command::Member(_)
        | Command::Migrate(_)
        | Command::Check(_)
        | Command::Exec(_)
        | Command::DumpData(_)
        | Command::PrintSchema(_) => {}
    }
    let config = Config::of(&args.common)?;
    if let Command::Migrate(MigrateCommand::Generate(it)) = &args.command {
        return generate::run(it, &config, output);
    }
    let url = config.database_url(&args.common)?;
    match &args.command {
        Command::Init(it) => init::run(&connect::registry(&url, config.shared())?, it, output),
        Command::Schema(it) => schema::run(&connect::registry(&url, config.shared())?, it, output),
        Command::Member(it) => member::run(&connect::registry(&url, config.shared())?, it, output),
        Command::Admin(AdminCommand::Serve(it)) => serve::run(&url, it, &config, output),
        Command::Admin(it) => {
            let operators = Operators::new(connect::pool(&url, config.shared())?);
            admin::run(&operators, it, output)
        }
        Command::Migrate(it) => migrate::run(&url, it, &config, output),
        Command::Check(it) => check::run(&url, it, &config, output),
        Command::Exec(it) => exec::run(&connect::pool(&url, config.shared())?, it, output),
        Command::PrintSchema(it) => print_schema::run(&url, it, &config, output),
        Command::DumpData(it) => {
            fixture::dump(&connect::registry(&url, config.shared())?, it, output)
        }
        Command::LoadData(it) => {
            fixture::load(&connect::registry(&url, config.shared())?, it, output)
        }
        Command::Completions(_) => unreachable!("it needs no database"),
    }
}
