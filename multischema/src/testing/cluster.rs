//! A throw-away server: its folder, its data and its process.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{env, fs};

use super::account::Account;
use super::binaries::Binaries;
use super::log::Log;
use super::process::{Deadline, Process};
use super::template::Template;
use super::watchdog::Watchdog;
use super::{ServerError, name};

/// How long a start may take, on a machine that is busy with other things.
const START: Duration = Duration::from_secs(60);

/// What PostgreSQL is told to forgo, as nobody needs the data after a crash of the machine, and to
/// allow, as many tests connect at once.
///
/// Commits still reach the operating system, so that they survive [`Cluster::restart`].
const SETTINGS: [&str; 5] = [
    "fsync=off",
    "full_page_writes=off",
    "max_connections=200",
    "listen_addresses=",
    "port=5432", // the name of the socket holds it, and `PGPORT` would change it
];

/// A throw-away server, which ends and is removed with this value or this process.
#[derive(Debug)]
pub(super) struct Cluster {
    // The fields are dropped in this order: the watchdog ends the server, which is waited for next.
    watchdog: Watchdog,
    server: Mutex<Option<Process>>,
    binaries: Binaries,
    log: Log,
    url: String,
}

impl Cluster {
    pub(super) fn start() -> Result<Self, ServerError> {
        let deadline = Deadline::after(START);
        let account = Account::choose()?;
        let binaries = Binaries::find(account)?;
        let watchdog = folder(account)?;
        let log_file = watchdog.folder().join("log");
        let log = Log::create(&log_file).map_err(|error| ServerError::Folder {
            folder: log_file,
            reason: error.to_string(),
        })?;

        let template = Template {
            binaries: &binaries,
            watchdog: &watchdog,
            log: &log,
            deadline,
        };
        template.instantiate(&watchdog.folder().join("data"), account)?;

        // No character of the folder needs an escape; see `is_suitable`.
        let url = format!(
            "postgresql:///postgres?host={}&port=5432&user=postgres",
            watchdog.folder().display()
        );
        let cluster = Self {
            watchdog,
            server: Mutex::new(None),
            binaries,
            log,
            url,
        };
        *cluster.server() = Some(cluster.launch(deadline)?);
        Ok(cluster)
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn stop(&self) -> Result<(), ServerError> {
        self.server().take().map_or(Ok(()), quit)
    }

    pub(super) fn restart(&self) -> Result<(), ServerError> {
        let mut server = self.server();
        server.take().map_or(Ok(()), quit)?;
        *server = Some(self.launch(Deadline::after(START))?);
        Ok(())
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.server().is_none()
    }

    fn server(&self) -> MutexGuard<'_, Option<Process>> {
        // A panic leaves either a process or none, and both are true.
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the server and waits until it takes connections.
    fn launch(&self, deadline: Deadline) -> Result<Process, ServerError> {
        let folder = self.watchdog.folder();
        let data = folder.join("data");
        let mut sockets = OsString::from("unix_socket_directories=");
        sockets.push(folder);
        // Shown in the list of processes, next to what each one does.
        let mut name = OsString::from("cluster_name=");
        name.push(folder.file_name().unwrap_or_default());

        let settings = SETTINGS.iter().map(OsStr::new).chain([&*sockets, &*name]);
        let args = ["-D".as_ref(), data.as_os_str()]
            .into_iter()
            .chain(settings.flat_map(|setting| ["-c".as_ref(), setting]));
        let path = self.binaries.postgres();
        let mut server = Process::spawn("postgres", &path, args, &self.watchdog, &self.log)?;

        let pid_file = data.join("postmaster.pid");
        match server.ready(&self.log, deadline, |id| is_ready(&pid_file, id)) {
            Ok(()) => Ok(server),
            Err(error) => {
                // Not killed, which would leave its shared memory; the first error says more.
                let _ = server.quit();
                Err(error)
            }
        }
    }
}

/// Ends the server as a crash would, but without an orphan.
fn quit(server: Process) -> Result<(), ServerError> {
    server.quit().map_err(|source| ServerError::Spawn {
        program: "sh",
        source,
    })
}

/// Makes the folder of a server in the folder for temporary files, else in `/tmp`.
fn folder(account: Account) -> Result<Watchdog, ServerError> {
    let name = name::unique();
    let chosen = env::temp_dir();
    if is_suitable(&chosen) {
        // Root's folder may be closed to the account of the server.
        if let Ok(watchdog) = Watchdog::start(chosen.join(&name), account) {
            return Ok(watchdog);
        }
    }
    Watchdog::start(PathBuf::from("/tmp").join(&name), account)
}

/// Returns whether a socket can be in a folder in `parent`: a path of it has at most 103 bytes, a
/// comma separates it from another, and in a URL some characters mean something else.
fn is_suitable(parent: &Path) -> bool {
    let bytes = parent.as_os_str().as_encoded_bytes();
    parent.is_absolute()
        && bytes.len() <= 50
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(byte))
}

/// Returns whether the server says in its file that it takes connections.
fn is_ready(pid_file: &Path, id: u32) -> bool {
    let Ok(text) = fs::read_to_string(pid_file) else {
        return false;
    };
    let mut lines = text.lines();
    // A file that a killed server left says something about that one.
    let is_its_own = lines.next().is_some_and(|line| line == id.to_string());
    is_its_own && lines.nth(6).is_some_and(|line| line.trim() == "ready")
}
