//! What has a shell complete the program's commands.

use clap::CommandFactory;

use crate::args::{Args, Completions};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Output};

pub(crate) fn run(completions: &Completions, _: &Output) -> Result<Exit, Failure> {
    // First into memory: it panics if standard output is closed.
    let mut script = Vec::new();
    let mut command = Args::command();
    clap_complete::generate(completions.shell, &mut command, "multischema", &mut script);
    let written = output::write(&String::from_utf8_lossy(&script));
    written.map_err(|error| Failure::new(Exit::Failed, error))?;
    Ok(Exit::Done)
}
