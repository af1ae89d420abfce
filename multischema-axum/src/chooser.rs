//! Where a user who has selected no schema can do so.

use http::header::ACCEPT;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Uri};

use crate::current_schema::Visit;
use crate::refusal::Refusal;
use crate::rejection::SchemaRejection;

/// The parameter that says where to go afterwards.
const NEXT: &str = "next";

/// Sends who looks at a page to where they can choose a schema, and tells all others what is missing.
pub(crate) fn not_selected(visit: &Visit, request: &Parts) -> SchemaRejection {
    let page = visit.config.chooser.as_ref().filter(|_| is_page(request));
    // It would be sent to itself, each time with a longer `next`.
    let page = page.filter(|chooser| !is_at(chooser, &visit.uri));
    let Some(chooser) = page else {
        return Refusal::NotSelected.into();
    };
    // What was to be done by a form is not done by going there.
    let location = match matches!(request.method, Method::GET | Method::HEAD) {
        true => {
            let here = visit.uri.path_and_query().map_or("/", |it| it.as_str());
            let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
            let separator = if chooser.contains('?') { '&' } else { '?' };
            format!("{chooser}{separator}{NEXT}={next}")
        }
        false => chooser.clone(),
    };
    match HeaderValue::try_from(location) {
        Ok(location) => SchemaRejection::choose(location),
        Err(_) => Refusal::NotSelected.into(),
    }
}

/// Whether a request is one for the page `chooser`.
fn is_at(chooser: &str, uri: &Uri) -> bool {
    let chooser = chooser.split(['?', '#']).next().unwrap_or_default();
    chooser.trim_end_matches('/') == uri.path().trim_end_matches('/')
}

/// Whether the request is a browser's for a page, and not a script's.
fn is_page(request: &Parts) -> bool {
    const REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
    let accepts = request.headers.get_all(ACCEPT).iter();
    let mut accepts = accepts.filter_map(|it| it.to_str().ok());
    accepts.any(|it| it.contains("text/html")) && !request.headers.contains_key(REQUESTED_WITH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chooser_is_known_by_its_path() {
        for (chooser, uri, expected) in [
            ("/schools", "/schools", true),
            ("/schools/?all=1", "/schools?next=%2F", true),
            ("/schools", "/school", false),
            ("/schools", "/", false),
            ("/schools", "/rows?next=%2Frows", false),
        ] {
            let uri: Uri = uri.parse().unwrap();
            assert_eq!(is_at(chooser, &uri), expected, "{chooser} {uri}");
        }
    }
}
