//! A folder for temporary files in which `hold_server` runs, and what is left in it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A folder for temporary files with a cold cache. It goes with this value.
pub(super) struct Ground(PathBuf);

impl Ground {
    pub(super) fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(format!("/tmp/ground-{}-{counter}", std::process::id()));
        fs::create_dir(&folder).expect("a new folder");
        // As open as `/tmp`: the server may run under another account.
        fs::set_permissions(&folder, Permissions::from_mode(0o1777)).expect("our folder");
        Self(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Returns a command that starts a server here and ends as `end` says.
    pub(super) fn hold_server(&self, end: &str) -> Command {
        self.command(env!("CARGO_BIN_EXE_hold_server").as_ref(), end)
    }

    /// Returns [`hold_server`](Self::hold_server) as a program of its own, for an account that
    /// cannot read the folder of the build.
    pub(super) fn copied_hold_server(&self, end: &str) -> Command {
        let copy = self.0.join("hold_server");
        fs::copy(env!("CARGO_BIN_EXE_hold_server"), &copy).expect("a copy in our folder");
        self.command(&copy, end)
    }

    fn command(&self, program: &Path, end: &str) -> Command {
        let mut command = Command::new(program);
        command
            .arg(end)
            .current_dir("/")
            .env("TMPDIR", &self.0)
            .env_remove("DATABASE_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Returns the folder of the only server.
    pub(super) fn server(&self) -> Option<PathBuf> {
        let mut folders = self.entries("multischema_");
        assert!(folders.len() <= 1, "{folders:?}");
        folders.pop()
    }

    /// Returns the folder of the templates.
    pub(super) fn cache(&self) -> PathBuf {
        let mut folders = self.entries("multischema-cache-");
        assert_eq!(folders.len(), 1, "{folders:?}");
        folders.remove(0)
    }

    /// Returns the template of the only installation.
    pub(super) fn template(&self) -> PathBuf {
        let mut templates = entries(&self.cache());
        assert_eq!(templates.len(), 1, "{templates:?}");
        templates.remove(0)
    }

    fn entries(&self, prefix: &str) -> Vec<PathBuf> {
        let mut entries = entries(&self.0);
        entries.retain(|path| {
            path.file_name()
                .is_some_and(|it| it.to_string_lossy().starts_with(prefix))
        });
        entries
    }

    /// Asserts that nothing is left but whole templates, soon after `holder` has ended.
    pub(super) fn assert_nothing_left(&self, holder: u32) {
        let left = || {
            let mut left = self.processes(holder);
            left.extend(
                self.entries("multischema_")
                    .iter()
                    .map(|it| it.display().to_string()),
            );
            left
        };
        let deadline = Instant::now() + Duration::from_secs(15);
        while !left().is_empty() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(left(), [""; 0]);

        for template in self
            .entries("multischema-cache-")
            .iter()
            .flat_map(|it| entries(it))
        {
            // The last file that `initdb` writes.
            assert!(
                template.join("base/5/PG_VERSION").is_file(),
                "half: {template:?}"
            );
        }
    }

    /// Returns the processes that work here for `holder`, and itself.
    pub(super) fn processes(&self, holder: u32) -> Vec<String> {
        // The processes of a server show its name instead of their folder and environment.
        let path = self.0.display();
        let needles = [
            format!("{path}/"),
            format!("TMPDIR={path} "),
            format!("multischema_{holder}_"),
        ];
        processes()
            .into_iter()
            .filter(|(command, environment)| {
                let is_here = |needle| command.contains(needle) || environment.contains(needle);
                needles.iter().any(is_here)
            })
            .map(|(command, _)| command)
            .collect()
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let removed = fs::remove_dir_all(&self.0);
        // A second panic would hide the first.
        assert!(removed.is_ok() || thread::panicking(), "{removed:?}");
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a readable folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

/// Returns the command line of every process, and its environment, if that can be seen.
///
/// A process that has ended has neither, even if no one has waited for it.
fn processes() -> Vec<(String, String)> {
    let Ok(proc) = fs::read_dir("/proc") else {
        let output = Command::new("ps")
            .args(["-A", "-ww", "-o", "command="])
            .output();
        let output = output.expect("`ps` runs");
        let lines = String::from_utf8_lossy(&output.stdout);
        return lines
            .lines()
            .map(|line| (line.to_owned(), String::new()))
            .collect();
    };
    let text = |file: PathBuf| {
        let bytes = fs::read(file).unwrap_or_default();
        String::from_utf8_lossy(&bytes).replace('\0', " ")
    };
    proc.flatten()
        .map(|entry| entry.path())
        .map(|process| (text(process.join("cmdline")), text(process.join("environ"))))
        .map(|(command, environment)| (command.trim_end().to_owned(), environment))
        .collect()
}

/// Waits until `look` sees something.
pub(super) fn soon<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "not seen: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Returns the first line that `child` writes.
pub(super) fn first_line(child: &mut Child) -> String {
    use std::io::{BufRead as _, BufReader};

    let stdout = child.stdout.as_mut().expect("a pipe");
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    line.trim_end().to_owned()
}

/// Returns standard error as text.
pub(super) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
