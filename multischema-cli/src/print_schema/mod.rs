//! Writing the tables as Diesel's macros declare them.

mod file;
mod names;
mod scratch;
mod table;

use std::fs;
use std::io;
use std::path::Path;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use multischema::{Ids, Migrator, SchemaName};
use serde::Serialize;

use self::file::Files;
use self::scratch::Scratch;
use self::table::Tables;
use crate::args::PrintSchema;
use crate::config::Config;
use crate::connect;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::output::{self, Output};
use crate::view;

/// What was written.
#[derive(Serialize)]
struct Written {
    files: Vec<String>,
}

pub(crate) fn run(
    url: &str,
    command: &PrintSchema,
    config: &Config,
    output: &Output,
) -> Result<Exit, Failure> {
    let folder = Folder::open(config.dir(command.dir.as_deref()))?;
    let migrator = Migrator::new(folder.source("global")?, folder.source("tenant")?);
    let tables = read(url, &migrator.shared(config.shared()), config)?;
    for name in &tables.keyless {
        output.say(&format!(
            "`{name}` has no primary key, and is left out: declare it by hand"
        ));
    }
    let files = Files::from(&tables);
    let Some(out) = &command.out else {
        let written = output::write(&files.together());
        written.map_err(|error| Failure::new(Exit::Failed, error))?;
        return Ok(Exit::Done);
    };
    let mut written = Vec::new();
    for (name, text) in [("global.rs", &files.global), ("tenant.rs", &files.tenant)] {
        let file = out.join(name);
        write(out, &file, text).map_err(|error| {
            let error = format!("`{}` cannot be written: {error}", file.display());
            Failure::new(Exit::Failed, error)
        })?;
        written.push(file.display().to_string());
    }
    let table = || view::table(["file"], written.iter().map(|file| [file.clone()]));
    output.data(
        &Written {
            files: written.clone(),
        },
        table,
    )?;
    Ok(Exit::Done)
}

/// Runs the migrations in a database of their own, and reads what they have made.
fn read(url: &str, migrator: &Migrator, config: &Config) -> Result<Tables, Failure> {
    let scratch = Scratch::new(url)?;
    // What ids are unique among makes no difference to a table's columns, and this refuses none.
    connect::registry(scratch.url(), config.shared())?.init_with(Ids::PerSchema)?;
    let report = migrator.run(scratch.url())?;
    if !report.is_ok() {
        return Err(Failure::new(Exit::Failed, report.to_string()));
    }
    let mut shared = config.shared_names().to_vec();
    if shared.is_empty() {
        shared.push("public".to_owned());
    }
    let pg = PgConnection::establish(scratch.url());
    let mut pg = pg.map_err(|_| Failure::new(Exit::Failed, "the scratch database went away"))?;
    let tables = Tables::read(&mut pg, SchemaName::TEMPLATE, &shared);
    tables.map_err(|error| Failure::new(Exit::Failed, error))
}

/// Writes a file as a whole, if it is not so already: who builds when it changes has nothing to do then.
fn write(folder: &Path, file: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(file).is_ok_and(|found| found == text) {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    let beside = file.with_extension("rs.new");
    fs::write(&beside, text)?;
    fs::rename(beside, file)
}
