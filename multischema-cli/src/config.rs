//! Where the URL of the database comes from.

use std::env::{self, VarError};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::args::Common;

/// Taken if it is there.
const DEFAULT_FILE: &str = "multischema.toml";
const VARIABLE: &str = "DATABASE_URL";

/// The file of settings. It has no `Debug`, as there may be a password in the URL.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Config {
    database_url: Option<String>,
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

/// The flag's, or else the environment's, or else the file's. The file is read in any case, so that a mistake in it shows.
pub(crate) fn database_url(common: &Common) -> Result<String, ConfigError> {
    let config = read(common.config.as_deref())?;
    if let Some(url) = &common.database_url {
        return Ok(url.clone());
    }
    match env::var(VARIABLE) {
        Ok(url) if !url.is_empty() => return Ok(url),
        Ok(_) | Err(VarError::NotPresent) => {}
        Err(VarError::NotUnicode(_)) => return Err(ConfigError::NotUnicode),
    }
    config.database_url.ok_or(ConfigError::NoUrl)
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
    let file = file.to_owned();
    // What `toml` displays repeats the line. Its message alone does not.
    let config: Config = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        ConfigError::Syntax {
            file: file.clone(),
            line: before.unwrap_or_default().matches('\n').count() + 1,
            words: error.message().to_owned(),
        }
    })?;
    if config.database_url.as_deref() == Some("") {
        return Err(ConfigError::Empty { file });
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_in_the_file_is_named_and_the_password_in_it_is_not() {
        let cases = [
            (
                "# ours\ndatabase_ulr = 'postgres://me:secret@h/db'\n",
                "line 2: unknown field `database_ulr`, expected `database_url`",
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
                "invalid type: sequence, expected a string",
            ),
            (
                "database_url = 'a'\ndatabase_url = 'secret'",
                "duplicate key",
            ),
            ("database_url = ''", "`database_url` is empty"),
        ];
        for (text, expected) in cases {
            let error = parse(Path::new("x.toml"), text).err().unwrap().to_string();
            assert!(error.contains(expected), "for {text:?}: {error}");
            assert!(error.starts_with("x.toml"), "for {text:?}: {error}");
            assert!(!error.contains("secret"), "for {text:?}: {error}");
        }
    }
}
