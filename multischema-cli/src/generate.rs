//! Making an empty migration.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use chrono::{TimeDelta, Utc};
use serde::Serialize;

use crate::args::Generate;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::folder::{self, Folder};
use crate::lint::Severity;
use crate::output::Output;
use crate::view;

/// What was made.
#[derive(Serialize)]
struct Made {
    files: Vec<String>,
}

pub(crate) fn run(generate: &Generate, config: &Config, output: &Output) -> Result<Exit, Failure> {
    let name = &generate.name;
    let is_plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    if name.is_empty() || !name.chars().all(is_plain) {
        let error =
            format!("`{name}` is no name for a migration: it has small letters, digits and `_`");
        let hint = "for example `multischema migrate generate add_notes`";
        return Err(Failure::new(Exit::Refused, error).hint(hint));
    }
    let dir = config.dir(generate.dir.as_deref());
    folder::inspect(&dir)?;
    let part = if generate.global { "global" } else { "tenant" };
    let version = version(&dir.join(part));
    let migration = dir.join(part).join(format!("{version}_{name}"));
    let made = make(&migration, part);
    let files = made.map_err(|error| {
        let error = format!("`{}` cannot be made: {error}", migration.display());
        Failure::new(Exit::Failed, error)
    })?;
    output.data(
        &Made {
            files: files.clone(),
        },
        || view::table(["file"], files.into_iter().map(|file| [file])),
    )?;
    // What the database says of ids is not known here; by default they are unique.
    let linted = Folder::open(dir)?.lint(true, &[])?;
    for linted in linted {
        for finding in linted
            .findings
            .iter()
            .filter(|it| it.severity != Severity::Info)
        {
            output.say(&format!("{}: {finding}", linted.file.display()));
        }
    }
    Ok(Exit::Done)
}

/// The time as a version, or the first second after it that is none of another migration yet.
fn version(folder: &Path) -> String {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names: Vec<_> = entries.map(|it| it.file_name()).collect();
    let mut time = Utc::now();
    loop {
        let version = time.format("%Y-%m-%d-%H%M%S").to_string();
        // As Diesel reads it.
        let plain = version.replace('-', "");
        let is_taken = |name: &OsString| {
            let name = name.to_string_lossy();
            name.split('_').next().unwrap_or_default().replace('-', "") == plain
        };
        if !names.iter().any(is_taken) {
            return version;
        }
        time += TimeDelta::seconds(1);
    }
}

fn make(migration: &Path, part: &str) -> std::io::Result<Vec<String>> {
    let scope = if part == "global" {
        "Runs once, in `public`."
    } else {
        "Runs in the template and in every schema: name none of them."
    };
    // The folders above may be there, and this one may not.
    if let Some(above) = migration.parent() {
        fs::create_dir_all(above)?;
    }
    fs::create_dir(migration)?;
    let mut files = Vec::new();
    for (name, text) in [
        ("up.sql", format!("-- {scope}\n")),
        ("down.sql", "-- Undoes `up.sql`.\n".to_owned()),
    ] {
        let file = migration.join(name);
        fs::write(&file, text)?;
        files.push(file.display().to_string());
    }
    Ok(files)
}
