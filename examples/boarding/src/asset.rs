//! What looks the same to everybody.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::site::Site;

pub fn routes() -> Router<Site> {
    let style = async || file("text/css; charset=utf-8", include_str!("style.css"));
    let icon = async || file("image/svg+xml", include_str!("icon.svg"));
    Router::new()
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=600")];
    (headers, text)
}
