//! Looking for what a field can refer to, while one types.

use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};

use super::list::referred;
use crate::auth::Action;
use crate::failure::{Failure, answer};
use crate::rows::{Choice, Choices};
use crate::visit::Visit;

/// Rows that are shown at once.
const SHOWN: usize = 20;

/// Returns what a column can refer to and is called like the words that are looked for, as JSON.
pub(crate) async fn refer(visit: Visit, Path((name, column)): Path<(String, String)>) -> Response {
    let found = choices(&visit, &name, &column).await;
    answer(&visit, found.map(|it| Json(it).into_response())).await
}

async fn choices(visit: &Visit, name: &str, column: &str) -> Result<Vec<Choice>, Failure> {
    // The form for a new object asks as well, and who may add need not be able to view.
    let shown = visit
        .shown(name, Action::View)
        .or_else(|_| visit.shown(name, Action::Add))?;
    let (home, choices) = referred(visit, shown.table, column)?.ok_or(Failure::NotFound)?;
    let query = visit.uri.query().unwrap_or_default();
    let words = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q");
    let words = words
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    if words.contains('\0') {
        return Err(Failure::Parameter(
            "There is no text with a zero character in it.".to_owned(),
        ));
    }
    let words = words
        .split_whitespace()
        .take(5)
        .map(str::to_owned)
        .collect();
    visit
        .run(
            home,
            Choices {
                words,
                limit: SHOWN,
                ..choices
            },
        )
        .await
}
