//! A PostgreSQL server for tests and examples, and a database of its own for each of them.
//!
//! [`Server::from_env_or_start`] takes the server that `DATABASE_URL` names. Without one it starts
//! a throw-away server from the PostgreSQL programs of this machine, looked for in this order:
//!
//! | Place | Which |
//! |---|---|
//! | `MULTISCHEMA_PG_BIN` | that folder and no other |
//! | `PATH` | the first that holds `postgres` and `initdb` |
//! | `/usr/lib/postgresql/*/bin` (Debian), `/usr/pgsql-*/bin` (Red Hat) | the highest version |
//! | `/opt/homebrew/opt/postgresql@*/bin`, `/usr/local/opt/postgresql@*/bin` | the highest version |
//! | `~/.cache/multischema/postgresql-*/bin`, `/var/cache/multischema/postgresql-*/bin` | the highest version |
//!
//! Nothing is ever downloaded.
//!
//! A throw-away server listens on a Unix socket in a folder that only its own account can enter,
//! so it needs no port and no password. It runs under the account of the process, or, as PostgreSQL
//! refuses to run as root, under `postgres` or `nobody` in a process of root. Nothing of it is left
//! when the process ends, in whichever way: a shell that holds the other end of a pipe ends the
//! server and removes its folder. Only an empty cluster is kept for the next start, in
//! `multischema-cache-*` in the folder for temporary files (`TMPDIR`), which makes that start ten
//! times faster.
//!
//! Throw-away servers need Unix; elsewhere, set `DATABASE_URL`.
//!
//! # Examples
//!
//! One server for all tests of a process, one database for each:
//!
//! ```no_run
//! use std::sync::OnceLock;
//!
//! use multischema::testing::{Database, Server};
//!
//! fn database() -> Database {
//!     static SERVER: OnceLock<Server> = OnceLock::new();
//!     SERVER
//!         .get_or_init(|| Server::from_env_or_start().expect("a server to test with"))
//!         .database()
//!         .expect("a database of our own")
//! }
//! ```

mod conninfo;
mod database;
mod error;
mod name;
mod rollback_pool;
mod server;

#[cfg(unix)]
mod account;
#[cfg(unix)]
mod binaries;
#[cfg(unix)]
mod cluster;
#[cfg(unix)]
mod log;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod template;
#[cfg(unix)]
mod watchdog;

#[cfg(not(unix))]
#[path = "no_cluster.rs"]
mod cluster;

pub use self::database::Database;
pub use self::error::ServerError;
pub use self::rollback_pool::rollback_pool;
pub use self::server::Server;
