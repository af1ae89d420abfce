use std::env::{self, VarError};
use std::fmt;
use std::sync::Arc;

use super::cluster::Cluster;
use super::{Database, ServerError};

/// A PostgreSQL server to test with.
///
/// A throw-away server ends and is removed when this value and all of its [`Database`]s are dropped,
/// or when the process ends, in whichever way; it can therefore be kept in a `static`. The server of
/// `DATABASE_URL` is left as it was.
#[derive(Debug)]
pub struct Server {
    origin: Arc<Origin>,
}

/// Where a server comes from, and how to reach its maintenance database.
pub(super) enum Origin {
    Env { url: String },
    ThrowAway(Cluster),
}

impl Server {
    /// Takes the server that `DATABASE_URL` names, or starts a throw-away server if the variable is
    /// unset or empty.
    ///
    /// `DATABASE_URL` is not connected to before [`database`](Self::database). Its own database is
    /// used only to create others.
    ///
    /// # Errors
    ///
    /// * [`ServerError::NotUnicode`] if `DATABASE_URL` cannot be a connection string;
    /// * as [`start`](Self::start) if it is unset.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::testing::Server;
    ///
    /// let server = Server::from_env_or_start()?;
    /// println!("try `psql '{}'`", server.url());
    /// # Ok::<(), multischema::testing::ServerError>(())
    /// ```
    pub fn from_env_or_start() -> Result<Self, ServerError> {
        match env::var("DATABASE_URL") {
            Ok(url) if !url.is_empty() => Ok(Self {
                origin: Arc::new(Origin::Env { url }),
            }),
            Ok(_) | Err(VarError::NotPresent) => Self::start(),
            Err(VarError::NotUnicode(_)) => Err(ServerError::NotUnicode),
        }
    }

    /// Starts a throw-away server, whatever `DATABASE_URL` says.
    ///
    /// The [module](super) says which PostgreSQL that is. The first start on a machine takes about a
    /// second, each later one a tenth.
    ///
    /// # Errors
    ///
    /// * [`ServerError::NoBinaries`] if there is no PostgreSQL, and
    ///   [`ServerError::UnusableBinaries`] if it does not run;
    /// * [`ServerError::NoAccount`] if root finds no account that could run it;
    /// * [`ServerError::Folder`] if there is no place for the data;
    /// * [`ServerError::Spawn`], [`ServerError::Failed`] or [`ServerError::Timeout`] if one of its
    ///   programs cannot be started, fails, or is not ready within a minute;
    /// * [`ServerError::Unsupported`] if this is not Unix.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use multischema::testing::Server;
    ///
    /// let database = Server::start()?.database()?; // keeps its server alive
    /// # Ok::<(), multischema::testing::ServerError>(())
    /// ```
    pub fn start() -> Result<Self, ServerError> {
        Ok(Self {
            origin: Arc::new(Origin::ThrowAway(Cluster::start()?)),
        })
    }

    /// Returns the URL of the maintenance database, from which others are created.
    ///
    /// It may hold a password.
    #[must_use]
    pub fn url(&self) -> &str {
        self.origin.url()
    }

    /// Creates an empty database.
    ///
    /// # Errors
    ///
    /// * [`ServerError::Connect`] if the server takes no connection;
    /// * [`ServerError::CreateDatabase`] if it refuses to create a database.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use diesel::prelude::*;
    /// use multischema::testing::Server;
    ///
    /// let database = Server::from_env_or_start()?.database()?;
    /// let mut conn = PgConnection::establish(database.url())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn database(&self) -> Result<Database, ServerError> {
        Database::create(Arc::clone(&self.origin))
    }

    /// Stops a throw-away server at once, in the middle of whatever its clients do, and keeps its
    /// data for [`restart`](Self::restart).
    ///
    /// Nothing happens if it is stopped already.
    ///
    /// # Errors
    ///
    /// * [`ServerError::NotThrowAway`] if this is the server of `DATABASE_URL`;
    /// * [`ServerError::Spawn`] if the server could not be sent a signal.
    pub fn stop(&self) -> Result<(), ServerError> {
        self.origin.cluster()?.stop()
    }

    /// Stops a throw-away server at once and starts it again, at the same URL and with everything
    /// that was committed.
    ///
    /// # Errors
    ///
    /// * [`ServerError::NotThrowAway`] if this is the server of `DATABASE_URL`;
    /// * [`ServerError::Spawn`], [`ServerError::Failed`] or [`ServerError::Timeout`] if it does not
    ///   stop or come up again; it is then stopped.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use diesel::prelude::*;
    /// use multischema::testing::Server;
    ///
    /// let server = Server::start()?;
    /// let mut conn = PgConnection::establish(server.url())?;
    /// server.restart()?;
    /// assert!(diesel::select(diesel::dsl::now).execute(&mut conn).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn restart(&self) -> Result<(), ServerError> {
        self.origin.cluster()?.restart()
    }
}

impl Origin {
    pub(super) fn url(&self) -> &str {
        match self {
            Self::Env { url } => url,
            Self::ThrowAway(cluster) => cluster.url(),
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        match self {
            Self::Env { .. } => false,
            Self::ThrowAway(cluster) => cluster.is_stopped(),
        }
    }

    fn cluster(&self) -> Result<&Cluster, ServerError> {
        match self {
            Self::Env { .. } => Err(ServerError::NotThrowAway),
            Self::ThrowAway(cluster) => Ok(cluster),
        }
    }
}

// By hand, as the URL may hold a password.
impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env { .. } => f.write_str("Env"),
            Self::ThrowAway(cluster) => f.debug_tuple("ThrowAway").field(cluster).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_password() {
        let url = "postgres://me:secret@db.example/app".to_owned();
        let server = Server {
            origin: Arc::new(Origin::Env { url }),
        };

        assert_eq!(format!("{server:?}"), "Server { origin: Env }");
    }
}
