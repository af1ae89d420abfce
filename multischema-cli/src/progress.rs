//! How far a run over the fleet has come, for people.

use indicatif::{ProgressBar, ProgressStyle};
use multischema::FleetEvent;

use crate::output::Output;
use crate::view::printable;

/// A bar on a terminal, and lines of what cannot wait for the end.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    is_quiet: bool,
}

impl Progress {
    /// There is no bar beside `events`, which may be read on the same terminal.
    pub(crate) fn new(output: &Output, events: bool) -> Self {
        Self {
            bar: (output.shows_progress() && !events).then(bar),
            is_quiet: output.is_quiet(),
        }
    }

    pub(crate) fn hear(&self, event: &FleetEvent) {
        match event {
            FleetEvent::Began { pending, .. } => {
                self.with(|bar| bar.set_length(u64::try_from(*pending).unwrap_or(u64::MAX)));
            }
            FleetEvent::Resumed { run } => {
                self.say(&format!(
                    "run {run} was killed; this one goes on where it stopped"
                ));
            }
            FleetEvent::Wave {
                number: 0,
                schemata,
            } => {
                self.say(&format!("canary: {schemata} of the schemata"));
            }
            FleetEvent::Retried {
                schema,
                migration,
                attempts,
            } => self.say(&format!(
                "{schema}: `{migration}` waits for a lock (attempt {attempts})"
            )),
            FleetEvent::Visited {
                schema,
                outcome,
                message,
                done,
                pending,
                ..
            } => {
                self.with(|bar| {
                    bar.set_length(u64::try_from(*pending).unwrap_or(u64::MAX));
                    bar.set_position(u64::try_from(*done).unwrap_or(u64::MAX));
                    bar.set_message(schema.to_string());
                });
                if let Some(message) = message {
                    let message = printable(message);
                    self.say(&format!("{schema}: {outcome}: {message}"));
                }
            }
            FleetEvent::Stopping => {
                self.say("stopping; what was in flight is finished, and nothing else begun");
            }
            FleetEvent::Ended { .. } => self.with(ProgressBar::finish_and_clear),
            _ => {}
        }
    }

    /// Removes the bar, however the run ended.
    pub(crate) fn end(&self) {
        self.with(ProgressBar::finish_and_clear);
    }

    fn with(&self, show: impl FnOnce(&ProgressBar)) {
        if let Some(bar) = &self.bar {
            show(bar);
        }
    }

    /// A line above the bar.
    fn say(&self, words: &str) {
        if self.is_quiet {
            return;
        }
        match &self.bar {
            Some(bar) => bar.suspend(|| crate::output::say(words)),
            None => crate::output::say(words),
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    // The style is constant; if it were wrong, there is a plainer one.
    if let Ok(style) = ProgressStyle::with_template("[{bar:30}] {pos}/{len} {eta} {msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
