use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why there is no server, or no database, to test with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// This machine has no PostgreSQL server, or has it in an unusual place. Do one of the things
    /// that the message names.
    #[error(
        "no PostgreSQL server was found on this machine; install one (Debian, Ubuntu: \
         `apt-get install -y postgresql`, macOS: `brew install postgresql@17`), or set \
         `MULTISCHEMA_PG_BIN` to the folder that holds `postgres` and `initdb`, or set \
         `DATABASE_URL` to a server to use"
    )]
    NoBinaries,
    /// The PostgreSQL programs in `folder` do not run: they are not there, or are for another
    /// machine, or lie where the account of the server cannot read them. The source says which.
    #[error(
        "the PostgreSQL programs in {folder:?} do not run; set `MULTISCHEMA_PG_BIN` to a folder \
         that holds `postgres` and `initdb`, or `DATABASE_URL` to a server to use"
    )]
    UnusableBinaries {
        /// The folder, from `MULTISCHEMA_PG_BIN` or from the search.
        folder: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The process is root's, and PostgreSQL refuses to run as root.
    #[error(
        "root cannot run PostgreSQL, and `/etc/passwd` has neither `postgres` nor `nobody` to run \
         it instead; use another account, or set `DATABASE_URL` to a server to use"
    )]
    NoAccount,
    /// A throw-away server needs Unix.
    #[error("a throw-away server needs Unix; set `DATABASE_URL` to a server to use")]
    Unsupported,
    /// `DATABASE_URL` cannot be a connection string.
    #[error("`DATABASE_URL` is not valid UTF-8; correct it, or unset it for a throw-away server")]
    NotUnicode,
    /// The folder of a throw-away server could not be made. Set `TMPDIR` to a folder in which the
    /// account of the server may write.
    #[error("the folder {folder:?} could not be made ({reason}); set `TMPDIR` to another place")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A program could not even be started.
    #[error("`{program}` could not be started")]
    Spawn {
        /// The program.
        program: &'static str,
        /// What went wrong.
        source: io::Error,
    },
    /// A program ended that should have succeeded, or should have gone on. Its log says why.
    #[error("`{program}` ended with {status}; the end of its log:\n{log}")]
    Failed {
        /// The program: `initdb`, `cp` or `postgres`.
        program: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The last lines that it wrote.
        log: String,
    },
    /// A program did not get ready. The machine is overloaded, or the log says more.
    #[error("`{program}` was not ready after {after:?}; the end of its log:\n{log}")]
    Timeout {
        /// The program: `initdb`, `cp` or `postgres`.
        program: &'static str,
        /// How long it had.
        after: Duration,
        /// The last lines that it wrote.
        log: String,
    },
    /// The server of `DATABASE_URL` was to be stopped. It is not ours; use [`Server::start`] for
    /// one that is.
    ///
    /// [`Server::start`]: super::Server::start
    #[error(
        "the server of `DATABASE_URL` is not stopped by a test; start one with `Server::start`"
    )]
    NotThrowAway,
    /// The server does not take connections: `DATABASE_URL` names the wrong one, or a throw-away
    /// server is [stopped](super::Server::stop).
    #[error("the server does not take a connection to its maintenance database")]
    Connect(#[source] diesel::ConnectionError),
    /// The server refused a new database. The role of `DATABASE_URL` needs the right `CREATEDB`.
    #[error("the database `{name}` could not be created; its role needs the right `CREATEDB`")]
    CreateDatabase {
        /// The name of the database.
        name: String,
        /// What the server said.
        source: diesel::result::Error,
    },
}
