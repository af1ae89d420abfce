//! The empty cluster that `initdb` makes once and every throw-away server copies.

use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ServerError;
use super::account::Account;
use super::binaries::Binaries;
use super::log::Log;
use super::process::{Deadline, Process};
use super::watchdog::Watchdog;

/// The same cluster for everyone: no password, as nobody else can reach the socket, and no language.
const INITDB_OPTIONS: [&str; 5] = [
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--no-locale",
    "--no-sync",
];

/// Systems empty the folder for temporary files file by file, macOS after three days; half a cluster
/// would be worse than none.
const LIFETIME: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// Makes data folders for throw-away servers.
#[derive(Debug)]
pub(super) struct Template<'a> {
    pub(super) binaries: &'a Binaries,
    pub(super) watchdog: &'a Watchdog,
    pub(super) log: &'a Log,
    pub(super) deadline: Deadline,
}

impl Template<'_> {
    /// Makes `data`, an empty cluster, using the cache if it can be trusted.
    pub(super) fn instantiate(&self, data: &Path, account: Account) -> Result<(), ServerError> {
        let Some(cache) = self.cache(account)? else {
            return self.initdb(data);
        };
        let template = cache.join(self.key());
        if !is_fresh(&template) {
            self.replace(&template)?;
        }
        if self.copy(&template, data).is_err() {
            // Another process may have replaced it meanwhile.
            let _ = fs::remove_dir_all(data);
            return self.initdb(data);
        }
        Ok(())
    }

    /// Returns the folder of the templates of `account`, if no one else can write in it.
    ///
    /// Whoever made the folder first could have put a cluster there that runs programs of theirs.
    fn cache(&self, account: Account) -> Result<Option<PathBuf>, ServerError> {
        let parent = self.watchdog.folder().parent().unwrap_or(Path::new("/"));
        let cache = parent.join(format!("multischema-cache-{}", account.uid()));
        if fs::symlink_metadata(&cache).is_err() {
            let args = ["-m".as_ref(), "700".as_ref(), cache.as_os_str()];
            // Another process may be faster, so the result says nothing; the check below does.
            let _ = self.run("mkdir", "mkdir".as_ref(), args);
        }
        let is_ours = fs::symlink_metadata(&cache).is_ok_and(|metadata| {
            metadata.is_dir() && metadata.uid() == account.uid() && metadata.mode() & 0o077 == 0
        });
        Ok(is_ours.then_some(cache))
    }

    /// Returns a name that differs whenever the cluster could.
    fn key(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.binaries.identity().hash(&mut hasher);
        INITDB_OPTIONS.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// Puts a new cluster in the place of `template`.
    fn replace(&self, template: &Path) -> Result<(), ServerError> {
        // It is made in the folder of this server, which goes with everything in it, so that a half
        // one is never left, and moved at once, so that a half one is never copied.
        let new = self.watchdog.folder().join("template");
        self.initdb(&new)?;
        if !is_fresh(template) {
            let _ = fs::rename(template, self.watchdog.folder().join("old-template"));
        }
        // It fails if another process was faster, and then that one's template is as good.
        let _ = fs::rename(&new, template);
        Ok(())
    }

    fn initdb(&self, data: &Path) -> Result<(), ServerError> {
        let args = INITDB_OPTIONS.iter().map(OsStr::new);
        let args = args.chain(["--pgdata".as_ref(), data.as_os_str()]);
        self.run("initdb", &self.binaries.initdb(), args)
    }

    fn copy(&self, template: &Path, data: &Path) -> Result<(), ServerError> {
        let args = ["-R".as_ref(), template.as_os_str(), data.as_os_str()];
        self.run("cp", "cp".as_ref(), args)
    }

    fn run<'a>(
        &self,
        program: &'static str,
        path: &Path,
        args: impl IntoIterator<Item = &'a OsStr>,
    ) -> Result<(), ServerError> {
        Process::spawn(program, path, args, self.watchdog, self.log)?
            .success(self.log, self.deadline)
    }
}

fn is_fresh(template: &Path) -> bool {
    let made = fs::metadata(template.join("PG_VERSION")).and_then(|file| file.modified());
    made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age < LIFETIME))
}
