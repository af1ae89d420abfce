//! What looks the same to everybody.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// The style sheet and the script, which browsers keep for a while.
pub(crate) fn files() -> Router {
    let style = async || file("text/css; charset=utf-8", include_str!("style.css"));
    let script = async || file("text/javascript; charset=utf-8", include_str!("script.js"));
    Router::new()
        .route("/static/style.css", get(style))
        .route("/static/script.js", get(script))
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=600")];
    (headers, text)
}
