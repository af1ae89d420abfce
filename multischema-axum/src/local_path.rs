//! Where a browser may be sent afterwards.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::switch::{PARAMETER, SEGMENT};

/// All that is ASCII and printable stays.
const BEYOND_ASCII: &AsciiSet = &CONTROLS.add(b' ');

/// Makes of what was sent, as in the parameter `next`, a path of this server to which a browser may be redirected.
///
/// * It leads to no other host, and ends no header: browsers take `//host` and `/\host` for another host, and leave out tabs and
///   line ends before they look.
/// * It selects no schema. A redirect of this site's is no request of another site's any more, so a link to
///   `/login?next=/?__schema=school_b` would choose for the user. `__schema` is taken out of the query, and what has
///   `__change_schema__` in its path becomes `/`.
///
/// # Examples
///
/// ```
/// use multischema_axum::local_path;
///
/// assert_eq!(local_path("/pupils?page=2#last"), "/pupils?page=2#last");
/// assert_eq!(local_path("//evil.example"), "/evil.example");
/// assert_eq!(local_path("/pupils?__schema=b&page=2"), "/pupils?page=2");
/// assert_eq!(local_path("/__change_schema__/b"), "/");
/// ```
#[must_use]
pub fn local_path(next: &str) -> String {
    let next: String = next.chars().filter(|it| !it.is_control()).collect();
    let (next, fragment) = cut(&next, '#');
    let (path, query) = cut(next, '?');
    let path = without_dots(&path.replace('\\', "/"));
    // What is left of two slashes at the beginning would be a host.
    let path = path.trim_start_matches(|it: char| it == '/' || it.is_whitespace());
    if path.split('/').any(selects) {
        return "/".to_owned();
    }
    let mut local = format!("/{path}");
    let pairs = query.map(|query| query.split('&').filter(|pair| !is_ours(pair)));
    let query = pairs.map(|pairs| pairs.collect::<Vec<_>>().join("&"));
    for (mark, part) in [('?', query.as_deref()), ('#', fragment)] {
        if let Some(part) = part.filter(|it| !it.is_empty()) {
            local.push(mark);
            local.push_str(part);
        }
    }
    utf8_percent_encode(&local, BEYOND_ASCII).to_string()
}

/// Whether a pair of a query selects a schema.
pub(crate) fn is_ours(pair: &str) -> bool {
    let key = form_urlencoded::parse(pair.as_bytes()).next();
    key.is_some_and(|(key, _)| key == PARAMETER)
}

/// Whether a segment of a path is that which selects, for the layer or for a proxy that decodes it.
fn selects(segment: &str) -> bool {
    percent_decode_str(segment).decode_utf8_lossy() == SEGMENT
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// Follows `.` and `..`, encoded or not, as a browser does before it sends a request.
fn without_dots(path: &str) -> String {
    let mut kept = Vec::new();
    let mut segments = path.split('/').peekable();
    while let Some(segment) = segments.next() {
        match &*plain_dots(segment) {
            "." => {}
            ".." => drop(kept.pop()),
            _ => {
                kept.push(segment);
                continue;
            }
        }
        if segments.peek().is_none() {
            kept.push("");
        }
    }
    kept.join("/")
}

fn plain_dots(segment: &str) -> Cow<'_, str> {
    match segment.contains('%') {
        true => segment.replace("%2e", ".").replace("%2E", ".").into(),
        false => segment.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_nowhere_else() {
        for (next, expected) in [
            ("/pupils?page=2", "/pupils?page=2"),
            ("pupils", "/pupils"),
            ("", "/"),
            ("//evil.example/x", "/evil.example/x"),
            ("/\\evil.example", "/evil.example"),
            ("\\\\evil.example", "/evil.example"),
            ("/\t/evil.example", "/evil.example"),
            (" //evil.example", "/evil.example"),
            ("/.//evil.example", "/evil.example"),
            ("/x/..//evil.example", "/evil.example"),
            ("/%2E%2e/\\evil.example", "/evil.example"),
            ("/./ /evil.example", "/evil.example"),
            ("https://evil.example", "/https://evil.example"),
            ("javascript:alert(1)", "/javascript:alert(1)"),
            ("/a\r\nSet-Cookie: x=y", "/aSet-Cookie:%20x=y"),
            ("/größe", "/gr%C3%B6%C3%9Fe"),
            ("/a?b=/../c\\d#e", "/a?b=/../c\\d#e"),
            ("/a/./b/../c/..", "/a/"),
            ("/a?#", "/a"),
        ] {
            assert_eq!(local_path(next), expected, "for {next:?}");
        }
    }

    #[test]
    fn a_browser_is_not_sent_to_select_a_schema() {
        for (next, expected) in [
            ("/?__schema=south", "/"),
            ("/x?a=1&__schema=south&b=2", "/x?a=1&b=2"),
            ("/?%5f_schema=south", "/"),
            ("/?__sch\tema=south", "/"),
            ("/?__schema#=a", "/#=a"),
            ("/?a#&__schema=south", "/?a#&__schema=south"), // stays in the browser
            ("/?x__schema=a", "/?x__schema=a"),
            ("/?next=/?__schema=south", "/?next=/?__schema=south"), // is asked again there
            ("/__change_schema__/south", "/"),
            ("/__change_schema__", "/"),
            ("/__change_schema__#x", "/"),
            ("//__change_schema__/south", "/"),
            ("/x/../__change_schema__/south", "/"),
            ("/x\\.%2e\\__change_schema__/south", "/"),
            ("/%5F_change_schema__/south", "/"),
            ("/nested/__change_schema__/south", "/"),
            ("/__change_\nschema__/south", "/"),
            ("/__change_schema__x", "/__change_schema__x"),
        ] {
            assert_eq!(local_path(next), expected, "for {next:?}");
        }
    }
}
