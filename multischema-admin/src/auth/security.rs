//! What browsers are told to refuse, and what is refused to other sites.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderName, HeaderValue};
use multischema_axum::is_cross_site;

use super::refusal::Refusal;

/// Nothing is loaded from elsewhere, no script or style of a page runs, no other site shows these pages.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// What is the same for everybody is below this.
const STATIC: &str = "/static/";

/// Adds the headers to all responses. Nobody keeps a copy, so that nothing is shown after logging out, but of what is static.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let is_static = request.uri().path().starts_with(STATIC);
    let mut response = next.run(request).await;
    let may_be_kept = is_static && response.status().is_success();
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !may_be_kept {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    response
}

/// Refuses whatever may change something and comes from another site.
pub(crate) async fn same_site(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if !parts.method.is_safe() && is_cross_site(&parts) {
        return Refusal::CrossSite.to(&parts);
    }
    next.run(Request::from_parts(parts, body)).await
}
