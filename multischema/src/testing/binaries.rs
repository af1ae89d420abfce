//! The programs of PostgreSQL, and where they are looked for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use super::ServerError;
use super::account::Account;

/// A folder whose `postgres` and `initdb` run under the account of the server.
#[derive(Clone, Debug)]
pub(super) struct Binaries {
    folder: PathBuf,
    version: String,
}

impl Binaries {
    pub(super) fn find(account: Account) -> Result<Self, ServerError> {
        Search::from_env().run(account)
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    /// Returns what tells these programs from others: where they really are, and their version.
    pub(super) fn identity(&self) -> (PathBuf, &str) {
        let postgres = self.postgres();
        (postgres.canonicalize().unwrap_or(postgres), &self.version)
    }

    /// Runs the programs in `folder` to see whether they can be used.
    fn try_out(folder: &Path, account: Account) -> io::Result<Self> {
        let version = version_line(folder, "postgres", account)?;
        version_line(folder, "initdb", account)?;
        Ok(Self {
            folder: folder.to_owned(),
            version,
        })
    }
}

fn version_line(folder: &Path, program: &str, account: Account) -> io::Result<String> {
    let output = account
        .command(folder.join(program))
        .arg("--version")
        .output()
        .map_err(|error| io::Error::new(error.kind(), format!("`{program}`: {error}")))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!(
            "`{program} --version` ended with {}: {}",
            output.status,
            stderr.trim()
        )));
    }
    let stdout = String::from_utf8_lossy(&output.stdout);
    Ok(stdout.trim().to_owned())
}

/// Where to look for the programs.
#[derive(Debug, Default)]
struct Search {
    /// The folder to take without a search.
    chosen: Option<PathBuf>,
    /// Folders, best first.
    folders: Vec<PathBuf>,
    /// Places with a folder per version, best first.
    places: Vec<Place>,
}

impl Search {
    fn from_env() -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let mut places = vec![
            Place::new("/usr/lib/postgresql", ""),
            Place::new("/usr", "pgsql-"),
            Place::new("/opt/homebrew/opt", "postgresql@"),
            Place::new("/usr/local/opt", "postgresql@"),
        ];
        let cache = set("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(set("HOME")?).join(".cache")));
        places.extend(cache.map(|cache| Place::new(cache.join("multischema"), "postgresql-")));
        places.push(Place::new("/var/cache/multischema", "postgresql-"));

        Self {
            chosen: set("MULTISCHEMA_PG_BIN").map(PathBuf::from),
            folders: folders_of(set("PATH")),
            places,
        }
    }

    fn run(&self, account: Account) -> Result<Binaries, ServerError> {
        if let Some(folder) = &self.chosen {
            // The programs run in another folder than this process.
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            return Binaries::try_out(&folder, account)
                .map_err(|source| ServerError::UnusableBinaries { folder, source });
        }

        let mut first_error = None;
        for folder in self.candidates() {
            match Binaries::try_out(&folder, account) {
                Ok(binaries) => return Ok(binaries),
                Err(source) => {
                    first_error.get_or_insert(ServerError::UnusableBinaries { folder, source });
                }
            }
        }
        Err(first_error.unwrap_or(ServerError::NoBinaries))
    }

    /// Returns the folders that hold the programs, best first.
    fn candidates(&self) -> impl Iterator<Item = PathBuf> {
        let by_version = self.places.iter().flat_map(Place::folders);
        self.folders
            .iter()
            .cloned()
            .chain(by_version)
            .filter(|folder| folder.join("postgres").is_file() && folder.join("initdb").is_file())
    }
}

/// Returns the folders of `PATH`, without those that depend on where this process is.
fn folders_of(path: Option<OsString>) -> Vec<PathBuf> {
    env::split_paths(&path.unwrap_or_default())
        .filter(|folder| folder.is_absolute())
        .collect()
}

/// A folder with one folder per version, named by a prefix and the version.
#[derive(Debug)]
struct Place {
    parent: PathBuf,
    prefix: &'static str,
}

impl Place {
    fn new(parent: impl Into<PathBuf>, prefix: &'static str) -> Self {
        Self {
            parent: parent.into(),
            prefix,
        }
    }

    /// Returns the folders of programs in this place, the highest version first.
    fn folders(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.parent).into_iter().flatten().flatten();
        let mut versions: Vec<_> = entries
            .filter_map(|entry| {
                let version = version(entry.file_name().to_str()?.strip_prefix(self.prefix)?)?;
                Some((version, entry.path().join("bin")))
            })
            .collect();
        versions.sort_unstable();
        versions.into_iter().rev().map(|(_, bin)| bin).collect()
    }
}

/// Reads a version as numbers, so that 9.6 comes before 15.
fn version(text: &str) -> Option<Vec<u32>> {
    text.split('.').map(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests;
