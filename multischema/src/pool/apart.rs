//! Connections that are none of a pool's.

use diesel::ConnectionResult;
use diesel::connection::Connection;
use diesel::pg::PgConnection;

/// Makes connections of their own, for what is not to be lent. It has no `Debug`, as there may be a password in the URL.
#[derive(Clone)]
pub(crate) struct Apart {
    url: String,
}

/// How long the network may be silent before the system gives a connection up. Without these it may take a quarter of an
/// hour. libpq knows all of them since PostgreSQL 12.
const PATIENCE: [(&str, &str); 5] = [
    ("connect_timeout", "5"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "8000"),
];

impl Apart {
    /// For connections to the database at `url`, in which those are set as well; what it says itself of them holds.
    pub(crate) fn at(url: &str) -> Self {
        Self {
            url: impatient(url),
        }
    }

    pub(crate) fn connect(&self) -> ConnectionResult<PgConnection> {
        PgConnection::establish(&self.url)
    }
}

/// Of two values of a parameter, libpq takes the last.
fn impatient(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        let added = PATIENCE.map(|(key, value)| format!("{key}={value}"));
        return format!("{} {url}", added.join(" "));
    };
    let added = PATIENCE
        .map(|(key, value)| format!("{key}={value}"))
        .join("&");
    // As libpq reads it: what comes before an `@` is user and password, in which there may be a question mark.
    let host = match rest.find(['@', '/']) {
        Some(at) if rest[at..].starts_with('@') => at,
        _ => 0,
    };
    match rest[host..].find('?') {
        Some(at) => {
            let (before, after) = rest.split_at(host + at + 1);
            format!("{scheme}://{before}{added}&{after}")
        }
        None => format!("{url}?{added}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_url_says_comes_last() {
        let added = "connect_timeout=5&keepalives_idle=5&keepalives_interval=2&keepalives_count=3&tcp_user_timeout=8000";
        let cases = [
            ("postgres://h/db", format!("postgres://h/db?{added}")),
            (
                "postgres://h/db?connect_timeout=9&x=y",
                format!("postgres://h/db?{added}&connect_timeout=9&x=y"),
            ),
            (
                "postgres://me:a?b@h/db",
                format!("postgres://me:a?b@h/db?{added}"),
            ),
            (
                "postgres://h/db?password=a@b",
                format!("postgres://h/db?{added}&password=a@b"),
            ),
            (
                "host=h connect_timeout=9",
                format!("{} host=h connect_timeout=9", added.replace('&', " ")),
            ),
        ];
        for (url, expected) in cases {
            assert_eq!(impatient(url), expected);
        }
    }
}
