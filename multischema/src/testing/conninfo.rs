//! Connection strings as libpq reads them.

/// Returns the connection string `conninfo` for another database of the same server.
///
/// `name` consists of letters, digits and `_`, so it is written as it is.
pub(super) fn with_database(conninfo: &str, name: &str) -> String {
    for scheme in ["postgresql://", "postgres://"] {
        if let Some(rest) = conninfo.strip_prefix(scheme) {
            return format!("{scheme}{}", url_with_database(rest, name));
        }
    }
    key_values_with_database(conninfo, name)
}

/// Changes `[user[:password]@][host][/database][?options]`.
///
/// An option `dbname` would win over the path, so it goes.
fn url_with_database(rest: &str, name: &str) -> String {
    // libpq takes a user up to the first `@`, and every other character as part of it, but no `/`.
    let user_end = match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') => at + 1,
        _ => 0,
    };
    let authority_end = rest[user_end..]
        .find(['/', '?'])
        .map_or(rest.len(), |end| user_end + end);
    let (authority, path_and_options) = rest.split_at(authority_end);

    let options: Vec<&str> = match path_and_options.split_once('?') {
        Some((_, options)) => options.split('&').filter(|it| !is_dbname(it)).collect(),
        None => Vec::new(),
    };
    let separator = if options.is_empty() { "" } else { "?" };
    format!("{authority}/{name}{separator}{}", options.join("&"))
}

/// Returns whether an option of a URL is `dbname`, even if written as `db%6Eame`.
fn is_dbname(option: &str) -> bool {
    let key = option.split('=').next().unwrap_or_default();
    let mut pieces = key.split('%');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let code = piece
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let (Some(code), Some(rest)) = (code, piece.get(2..)) else {
            return false; // libpq refuses the URL, and says why
        };
        decoded.push(code.into());
        decoded.push_str(rest);
    }
    decoded == "dbname"
}

/// Changes `host=… dbname=…`, where the last of two equal keys wins.
fn key_values_with_database(conninfo: &str, name: &str) -> String {
    let backslashes = conninfo.len() - conninfo.trim_end_matches('\\').len();
    // An escape at the end escapes nothing, but would escape the space that is added.
    let conninfo = &conninfo[..conninfo.len() - backslashes % 2];
    format!("{conninfo} dbname={name}")
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn another_database_of_the_same_server() {
        let cases = [
            (
                "postgres://u:p@h:5432/app?sslmode=require",
                "postgres://u:p@h:5432/new?sslmode=require",
            ),
            (
                "postgresql:///app?host=/run/pg&user=me",
                "postgresql:///new?host=/run/pg&user=me",
            ),
            ("postgresql://", "postgresql:///new"),
            ("postgresql://h", "postgresql://h/new"),
            ("postgresql://h/", "postgresql://h/new"),
            ("postgresql://h?user=me", "postgresql://h/new?user=me"),
            ("postgresql://h/app?", "postgresql://h/new?"),
            ("postgresql://a:1,b:2/app", "postgresql://a:1,b:2/new"),
            ("postgresql://[::1]:5432/app", "postgresql://[::1]:5432/new"),
            ("postgresql://u:a?b@h/app", "postgresql://u:a?b@h/new"),
            (
                "postgresql://%2Frun%2Fpg/app",
                "postgresql://%2Frun%2Fpg/new",
            ),
            ("postgresql://h/a?dbname=b", "postgresql://h/new"),
            (
                "postgresql://h/a?user=me&dbname=b&port=1",
                "postgresql://h/new?user=me&port=1",
            ),
            ("postgresql://h/a?db%6Eame=b&x=%", "postgresql://h/new?x=%"),
            (
                "postgresql://h/a?options=-c%20dbname",
                "postgresql://h/new?options=-c%20dbname",
            ),
            (
                "host=h dbname=app user=me",
                "host=h dbname=app user=me dbname=new",
            ),
            ("password='a b' host=h", "password='a b' host=h dbname=new"),
            (r"password=a\\", r"password=a\\ dbname=new"),
            (r"password=a\", "password=a dbname=new"),
            ("", " dbname=new"),
        ];

        for (conninfo, expected) in cases {
            assert_eq!(with_database(conninfo, "new"), expected, "for {conninfo:?}");
        }
    }
}
