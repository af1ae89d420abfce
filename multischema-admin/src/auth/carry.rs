//! The cookie that has the id of a session.
//!
//! Not the layer of `tower-sessions`: where its store fails it answers 500, and a cookie that only TLS may set, as `__Host-` says, it takes back by
//! one without `Secure`, which browsers ignore.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use tower_sessions::Session;
use tower_sessions::cookie::{Cookie, SameSite, time};

use super::carried::Carried;
use super::refusal::Asker;
use super::site::Auth;

/// What the cookie is called that only this host, and only TLS, may set.
const SECURE: &str = "__Host-multischema-admin";
/// The same where there is no TLS.
const PLAIN: &str = "multischema-admin";

/// Gives a request its session, keeps what it remembers, and has the browser know its id.
pub(crate) async fn carry(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    auth.sessions.sweep();
    let name = name(auth.has_tls);
    let sent = sent(request.headers(), name);
    let id = sent.as_deref().and_then(|it| it.parse().ok());
    let carried = Arc::new(Carried::new(auth.sessions.clone()));
    let session = Session::new(id, carried.clone(), None);
    request.extensions_mut().insert(session.clone());
    request.extensions_mut().insert(carried);
    let (parts, body) = request.into_parts();
    let asker = Asker::of(&parts);
    let mut response = next.run(Request::from_parts(parts, body)).await;

    // One that was never looked at is not known to be gone.
    let is_gone = session.is_empty().await;
    let cookie = if is_gone && sent.is_some() {
        cookie(name, "", auth.has_tls, Some(time::Duration::ZERO))
    } else if !is_gone && session.is_modified() && !response.status().is_server_error() {
        if let Err(error) = session.save().await {
            return asker.refuse(error.into());
        }
        let id = session.id().map(|it| it.to_string()).unwrap_or_default();
        cookie(name, &id, auth.has_tls, None)
    } else {
        return response;
    };
    // It is made of ASCII.
    if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

fn name(has_tls: bool) -> &'static str {
    if has_tls { SECURE } else { PLAIN }
}

/// One that the browser forgets when it is closed; the session in the database has an end of its own.
fn cookie(
    name: &'static str,
    value: &str,
    has_tls: bool,
    max_age: Option<time::Duration>,
) -> Cookie<'static> {
    let cookie = Cookie::build((name, value.to_owned()))
        // As `__Host-` wants it.
        .path("/")
        .http_only(true)
        // A link from another site may lead here; what changes something is asked where it comes from.
        .same_site(SameSite::Lax)
        .secure(has_tls);
    let mut cookie = cookie.build();
    cookie.set_max_age(max_age);
    cookie
}

/// What the browser sent of this name.
fn sent(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter();
    let lines = lines.filter_map(|it| it.to_str().ok());
    let mut cookies = lines.flat_map(|it| it.split(';'));
    cookies.find_map(|it| {
        let (found, value) = it.split_once('=')?;
        (found.trim() == name).then(|| value.trim().to_owned())
    })
}
