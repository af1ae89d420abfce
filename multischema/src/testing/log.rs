//! The log of a throw-away server.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::process::Stdio;

/// How much of a log an error shows, in bytes.
const TAIL: u64 = 4096;

/// What the programs of one throw-away server write.
#[derive(Debug)]
pub(super) struct Log(File);

impl Log {
    /// Creates the log, never following a link: this process may be root's, while the folder is of
    /// the server's account.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let file = File::options()
            .read(true)
            .append(true)
            .create_new(true)
            .open(path)?;
        Ok(Self(file))
    }

    /// Returns the log as the output of a program.
    pub(super) fn output(&self) -> io::Result<Stdio> {
        Ok(self.0.try_clone()?.into())
    }

    /// Returns the last lines.
    pub(super) fn tail(&self) -> String {
        self.try_tail()
            .unwrap_or_else(|error| format!("(the log cannot be read: {error})"))
    }

    fn try_tail(&self) -> io::Result<String> {
        let mut file = &self.0;
        let start = file.metadata()?.len().saturating_sub(TAIL);
        file.seek(SeekFrom::Start(start))?;
        let mut tail = Vec::new();
        file.take(TAIL).read_to_end(&mut tail)?;

        let tail = String::from_utf8_lossy(&tail);
        let whole_lines = match tail.split_once('\n') {
            Some((_, rest)) if start > 0 => rest,
            _ => &tail,
        };
        Ok(whole_lines.trim_end().to_owned())
    }
}
