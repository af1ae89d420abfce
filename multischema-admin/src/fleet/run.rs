//! A run over the fleet that was started here, and what it has told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use multischema::{FleetEvent, Stop};
use serde::Serialize;
use tokio::sync::watch;

/// A run over the fleet. It goes on whether anybody listens or not.
#[derive(Debug)]
pub(crate) struct Run {
    /// Of no other run, so that whoever comes back is not told the rest of another.
    pub(crate) number: u128,
    /// Who has started it.
    pub(crate) by: String,
    stop: Stop,
    told: Mutex<Told>,
    /// That there is more.
    news: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Told {
    /// Each event, as JSON.
    events: Vec<Arc<str>>,
    progress: Progress,
    end: Option<End>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Progress {
    pub(crate) done: usize,
    pub(crate) pending: usize,
    pub(crate) failed: usize,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct End {
    pub(crate) is_ok: bool,
    pub(crate) message: String,
}

/// What comes next for whoever listens.
#[derive(Debug)]
pub(crate) enum News {
    Event(Arc<str>),
    Over(End),
    /// Nothing yet.
    None,
}

impl Run {
    pub(super) fn new(by: &str) -> Arc<Self> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Arc::new(Self {
            number: since.map_or(0, |it| it.as_micros()),
            by: by.to_owned(),
            stop: Stop::new(),
            told: Mutex::default(),
            news: watch::Sender::new(()),
        })
    }

    pub(super) fn stopper(&self) -> &Stop {
        &self.stop
    }

    /// Asks it to stop.
    pub(crate) fn stop(&self) {
        self.stop.stop();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.is_stopped()
    }

    pub(super) fn hear(&self, event: &FleetEvent) {
        let text = match serde_json::to_string(event) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, "an event of a run cannot be written");
                return;
            }
        };
        {
            let mut told = self.told();
            told.events.push(text.into());
            match event {
                FleetEvent::Began { pending, .. } => told.progress.pending = *pending,
                FleetEvent::Visited {
                    outcome,
                    done,
                    pending,
                    ..
                } => {
                    told.progress.done = *done;
                    told.progress.pending = *pending;
                    told.progress.failed += usize::from(*outcome == "failed");
                }
                _ => {}
            }
        }
        self.news.send_replace(());
    }

    /// Says how it ended, unless that was said.
    pub(super) fn end(&self, is_ok: bool, message: String) {
        self.told().end.get_or_insert(End { is_ok, message });
        self.news.send_replace(());
    }

    pub(crate) fn ended(&self) -> Option<End> {
        self.told().end.clone()
    }

    pub(crate) fn progress(&self) -> Progress {
        self.told().progress
    }

    /// What is told to who has heard this many events.
    pub(crate) fn after(&self, heard: usize) -> News {
        let told = self.told();
        match (told.events.get(heard), &told.end) {
            (Some(event), _) => News::Event(Arc::clone(event)),
            (None, Some(end)) => News::Over(end.clone()),
            (None, None) => News::None,
        }
    }

    /// Says when there is more.
    pub(crate) fn listen(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has a run end, whatever becomes of its thread.
#[derive(Debug)]
pub(super) struct Ending(pub(super) Arc<Run>);

impl Drop for Ending {
    fn drop(&mut self) {
        // If it was not said, it panicked.
        self.0.end(
            false,
            "The run broke off. What was done stays; start it again.".to_owned(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_late_hears_it_all_and_then_the_end() {
        let run = Run::new("root");
        assert!(matches!(run.after(0), News::None));
        run.hear(&FleetEvent::Resumed { run: 7 });
        run.end(true, "done".to_owned());
        run.end(false, "again".to_owned());
        let News::Event(event) = run.after(0) else {
            panic!("the event is kept")
        };
        assert_eq!(&*event, r#"{"event":"resumed","run":7}"#);
        let News::Over(end) = run.after(1) else {
            panic!("it is over")
        };
        assert_eq!((end.is_ok, end.message.as_str()), (true, "done"));
    }

    #[test]
    fn a_run_whose_thread_panics_is_over() {
        let run = Run::new("root");
        drop(Ending(Arc::clone(&run)));
        assert!(run.ended().is_some_and(|it| !it.is_ok));
    }
}
