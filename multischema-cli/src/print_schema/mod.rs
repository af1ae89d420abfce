//! Writing the tables as Diesel's macros declare them.

mod file;
mod names;
mod scratch;
mod table;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
use crate::output::Output;
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
    let dir = config.dir(command.dir.as_deref());
    let folder = Folder::open(dir)?;
    if let Some(word) = config.shared_names().iter().find(|it| names::is_word(it)) {
        let error =
            format!("the schema `{word}` is a word of Rust, and Diesel cannot name a table in it");
        return Err(Failure::new(Exit::Refused, error).hint("give it another name"));
    }
    let migrator = Migrator::new(folder.source("global")?, folder.source("tenant")?);
    let tables = read(url, &migrator.shared(config.shared()), config)?;
    for name in &tables.keyless {
        output.say(&format!(
            "`{name}` has no primary key, and is left out: declare it by hand"
        ));
    }
    let files = Files::from(&tables);
    let Some(out) = &command.out else {
        return output.text(&files, &files.together());
    };
    let files = [("global.rs", files.global), ("tenant.rs", files.tenant)];
    let files = files.map(|(name, text)| (out.join(name), text));
    write(out, &files).map_err(|error| {
        let error = format!(
            "the files in `{}` cannot be written: {error}",
            out.display()
        );
        Failure::new(Exit::Failed, error)
    })?;
    let files: Vec<String> = files
        .iter()
        .map(|(file, _)| file.display().to_string())
        .collect();
    let table = || view::table(["file"], files.iter().map(|file| [file.clone()]));
    let written = Written {
        files: files.clone(),
    };
    output.data(&written, table)?;
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

/// Writes files, each as a whole, and all or none as far as that is known before. One that is so already is left alone: who builds
/// when it changes has nothing to do then.
fn write(folder: &Path, files: &[(PathBuf, String)]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let is_other = |(file, text): &&(PathBuf, String)| {
        !fs::read_to_string(file).is_ok_and(|found| found == *text)
    };
    let others: Vec<_> = files.iter().filter(is_other).collect();
    let beside = |file: &Path| file.with_extension("rs.new");
    let written = others
        .iter()
        .try_for_each(|(file, text)| fs::write(beside(file), text));
    let written = written.and_then(|()| {
        others
            .iter()
            .try_for_each(|(file, _)| fs::rename(beside(file), file))
    });
    if written.is_err() {
        for (file, _) in others {
            // Those that there are.
            let _ = fs::remove_file(beside(file));
        }
    }
    written
}
