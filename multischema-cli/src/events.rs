//! What happens in a run, for programs: a line of JSON for each event.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use multischema::FleetEvent;
use serde::Serialize;

use crate::failure::Failure;
use crate::migrate::Report;
use crate::output;

/// The last line.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Last<'a> {
    /// What came of the run.
    Report(&'a Report<'a>),
    /// There is no report, as it failed before the first schema.
    Failed { error: String },
}

/// Writes lines to standard output, each when it happens.
#[derive(Default)]
pub(crate) struct Lines {
    /// What keeps them from being written. The run goes on, and nothing is written after a gap.
    unwritten: Mutex<Option<io::Error>>,
}

impl Lines {
    pub(crate) fn hear(&self, event: &FleetEvent) {
        self.write(event);
    }

    /// Ends them with the report.
    pub(crate) fn end(&self, report: &Report<'_>) -> Result<(), Failure> {
        self.write(&Last::Report(report));
        match self.lock().take() {
            Some(error) => Err(output::unwritten(&error)),
            None => Ok(()),
        }
    }

    /// Ends them without one.
    pub(crate) fn fail(&self, failure: &Failure) {
        let error = failure.line();
        self.write(&Last::Failed { error });
    }

    fn write(&self, line: &impl Serialize) {
        let mut unwritten = self.lock();
        if unwritten.is_none() {
            let text = serde_json::to_string(line).map_err(io::Error::from);
            let written = text.and_then(|text| output::write(&format!("{text}\n")));
            *unwritten = written.err();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<io::Error>> {
        self.unwritten
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
