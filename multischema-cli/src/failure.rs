//! Why a command ends otherwise than with what was asked for.

use std::error::Error;

use multischema::{CreateError, DriftError, InitError, MigrateError, RegistryError};

use crate::config::ConfigError;
use crate::connect::ConnectError;
use crate::exit::Exit;

/// An error, what to do about it if the program knows, and what the shell is told.
#[derive(Debug)]
pub(crate) struct Failure {
    error: Box<dyn Error>,
    hint: Option<String>,
    exit: Exit,
}

impl Failure {
    pub(crate) fn new(exit: Exit, error: impl Into<Box<dyn Error>>) -> Self {
        Self {
            error: error.into(),
            hint: None,
            exit,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// The error with all its causes, a line for each, and the hint.
    pub(crate) fn lines(&self) -> String {
        let mut text = format!("error: {}", indented(&self.error.to_string()));
        for cause in causes(self.error.as_ref()) {
            text.push_str(&format!("\n  caused by: {}", indented(&cause)));
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("\n  hint: {hint}"));
        }
        text
    }

    /// The error with all its causes, in one line.
    pub(crate) fn line(&self) -> String {
        line(self.error.as_ref())
    }

    pub(crate) fn init_first(self) -> Self {
        self.hint("prepare the database by `multischema init`")
    }
}

/// The error with all its causes, in one line.
pub(crate) fn line(error: &dyn Error) -> String {
    let mut line = error.to_string();
    for cause in causes(error) {
        line = format!("{line}: {cause}");
    }
    line
}

fn causes(error: &dyn Error) -> impl Iterator<Item = String> {
    let sources = std::iter::successors(error.source(), |&error| error.source());
    sources.map(ToString::to_string)
}

/// What PostgreSQL says may have several lines.
fn indented(words: &str) -> String {
    words.trim_end().replace('\n', "\n    ")
}

impl From<RegistryError> for Failure {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::NotInstalled { .. } => Self::new(Exit::Failed, error).init_first(),
            RegistryError::InvalidLabel { .. }
            | RegistryError::InvalidUser { .. }
            | RegistryError::InvalidRole { .. }
            | RegistryError::Template => Self::new(Exit::Refused, error),
            _ => Self::new(Exit::Failed, error),
        }
    }
}

impl From<CreateError> for Failure {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::NotInstalled { .. } => Self::new(Exit::Failed, error).init_first(),
            CreateError::InvalidLabel { .. }
            | CreateError::Template
            | CreateError::Shared { .. } => Self::new(Exit::Refused, error),
            _ => Self::new(Exit::Failed, error),
        }
    }
}

impl From<MigrateError> for Failure {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::UnknownSchemata { .. } => Self::new(Exit::Refused, error)
                .hint("`multischema schema list` shows those that there are; nothing was touched"),
            MigrateError::Behind { .. } => Self::new(Exit::Refused, error)
                .hint("apply it by `multischema migrate run`; nothing was touched"),
            MigrateError::Busy { .. } => Self::new(Exit::Failed, error)
                .hint("let the other finish, or wait longer by `--lock-timeout SECONDS`"),
            _ => Self::new(Exit::Failed, error),
        }
    }
}

impl From<DriftError> for Failure {
    fn from(error: DriftError) -> Self {
        Self::new(Exit::Failed, error)
    }
}

impl From<InitError> for Failure {
    fn from(error: InitError) -> Self {
        Self::new(Exit::Failed, error)
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        if error.is_malformed() {
            return Self::new(Exit::Refused, error);
        }
        Self::new(Exit::Failed, error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Refused, error)
    }
}
