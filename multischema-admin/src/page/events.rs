//! What a run over the fleet tells, as it happens.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::{HeaderMap, HeaderName, StatusCode};
use tokio::sync::watch;

use crate::fleet::{News, Run};
use crate::visit::Visit;

/// How often it is asked whether the session still is one.
const CHECKED: Duration = Duration::from_secs(3);
/// How often something is sent, so that nobody on the way takes the connection for dead.
const KEPT_ALIVE: Duration = Duration::from_secs(15);

/// Sends the events of the run that was started last, as `text/event-stream`: each a `FleetEvent` as JSON, and `over` at the end, with how it
/// ended. A browser that lost the connection goes on where it was.
pub(crate) async fn events(visit: Visit, headers: HeaderMap) -> Response {
    if let Err(failure) = visit.superuser() {
        return failure.page(&visit).await;
    }
    let Some(run) = visit.site.fleet.run() else {
        return StatusCode::NO_CONTENT.into_response();
    };
    let Some(heard) = heard(&headers, run.number) else {
        // It has heard the end; by this it does not come again.
        return StatusCode::NO_CONTENT.into_response();
    };
    let listener = Listener {
        news: run.listen(),
        run,
        visit,
        heard,
        checked: Instant::now(),
        is_over: false,
    };
    let events = stream::unfold(listener, Listener::next);
    let kept = KeepAlive::new().interval(KEPT_ALIVE);
    // nginx would keep it all until it has enough.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    (unbuffered, Sse::new(events).keep_alive(kept)).into_response()
}

/// How many events of this run were heard; none if its end was.
fn heard(headers: &HeaderMap, number: u128) -> Option<usize> {
    let last = headers
        .get("last-event-id")
        .and_then(|it| it.to_str().ok())
        .and_then(|it| it.split_once('-'))
        .filter(|(run, _)| *run == number.to_string());
    match last {
        Some((_, "over")) => None,
        Some((_, rank)) => Some(rank.parse().unwrap_or(0)),
        None => Some(0),
    }
}

/// Who listens to a run.
struct Listener {
    run: Arc<Run>,
    news: watch::Receiver<()>,
    visit: Visit,
    heard: usize,
    checked: Instant,
    is_over: bool,
}

impl Listener {
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        if self.is_over {
            return None;
        }
        loop {
            if self.checked.elapsed() >= CHECKED && !self.may_go_on().await {
                return None;
            }
            self.news.mark_unchanged();
            match self.run.after(self.heard) {
                News::Event(event) => {
                    self.heard += 1;
                    let id = format!("{}-{}", self.run.number, self.heard);
                    return Some((Ok(Event::default().id(id).data(event)), self));
                }
                News::Over(end) => {
                    self.is_over = true;
                    let id = format!("{}-over", self.run.number);
                    let event = Event::default().id(id).event("over");
                    let event = event.json_data(end).unwrap_or_default();
                    return Some((Ok(event), self));
                }
                News::None => {}
            }
            let left = CHECKED.saturating_sub(self.checked.elapsed());
            // The run has the other end.
            let _ = tokio::time::timeout(left, self.news.changed()).await;
        }
    }

    /// Whether the session still is one. If that is not known, it is none.
    async fn may_go_on(&mut self) -> bool {
        self.checked = Instant::now();
        match self.visit.is_still().await {
            Ok(is_still) => is_still,
            Err(error) => {
                tracing::warn!(?error, "it is not known whether a session still is one");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_back_goes_on_where_it_was() {
        for (last, expected) in [
            (None, Some(0)),
            (Some("7-12"), Some(12)),
            (Some("7-over"), None),
            (Some("6-12"), Some(0)),
            (Some("6-over"), Some(0)),
            (Some("7-x"), Some(0)),
            (Some("nonsense"), Some(0)),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(last) = last {
                headers.insert("last-event-id", last.parse().unwrap());
            }
            assert_eq!(heard(&headers, 7), expected, "{last:?}");
        }
    }
}
