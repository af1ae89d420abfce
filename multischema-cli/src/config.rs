//! Where the URL of the database and other settings come from.

use std::env::{self, VarError};
use std::fs;
use std::io::{self, ErrorKind};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use multischema::{InvalidSchemaName, SharedSchemata};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::args::Common;

/// Taken if it is there.
const DEFAULT_FILE: &str = "multischema.toml";
const VARIABLE: &str = "DATABASE_URL";

/// The file of settings. It has no `Debug`, as there may be a password in the URL.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    database_url: Option<String>,
    /// The folder of migrations.
    dir: Option<PathBuf>,
    /// How many schemata are worked on at once.
    jobs: Option<NonZeroUsize>,
    /// The schemata that all share.
    #[serde(default)]
    shared: Shared,
}

/// Schemata, and their names.
#[derive(Deserialize, Default)]
#[serde(try_from = "Vec<String>")]
struct Shared(SharedSchemata, Vec<String>);

impl TryFrom<Vec<String>> for Shared {
    type Error = InvalidSchemaName;

    fn try_from(names: Vec<String>) -> Result<Self, Self::Error> {
        let schemata = SharedSchemata::new(names.iter().map(String::as_str))?;
        Ok(Self(schemata, names))
    }
}

/// Why there is no URL. Nothing of the file's text is in it, as there may be a password in that.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error(
        "no database was named; set the environment variable DATABASE_URL, or `database_url` in {DEFAULT_FILE}, or use `--database-url`"
    )]
    NoUrl,
    #[error("the environment variable {VARIABLE} is not valid UTF-8")]
    NotUnicode,
    #[error("the file `.env` cannot be read: each of its lines should be `NAME=value`")]
    Dotenv,
    #[error("cannot read {}", file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("{}, line {line}: {words}", file.display())]
    Syntax {
        file: PathBuf,
        line: usize,
        words: String,
    },
    #[error("{}: `database_url` is empty", file.display())]
    Empty { file: PathBuf },
}

impl Config {
    /// Reads the file that was named, or else that of this folder.
    pub(crate) fn of(common: &Common) -> Result<Self, ConfigError> {
        read(common.config.as_deref())
    }

    /// The flag's, or else the environment's, or else that of `.env`, or else the file's.
    pub(crate) fn database_url(&self, common: &Common) -> Result<String, ConfigError> {
        if let Some(url) = &common.database_url {
            return Ok(url.clone());
        }
        match env::var(VARIABLE) {
            Ok(url) if !url.is_empty() => return Ok(url),
            Ok(_) | Err(VarError::NotPresent) => {}
            Err(VarError::NotUnicode(_)) => return Err(ConfigError::NotUnicode),
        }
        if let Some(url) = dotenv()? {
            return Ok(url);
        }
        self.database_url.clone().ok_or(ConfigError::NoUrl)
    }

    /// The folder of migrations: the flag's, or else the file's, or else `migrations`.
    pub(crate) fn dir(&self, flag: Option<&Path>) -> PathBuf {
        let dir = flag.or(self.dir.as_deref());
        dir.unwrap_or(Path::new("migrations")).to_owned()
    }

    pub(crate) fn jobs(&self, flag: Option<u16>) -> Option<usize> {
        flag.map(usize::from).or(self.jobs.map(NonZeroUsize::get))
    }

    /// The schemata that all share.
    pub(crate) fn shared(&self) -> SharedSchemata {
        self.shared.0.clone()
    }

    pub(crate) fn shared_names(&self) -> &[String] {
        &self.shared.1
    }
}

/// The URL in the file `.env` of this folder or of one above it, as other programs of Diesel's read it. The environment is left
/// as it is.
fn dotenv() -> Result<Option<String>, ConfigError> {
    let pairs = match dotenvy::dotenv_iter() {
        Ok(pairs) => pairs,
        Err(dotenvy::Error::Io(error)) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(_) => return Err(ConfigError::Dotenv),
    };
    for pair in pairs {
        // What it says of a line repeats the line.
        let (name, value) = pair.map_err(|_| ConfigError::Dotenv)?;
        if name == VARIABLE && !value.is_empty() {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

fn read(chosen: Option<&Path>) -> Result<Config, ConfigError> {
    let file = chosen.unwrap_or(Path::new(DEFAULT_FILE));
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if chosen.is_none() && error.kind() == ErrorKind::NotFound => {
            return Ok(Config::default());
        }
        Err(source) => {
            let file = file.to_owned();
            return Err(ConfigError::Read { file, source });
        }
    };
    parse(file, &text)
}

fn parse(file: &Path, text: &str) -> Result<Config, ConfigError> {
    let config: Config = parse_toml(file, text)?;
    if config.database_url.as_deref() == Some("") {
        let file = file.to_owned();
        return Err(ConfigError::Empty { file });
    }
    Ok(config)
}

/// Reads another file in TOML, in which there may be a secret, too.
pub(crate) fn read_toml<T: DeserializeOwned>(file: &Path) -> Result<T, ConfigError> {
    let text = fs::read_to_string(file).map_err(|source| ConfigError::Read {
        file: file.to_owned(),
        source,
    })?;
    parse_toml(file, &text)
}

fn parse_toml<T: DeserializeOwned>(file: &Path, text: &str) -> Result<T, ConfigError> {
    // What `toml` displays repeats the line. Its message alone does not, but for a value that is none.
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        ConfigError::Syntax {
            file: file.to_owned(),
            line: before.unwrap_or_default().matches('\n').count() + 1,
            words: without_values(error.message()),
        }
    })
}

/// What was expected, without the value that is there instead: a key that is in the wrong place may be one that is secret.
fn without_values(message: &str) -> String {
    let begins = ["invalid type: ", "invalid value: ", "unknown variant "];
    let has_value = begins.iter().any(|it| message.starts_with(it));
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if has_value => format!("expected {expected}"),
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_the_file_is_named_and_the_password_in_it_is_not() {
        let cases = [
            (
                "# ours\ndatabase_ulr = 'postgres://me:secret@h/db'\n",
                "line 2: unknown field `database_ulr`, expected one of `database_url`",
            ),
            ("database_url = postgres://me:secret@h/db", "line 1: "),
            ("database_url = 'postgres://me:secret@h/db", "line 1: "),
            (
                "database_url = \"postgres://me:secret\\q@h/db\"",
                "line 1: ",
            ),
            ("postgres://me:secret@h/db", "line 1: "),
            ("\n[database_url]\nsecret = 1", "line 2: "),
            (
                "database_url = ['postgres://me:secret@h/db']",
                "line 1: expected a string",
            ),
            (
                "database_url = 'a'\ndatabase_url = 'secret'",
                "duplicate key",
            ),
            ("database_url = ''", "`database_url` is empty"),
            ("jobs = 0", "line 1: "),
            ("\njobs = 'secret'", "line 2: expected a nonzero usize"),
            ("shared = ['public', '$user']", "line 1: "),
        ];
        for (text, expected) in cases {
            let error = parse(Path::new("x.toml"), text).err().unwrap().to_string();
            assert!(error.contains(expected), "for {text:?}: {error}");
            assert!(error.starts_with("x.toml"), "for {text:?}: {error}");
            assert!(!error.contains("secret"), "for {text:?}: {error}");
        }
    }
}
