//! What makes a folder none of migrations. Diesel takes some of it for migrations that do something else, passes over some, and
//! fails with the rest in the middle of a run.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::lint::split;

/// What is wrong with a file or folder.
#[derive(Debug, thiserror::Error)]
enum Malformed {
    #[error("`{}` is no folder", .0.display())]
    NoFolder(PathBuf),
    #[error("`{}` is a file, and each migration is a folder", .0.display())]
    File(PathBuf),
    #[error("`{}` has no `up.sql`", .0.display())]
    NoUp(PathBuf),
    #[error("the name of `{}` does not begin with a version", .0.display())]
    NoVersion(PathBuf),
    #[error("`{}` and `{}` have the same version, {version}", first.display(), second.display())]
    SameVersion {
        first: PathBuf,
        second: PathBuf,
        version: String,
    },
    #[error("`{}`, line {line}: {words}", file.display())]
    Metadata {
        file: PathBuf,
        line: usize,
        words: String,
    },
    #[error("`{}`, line {line}: this is not UTF-8", file.display())]
    NotUtf8 { file: PathBuf, line: usize },
    #[error("`{}` has no statement", .0.display())]
    Empty(PathBuf),
    #[error("cannot read `{}`", file.display())]
    Read { file: PathBuf, source: io::Error },
}

impl Malformed {
    fn unreadable(file: &Path) -> impl Fn(io::Error) -> Self {
        move |source| Self::Read {
            file: file.to_owned(),
            source,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NoFolder(_) => "it should be one, with a folder for each migration".to_owned(),
            Self::File(file) => {
                let up = file.with_extension("").join("up.sql");
                format!(
                    "move it to `{}`, or elsewhere if it is no migration",
                    up.display()
                )
            }
            Self::NoUp(_) => {
                "write what the migration does into that file, or remove the folder".to_owned()
            }
            Self::NoVersion(folder) => {
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                let name = name.trim_start_matches('_');
                format!("rename it, for example to `2026-01-31-120000_{name}`")
            }
            Self::SameVersion { .. } => {
                "only one of them would be applied: rename the one that was applied nowhere yet"
                    .to_owned()
            }
            Self::Metadata { .. } => {
                "it should say `run_in_transaction = true` or `run_in_transaction = false`"
                    .to_owned()
            }
            Self::NotUtf8 { .. } => "save it as UTF-8".to_owned(),
            Self::Empty(_) => {
                "write what the migration does into it; `SELECT 1;` does nothing".to_owned()
            }
            Self::Read { .. } => {
                "mend the link or the rights, or remove it if it is no migration".to_owned()
            }
        }
    }
}

impl From<Malformed> for Failure {
    fn from(error: Malformed) -> Self {
        let hint = error.hint();
        Self::new(Exit::Refused, error).hint(format!("{hint}; nothing was touched"))
    }
}

/// Refuses what is in the folders `global` and `tenant` in `dir`, if it is no migration. Returns whether there is either.
pub(crate) fn inspect(dir: &Path) -> Result<bool, Failure> {
    if !is_there(dir)? {
        return Ok(false);
    }
    let mut has_any = false;
    for part in ["global", "tenant"] {
        let part = dir.join(part);
        if is_there(&part)? {
            has_any = true;
            migrations(&part)?;
        }
    }
    Ok(has_any)
}

/// Whether a folder is there. A link that leads nowhere is not taken for a folder that is missing.
fn is_there(dir: &Path) -> Result<bool, Malformed> {
    match fs::symlink_metadata(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Malformed::unreadable(dir)(error)),
        Ok(_) => match fs::metadata(dir).map_err(Malformed::unreadable(dir))? {
            it if it.is_dir() => Ok(true),
            _ => Err(Malformed::NoFolder(dir.to_owned())),
        },
    }
}

fn migrations(part: &Path) -> Result<(), Malformed> {
    let unreadable = Malformed::unreadable(part);
    let entries = fs::read_dir(part).map_err(&unreadable)?;
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<io::Result<_>>().map_err(&unreadable)?;
    paths.sort();
    let mut versions: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_owned();
        if name.to_string_lossy().starts_with('.') || is_other_file(&path, &name)? {
            continue;
        }
        let version = migration(&path, &name)?;
        if let Some(first) = versions.insert(version.clone(), path.clone()) {
            return Err(Malformed::SameVersion {
                first,
                second: path,
                version,
            });
        }
    }
    Ok(())
}

/// Refuses migrations that are generated and not written yet: PostgreSQL would refuse them in the middle of a run.
pub(super) fn filled(part: &Path) -> Result<(), Failure> {
    for migration in super::migrations(part)? {
        let up = migration.join("up.sql");
        // Diesel passes over what is hidden.
        let name = migration.file_name().unwrap_or_default();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let has_statement = |text: String| split::statements(&text).next().is_some();
        if !text(&up).map(has_statement)? {
            return Err(Malformed::Empty(up).into());
        }
    }
    Ok(())
}

/// Whether it is a file that Diesel passes over, and that looks like nothing else: a README.
fn is_other_file(path: &Path, name: &OsStr) -> Result<bool, Malformed> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink());
    let found = fs::metadata(path).map_err(Malformed::unreadable(path))?;
    if found.is_dir() {
        return Ok(false);
    }
    let name = name.to_string_lossy();
    let is_like_one = name.starts_with(|char: char| char.is_ascii_digit())
        || Path::new(&*name).extension().is_some_and(|it| it == "sql");
    // A link Diesel does not pass over.
    if is_like_one || is_link {
        return Err(Malformed::File(path.to_owned()));
    }
    Ok(true)
}

/// Returns the version of a migration.
fn migration(folder: &Path, name: &OsStr) -> Result<String, Malformed> {
    let up = folder.join("up.sql");
    if fs::symlink_metadata(&up).is_err_and(|it| it.kind() == ErrorKind::NotFound) {
        return Err(Malformed::NoUp(folder.to_owned()));
    }
    // As Diesel reads it.
    let version = name.to_str().and_then(|it| it.split('_').next());
    let version = version.unwrap_or_default().replace('-', "");
    if !version.contains(|char: char| char.is_ascii_digit()) {
        return Err(Malformed::NoVersion(folder.to_owned()));
    }
    if text(&up)?.is_empty() {
        return Err(Malformed::Empty(up));
    }
    for (name, is_metadata) in [("down.sql", false), ("metadata.toml", true)] {
        let file = folder.join(name);
        if fs::symlink_metadata(&file).is_err_and(|it| it.kind() == ErrorKind::NotFound) {
            continue;
        }
        let text = text(&file)?;
        if is_metadata {
            metadata(&file, &text)?;
        }
    }
    Ok(version)
}

/// Diesel takes a file that it does not understand for none.
fn metadata(file: &Path, text: &str) -> Result<(), Malformed> {
    #[derive(serde::Deserialize)]
    struct Metadata {
        #[serde(default, rename = "run_in_transaction")]
        _run_in_transaction: bool,
    }
    let Err(error) = toml::from_str::<Metadata>(text) else {
        return Ok(());
    };
    let before = error.span().and_then(|span| text.get(..span.start));
    Err(Malformed::Metadata {
        file: file.to_owned(),
        line: line(before.unwrap_or_default().as_bytes()),
        words: error.message().to_owned(),
    })
}

fn text(file: &Path) -> Result<String, Malformed> {
    let unreadable = Malformed::unreadable(file);
    // To read what is no file may take for ever.
    if !fs::metadata(file).map_err(&unreadable)?.is_file() {
        return Err(unreadable(io::Error::other("it is no file")));
    }
    let bytes = fs::read(file).map_err(&unreadable)?;
    String::from_utf8(bytes).map_err(|error| Malformed::NotUtf8 {
        file: file.to_owned(),
        line: line(&error.as_bytes()[..error.utf8_error().valid_up_to()]),
    })
}

/// The line in which the text after `before` begins.
fn line(before: &[u8]) -> usize {
    before.iter().filter(|it| **it == b'\n').count() + 1
}
