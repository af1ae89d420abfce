//! Where a browser is sent afterwards.

/// A path with the parameter `next`, unless that is where everybody comes anyway.
pub fn asking(path: &str, next: Option<&str>) -> String {
    match next.filter(|it| *it != "/") {
        Some(next) => {
            let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
            format!("{path}?next={next}")
        }
        None => path.to_owned(),
    }
}

/// The path if it is one on this server that selects no school, and else `/`.
pub fn local(path: &str) -> &str {
    let is_local = multischema_axum::local_path(path) == path;
    if is_local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_nowhere_else() {
        for (path, expected) in [
            ("/t/north/pupils?q=a%20b", "/t/north/pupils?q=a%20b"),
            ("", "/"),
            ("pupils", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("/\n/evil.example", "/"),
            ("https://evil.example", "/"),
            ("/größe", "/"),
            ("/?__schema=south", "/"),
            ("/__change_schema__/south", "/"),
        ] {
            assert_eq!(local(path), expected, "for {path:?}");
        }
    }

    #[test]
    fn the_way_back_is_asked_for() {
        assert_eq!(asking("/login", None), "/login");
        assert_eq!(asking("/login", Some("/")), "/login");
        assert_eq!(
            asking("/login", Some("/a?b=c&d")),
            "/login?next=%2Fa%3Fb%3Dc%26d"
        );
    }
}
