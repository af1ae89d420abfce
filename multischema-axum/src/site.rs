//! Whether another site had a browser send a request.

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderName, Uri};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Returns whether a page of another site, or of another host of the same, had a browser send the request.
///
/// A browser says so by `Sec-Fetch-Site` (W3C, Fetch Metadata Request Headers); one that is too old for that sends, with all requests
/// that are no GET or HEAD, the `Origin` of the page. No script of a page can change either. What has neither comes from no browser,
/// or from such an old one's address bar or links.
///
/// The layer asks this where a schema is selected. An application that asks it of all else that changes something needs no tokens in
/// its forms.
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
    let origin = origin.to_str().ok().and_then(|it| it.parse::<Uri>().ok());
    let origin = origin.as_ref().and_then(Uri::authority);
    let host = request.headers.get(HOST).and_then(|it| it.to_str().ok());
    let own = request.uri.authority().map(|it| it.as_str()).or(host);
    let is_own = match (origin, own) {
        (Some(origin), Some(own)) => origin.as_str().eq_ignore_ascii_case(own),
        _ => false,
    };
    !is_own || origins.next().is_some()
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
