//! Whether another site had a browser send a request.

use http::header::{COOKIE, HOST, ORIGIN, REFERER};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Uri};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Returns whether a page of another site, or of another host of the same, had a browser send the request.
///
/// A browser says so by `Sec-Fetch-Site` (W3C, Fetch Metadata Request Headers), over https and to localhost. Over plain http, and by one
/// that is too old for it, that is left out; with all requests that are no GET or HEAD there is the `Origin` of the page then. No script
/// of a page can change either. So of a GET or HEAD that has neither, nothing is known, and `false` is returned: it may be that of a link
/// of another site. Ask this only of what is no GET or HEAD; of that, what has neither comes from no browser.
///
/// The layer asks this where a schema is selected, and of a link that has neither, `Referer`. An application that asks it of all else that
/// changes something, by no GET or HEAD, needs no tokens in its forms.
///
/// # Examples
///
/// ```
/// use http::request::Parts;
/// use multischema_axum::is_cross_site;
///
/// fn may_change_something(request: &Parts) -> bool {
///     !request.method.is_safe() && !is_cross_site(request)
/// }
/// ```
#[must_use]
pub fn is_cross_site(request: &Parts) -> bool {
    let values = request.headers.get_all(SEC_FETCH_SITE);
    let mut values = values.iter().peekable();
    if values.peek().is_some() {
        return !values.all(|it| it == "same-origin" || it == "none");
    }
    let mut origins = request.headers.get_all(ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return false;
    };
    // One that is `null` has no host.
    !is_own(request, origin) || origins.next().is_some()
}

/// Returns whether the request may select a schema, as far as it is about where it comes from. With `allows_links`, links of other sites
/// may.
pub(crate) fn may_select(request: &Parts, allows_links: bool) -> bool {
    let is_link = matches!(request.method, Method::GET | Method::HEAD);
    if is_cross_site(request) || (is_link && !is_known_to_be_own(request)) {
        return is_link && allows_links && may_be_navigation(request);
    }
    true
}

/// Whether something says that a link is of this site, as a browser does not always, or it is no browser's.
///
/// A browser that sends neither `Sec-Fetch-Site` nor, with a link, `Origin` sends `Referer`, unless the other page has it leave that out
/// (`referrerpolicy`) or the address was typed. These two cannot be told apart.
fn is_known_to_be_own(request: &Parts) -> bool {
    let headers = &request.headers;
    if headers.contains_key(SEC_FETCH_SITE) || headers.contains_key(ORIGIN) {
        return true;
    }
    if !headers.contains_key(COOKIE) {
        return true;
    }
    let mut referers = headers.get_all(REFERER).iter();
    let is_own_referer = referers.next().is_some_and(|it| is_own(request, it));
    is_own_referer && referers.next().is_none()
}

/// Whether the browser may be going there, and is not only to load a picture or the like.
fn may_be_navigation(request: &Parts) -> bool {
    let mut modes = request.headers.get_all(SEC_FETCH_MODE).iter();
    modes.all(|it| it == "navigate")
}

/// Whether an address is on the host that the request was sent to.
fn is_own(request: &Parts, address: &HeaderValue) -> bool {
    let address = address.to_str().ok().and_then(|it| it.parse::<Uri>().ok());
    let theirs = address.as_ref().and_then(Uri::authority);
    let host = request.headers.get(HOST).and_then(|it| it.to_str().ok());
    let own = request.uri.authority().map(|it| it.as_str()).or(host);
    match (theirs, own) {
        (Some(theirs), Some(own)) => theirs.as_str().eq_ignore_ascii_case(own),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn only_the_own_origin_and_no_browser_at_all_are_not_another_site() {
        for (headers, expected) in [
            (&[][..], false),
            (&[("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "")], true),
            (
                &[("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")],
                true,
            ),
            (
                &[
                    ("sec-fetch-site", "same-origin"),
                    ("origin", "https://evil.example"),
                ],
                false,
            ),
            (&[("origin", "https://app.example")], false),
            (&[("origin", "https://APP.example")], false),
            (&[("origin", "https://app.example:8443")], true),
            (&[("origin", "https://evil.example")], true),
            (&[("origin", "null")], true),
            (&[("origin", "")], true),
            (
                &[
                    ("origin", "https://app.example"),
                    ("origin", "https://evil.example"),
                ],
                true,
            ),
        ] {
            let mut request = Request::builder().uri("/").header(HOST, "app.example");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(is_cross_site(&parts), expected, "{headers:?}");
        }
    }
}
