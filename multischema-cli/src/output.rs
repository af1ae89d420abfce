//! Data goes to standard output, words for people to standard error.

use std::io::{self, ErrorKind, IsTerminal, Write};

use comfy_table::Table;
use serde::Serialize;

use crate::args::{Common, Format};
use crate::exit::Exit;
use crate::failure::Failure;

/// How what a command has to say is written.
pub(crate) struct Output {
    format: Format,
    is_quiet: bool,
    shows_progress: bool,
}

impl Output {
    pub(crate) fn new(common: &Common) -> Self {
        Self {
            format: common.format,
            is_quiet: common.quiet,
            shows_progress: !common.quiet && !common.no_progress && io::stderr().is_terminal(),
        }
    }

    pub(crate) fn shows_progress(&self) -> bool {
        self.shows_progress
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }

    /// Writes text for a file, or one JSON document that has it.
    pub(crate) fn text(&self, json: &impl Serialize, text: &str) -> Result<Exit, Failure> {
        let written = match self.format {
            Format::Json => return self.data(json, Table::new).map(|()| Exit::Done),
            Format::Table => write(text),
        };
        written.map_err(|error| Failure::new(Exit::Failed, error))?;
        Ok(Exit::Done)
    }

    /// Writes data: as one JSON document, or as a table, if that has any rows.
    pub(crate) fn data(
        &self,
        json: &impl Serialize,
        table: impl FnOnce() -> Table,
    ) -> Result<(), Failure> {
        let text = match self.format {
            Format::Json => serde_json::to_string_pretty(json).map_err(io::Error::from),
            Format::Table => {
                let table = table();
                if table.is_empty() {
                    return Ok(());
                }
                Ok(table.to_string())
            }
        };
        let written = text.and_then(|text| write(&format!("{text}\n")));
        written.map_err(|error| unwritten(&error))
    }

    /// Tells people what was done.
    pub(crate) fn say(&self, words: &str) {
        if !self.is_quiet {
            say(words);
        }
    }

    /// Tells people what went wrong.
    #[expect(
        clippy::unused_self,
        reason = "errors are written alike in all formats, and are never silenced"
    )]
    pub(crate) fn error(&self, failure: &Failure) {
        say(&failure.lines());
    }
}

/// Writes to standard output. Who has read enough closes the pipe, and that is no failure.
pub(crate) fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    match written.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// That something was done, and could not be told.
pub(crate) fn unwritten(error: &io::Error) -> Failure {
    let error = format!("what was done could not be written to standard output: {error}");
    Failure::new(Exit::Failed, error)
}

/// Writes a line to standard error. If that is gone, there is nobody to tell.
pub(crate) fn say(words: &str) {
    let _ = writeln!(io::stderr(), "{words}");
}
