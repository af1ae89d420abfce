//! The connection to the database.

use multischema::{Registry, Session, SharedSchemata, TenantPool};

use crate::failure::Failure;

/// Connects to the database.
pub(crate) fn pool(url: &str, shared: SharedSchemata) -> Result<TenantPool, Failure> {
    // Once by itself: a pool goes on trying for 30 s, even if the password is wrong.
    reach(url)?;
    let pool = TenantPool::builder(url).max_size(2).min_idle(Some(0));
    let pool = pool.shared(shared).build();
    Ok(pool.map_err(|error| ConnectError::of(&error.to_string()))?)
}

/// The same for the registry.
pub(crate) fn registry(url: &str, shared: SharedSchemata) -> Result<Registry, Failure> {
    Ok(Registry::new(pool(url, shared)?))
}

/// Fails if there is no connection to the database.
pub(crate) fn reach(url: &str) -> Result<(), Failure> {
    let session = Session::establish(url);
    drop(session.map_err(|error| ConnectError::of(&error.to_string()))?);
    Ok(())
}

/// Why there is no connection.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("cannot connect to the database")]
    Libpq { source: Words },
    /// What libpq says of a connection string that it does not understand repeats parts of it: perhaps the password.
    #[error(
        "the connection string cannot be understood; write it as `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, and special characters in its parts as `%` and two hexadecimal digits (`@` is %40, `/` is %2F, `%` is %25)"
    )]
    Malformed,
}

/// What libpq said.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Words(String);

impl ConnectError {
    fn of(words: &str) -> Self {
        // What libpq says once it has understood the string begins so.
        const UNDERSTOOD: [&str; 5] = [
            "connection to server ",
            "could not translate host name ",
            "sslmode value ",
            "gssencmode value ",
            "definition of service ",
        ];
        let is_understood = UNDERSTOOD.iter().any(|it| words.starts_with(it));
        // The end of a password with an `@` in it is taken for the beginning of the host's name.
        let is_host = !words.starts_with("could not translate") || !words.contains('@');
        if is_understood && is_host {
            let source = Words(words.trim_end().to_owned());
            Self::Libpq { source }
        } else {
            Self::Malformed
        }
    }

    pub(crate) fn is_malformed(&self) -> bool {
        matches!(self, Self::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libpq_says_is_shown_where_it_cannot_be_a_part_of_the_password() {
        let shown = |words| matches!(ConnectError::of(words), ConnectError::Libpq { .. });
        for words in [
            "connection to server at \"h\" (::1), port 5432 failed: FATAL:  role \"me\" does not exist\n",
            "could not translate host name \"nowhere\" to address: Name or service not known",
            "sslmode value \"require\" invalid when SSL support is not compiled in",
        ] {
            assert!(shown(words), "{words}");
        }
        for words in [
            "invalid percent-encoded token: \"100%secret\"",
            "invalid port number: \"secret\"",
            "missing \"=\" after \"secret\" in connection info string",
            "could not translate host name \"cret@h\" to address: Name or service not known",
        ] {
            assert!(!shown(words), "{words}");
        }
    }
}
