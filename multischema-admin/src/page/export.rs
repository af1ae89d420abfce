//! All that a list has, as a file.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http_body::Frame;
use maud::{Markup, html};
use tokio::sync::mpsc;

use super::asked::Asked;
use super::list::bad_value;
use super::visible::visible;
use crate::auth::Action;
use crate::failure::{Failure, answer};
use crate::model::Home;
use crate::rows::{Export, Format, Piece};
use crate::visit::{Shown, Visit};

/// How long an export waits for another to end. It has ended a moment after its last byte was read.
const WAIT: Duration = Duration::from_secs(2);
/// How often it is asked whether whoever reads a file still may.
const CHECKED: Duration = Duration::from_secs(3);
/// How long a file may take.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Sends all that a list has.
pub(crate) async fn export(visit: Visit, Path(name): Path<String>) -> Response {
    let file = file(&visit, &name).await;
    answer(&visit, file).await
}

/// Links to what a list has, as files.
pub(crate) fn links(visit: &Visit, name: &str, asked: &Asked) -> Markup {
    let link = |format| {
        let query = asked.query(&[("format", format)]);
        visit.link(&format!("/m/{name}/export/?{query}"))
    };
    html! {
        p.note { "All of it as a file: " a href=(link("csv")) download { "CSV" } ", " a href=(link("ndjson")) download { "NDJSON" } }
    }
}

async fn file(visit: &Visit, name: &str) -> Result<Response, Failure> {
    let shown = visit.shown(name, Action::View)?;
    let Shown { model, table } = shown;
    let (query, format) = format(visit.uri.query().unwrap_or_default())?;
    let asked = Asked::parse(&query, shown)?;
    let permit = tokio::time::timeout(WAIT, visit.site.exports.clone().acquire_owned()).await;
    let permit = permit.ok().and_then(Result::ok).ok_or(Failure::Busy)?;
    let (order, _) = asked.whole_order(shown);
    let (to, mut pieces) = mpsc::channel(1);
    let end = Arc::new(AtomicBool::new(false));
    let export = Export {
        of: visit.relation(table)?,
        key: table.key.clone(),
        columns: visible(shown),
        conditions: asked.conditions.clone(),
        order,
        format,
        to,
        end: Arc::clone(&end),
    };
    let (of, home) = (visit.clone(), model.home);
    // It goes on when the head of the response is sent, until nobody reads it.
    let task = tokio::spawn(async move {
        // It has a connection until it ends, whoever reads.
        let _permit = permit;
        let run = of.run(home, export);
        tokio::pin!(run);
        let done = tokio::select! {
            done = &mut run => done,
            () = not_any_more(&of) => {
                end.store(true, Ordering::Relaxed);
                run.await
            }
        };
        if let Err(failure) = &done {
            tracing::warn!(?failure, "an export was not finished");
        }
        done
    });
    let Some(first) = pieces.recv().await else {
        let failure = match task.await {
            Ok(Err(failure)) => failure,
            Ok(Ok(())) => Failure::Busy,
            Err(error) => Failure::Database(multischema_axum::DbError::other(error)),
        };
        return Err(bad_value(failure, table));
    };
    let body = Rows {
        first: Some(first),
        pieces,
    };
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Ndjson => ("application/x-ndjson", "ndjson"),
    };
    let name = file_name(visit, shown, ending);
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, Body::new(body)).into_response())
}

/// Waits until the session ends, or the file has taken too long: while it is written, the table cannot be migrated.
async fn not_any_more(visit: &Visit) {
    let ended = async {
        loop {
            tokio::time::sleep(CHECKED).await;
            if !matches!(visit.is_still().await, Ok(true)) {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(LONGEST, ended).await;
}

/// What the list is asked for, and the format.
fn format(query: &str) -> Result<(String, Format), Failure> {
    let mut format = None;
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (&*name, &*value) {
            ("format", "csv") => format = Some(Format::Csv),
            ("format", "ndjson") => format = Some(Format::Ndjson),
            // A file has no pages.
            ("format" | "after" | "before" | "last" | "skip", _) => {
                return Err(Failure::Parameter(
                    "A file is `format=csv` or `format=ndjson`, and has no pages.".to_owned(),
                ));
            }
            _ => drop(rest.append_pair(&name, &value)),
        }
    }
    let format = format.ok_or_else(|| {
        Failure::Parameter("A file is `format=csv` or `format=ndjson`.".to_owned())
    })?;
    Ok((rest.finish(), format))
}

/// The model, the schema, and the day.
fn file_name(visit: &Visit, shown: Shown<'_>, ending: &str) -> String {
    let here = visit
        .here
        .as_ref()
        .filter(|_| shown.model.home == Home::Tenant);
    let schema = here.map_or_else(|| "shared".to_owned(), |it| it.name.to_string());
    let day = chrono::Utc::now().format("%Y-%m-%d");
    let plain = |it: char| {
        if it.is_ascii_alphanumeric() || matches!(it, '-' | '_') {
            it
        } else {
            '_'
        }
    };
    let name: String = shown.model.name.chars().map(plain).collect();
    format!("{name}-{schema}-{day}.{ending}")
}

/// The body of a response that is made while it is read.
struct Rows {
    first: Option<Piece>,
    pieces: mpsc::Receiver<Piece>,
}

/// Whoever reads half a file is to know that it is half.
#[derive(Debug, thiserror::Error)]
#[error("the export was not finished")]
struct Unfinished;

impl HttpBody for Rows {
    type Data = Bytes;
    type Error = Unfinished;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Unfinished>>> {
        let piece = match self.first.take() {
            Some(first) => Some(first),
            None => match self.pieces.poll_recv(context) {
                Poll::Ready(piece) => piece,
                Poll::Pending => return Poll::Pending,
            },
        };
        Poll::Ready(match piece {
            Some(Piece::Of(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::End) => {
                self.first = Some(Piece::End);
                None
            }
            None => Some(Err(Unfinished)),
        })
    }
}
