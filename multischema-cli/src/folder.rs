//! The folders of migrations.

use std::fs;
use std::path::{Path, PathBuf};

use diesel_migrations::{FileBasedMigrations, MigrationError};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::lint::{self, Finding, Names};

mod inspect;

pub(crate) use inspect::inspect;

/// A folder with the folders `global` and `tenant`, either of which may be missing.
pub(crate) struct Folder {
    dir: PathBuf,
}

/// One file of a migration, and what is wrong with it.
pub(crate) struct Linted {
    pub(crate) file: PathBuf,
    pub(crate) findings: Vec<Finding>,
}

/// Why a folder is none of migrations.
#[derive(Debug, thiserror::Error)]
enum FolderError {
    #[error("`{}` should hold the folders `global` and `tenant`, and holds neither", .0.display())]
    Neither(PathBuf),
    #[error("`{}` is no folder of migrations", file.display())]
    Malformed {
        file: PathBuf,
        source: MigrationError,
    },
    #[error("cannot read `{}`", file.display())]
    Read {
        file: PathBuf,
        source: std::io::Error,
    },
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        let is_none = matches!(error, FolderError::Neither(_));
        let failure = Self::new(Exit::Refused, error);
        if is_none {
            return failure.hint("name the folder by `--dir FOLDER`, or begin by `multischema migrate generate NAME`");
        }
        failure
    }
}

impl Folder {
    /// Fails if there is no folder of migrations, or what is in it are none.
    pub(crate) fn open(dir: PathBuf) -> Result<Self, Failure> {
        if inspect(&dir)? {
            return Ok(Self { dir });
        }
        Err(FolderError::Neither(dir).into())
    }

    /// The migrations in `global` or `tenant`; none if the folder is missing.
    pub(crate) fn source(&self, part: &str) -> Result<Source, Failure> {
        let file = self.dir.join(part);
        if !file.is_dir() {
            return Ok(Source(None));
        }
        inspect::filled(&file)?;
        match FileBasedMigrations::from_path(&file) {
            Ok(source) => Ok(Source(Some(source))),
            Err(source) => Err(FolderError::Malformed { file, source }.into()),
        }
    }

    /// What is wrong with the texts of all migrations. `schemata` are those that all share.
    pub(crate) fn lint(
        &self,
        unique_ids: bool,
        schemata: &[String],
    ) -> Result<Vec<Linted>, Failure> {
        let mut names = Names::default();
        for schema in schemata {
            names.add_schema(schema);
        }
        let mut texts = Vec::new();
        for (part, folder) in [
            ("global", lint::Folder::Global),
            ("tenant", lint::Folder::Tenant),
        ] {
            for migration in migrations(&self.dir.join(part))? {
                let in_transaction = in_transaction(&migration)?;
                for name in ["up.sql", "down.sql"] {
                    let file = migration.join(name);
                    if !file.is_file() {
                        continue;
                    }
                    let text = read(&file)?;
                    if name == "up.sql" {
                        names.add(folder, &text);
                    }
                    let migration = lint::Migration {
                        folder,
                        in_transaction,
                        unique_ids,
                    };
                    texts.push((file, text, migration));
                }
            }
        }
        let linted = texts.into_iter().map(|(file, text, migration)| {
            let findings = lint::check(&text, migration, &names);
            Linted { file, findings }
        });
        Ok(linted.collect())
    }
}

/// The folders in a folder, by name.
fn migrations(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let unreadable = |source| FolderError::Read {
        file: dir.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// What a migration's `metadata.toml` says of transactions.
fn in_transaction(migration: &Path) -> Result<bool, Failure> {
    let file = migration.join("metadata.toml");
    if !file.is_file() {
        return Ok(true);
    }
    let metadata: toml::Table = match toml::from_str(&read(&file)?) {
        Ok(metadata) => metadata,
        Err(error) => {
            let error = format!("`{}`: {}", file.display(), error.message());
            return Err(Failure::new(Exit::Refused, error));
        }
    };
    // Diesel takes a file that does not say it for one that says no.
    let setting = metadata.get("run_in_transaction");
    Ok(setting.and_then(toml::Value::as_bool).unwrap_or(false))
}

fn read(file: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|source| {
        let file = file.to_owned();
        FolderError::Read { file, source }.into()
    })
}

/// Migrations of a folder that may be missing.
#[derive(Clone)]
pub(crate) struct Source(Option<FileBasedMigrations>);

impl diesel::migration::MigrationSource<diesel::pg::Pg> for Source {
    fn migrations(
        &self,
    ) -> diesel::migration::Result<Vec<Box<dyn diesel::migration::Migration<diesel::pg::Pg>>>> {
        match &self.0 {
            Some(source) => source.migrations(),
            None => Ok(Vec::new()),
        }
    }
}
