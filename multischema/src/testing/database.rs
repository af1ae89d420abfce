use std::fmt;
use std::sync::Arc;

use diesel::PgConnection;
use diesel::connection::{Connection as _, SimpleConnection as _};

use super::server::Origin;
use super::{ServerError, conninfo, name};

/// An empty database of a [`Server`](super::Server), dropped with this value.
///
/// Connections that are still open then are closed by the server. If the database cannot be dropped,
/// that is written to standard error, as a test must not fail for it.
///
/// On the server of `DATABASE_URL`, the database stays if the process ends without dropping this
/// value, as it does in `abort`; its name starts with `multischema_`.
pub struct Database {
    name: String,
    url: String,
    server: Arc<Origin>,
}

impl Database {
    #[expect(
        clippy::disallowed_methods,
        reason = "the name needs no quotes, and is not from outside"
    )]
    pub(super) fn create(server: Arc<Origin>) -> Result<Self, ServerError> {
        let name = name::unique();
        let mut conn = PgConnection::establish(server.url()).map_err(ServerError::Connect)?;
        let created = conn.batch_execute(&format!("CREATE DATABASE {name}"));
        match created {
            Ok(()) => Ok(Self {
                url: conninfo::with_database(server.url(), &name),
                name,
                server,
            }),
            Err(source) => Err(ServerError::CreateDatabase { name, source }),
        }
    }

    /// Returns the URL, or other connection string, of the database.
    ///
    /// It is that of the server with the name of the database changed, so it may hold a password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    #[expect(clippy::disallowed_methods, reason = "as in `create`")]
    fn drop_from_server(&self) -> Result<(), Box<dyn std::error::Error>> {
        let mut conn = PgConnection::establish(self.server.url())?;
        conn.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name))?;
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The data of a stopped server is removed with it.
        if self.server.is_stopped() {
            return;
        }
        #[expect(
            clippy::print_stderr,
            reason = "`drop` returns nothing, and a panic could hide the one that a test is about"
        )]
        if let Err(error) = self.drop_from_server() {
            eprintln!("multischema: the database `{}` is left: {error}", self.name);
        }
    }
}

// By hand, as the URL may hold a password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("name", &self.name)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
