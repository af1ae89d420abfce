//! Preparing a database.

use multischema::Registry;
use serde::Serialize;

use crate::args::Init;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::view;

/// What programs are told, as the database itself says no more.
#[derive(Serialize)]
struct Prepared {
    prepared: bool,
}

pub(crate) fn run(registry: &Registry, init: &Init, output: &Output) -> Result<Exit, Failure> {
    match init.ids {
        Some(ids) => registry.init_with(ids.into())?,
        None => registry.init()?,
    }
    output.data(&Prepared { prepared: true }, || view::table([], []))?;
    output.say("the database is prepared");
    Ok(Exit::Done)
}
