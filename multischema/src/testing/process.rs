//! A program at work for a throw-away server.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use super::ServerError;
use super::log::Log;
use super::watchdog::Watchdog;

const POLL: Duration = Duration::from_millis(5);

/// The time that all programs of one start have together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    start: Instant,
    after: Duration,
}

impl Deadline {
    pub(super) fn after(after: Duration) -> Self {
        Self {
            start: Instant::now(),
            after,
        }
    }

    fn is_over(self) -> bool {
        self.start.elapsed() > self.after
    }
}

/// A running program. It does not outlive this value.
#[derive(Debug)]
pub(super) struct Process {
    program: &'static str,
    child: Child,
}

impl Process {
    /// Starts `program`, which is at `path`, in the folder of `watchdog`.
    pub(super) fn spawn<'a>(
        program: &'static str,
        path: &Path,
        args: impl IntoIterator<Item = &'a OsStr>,
        watchdog: &Watchdog,
        log: &Log,
    ) -> Result<Self, ServerError> {
        let spawn = || {
            let mut command = watchdog.command(path)?;
            command
                .args(args)
                .stdout(log.output()?)
                .stderr(log.output()?);
            command.spawn()
        };
        match spawn() {
            Ok(child) => Ok(Self { program, child }),
            Err(source) => Err(ServerError::Spawn { program, source }),
        }
    }

    /// Waits for the program to succeed.
    pub(super) fn success(mut self, log: &Log, deadline: Deadline) -> Result<(), ServerError> {
        let status = self.poll(log, deadline, Child::try_wait)?;
        if status.success() {
            Ok(())
        } else {
            Err(self.failed(status, log))
        }
    }

    /// Waits for the program to be ready, which `is_ready` sees while the program goes on.
    pub(super) fn ready(
        &mut self,
        log: &Log,
        deadline: Deadline,
        is_ready: impl Fn(u32) -> bool,
    ) -> Result<(), ServerError> {
        let ended = self.poll(log, deadline, |child| {
            let ended = child.try_wait()?;
            let is_over = ended.is_some() || is_ready(child.id());
            Ok(is_over.then_some(ended))
        })?;
        match ended {
            None => Ok(()),
            Some(status) => Err(self.failed(status, log)),
        }
    }

    /// Tells the program, a server, to end at once, and waits for that.
    pub(super) fn quit(mut self) -> io::Result<()> {
        // A number whose process was waited for may be another's already.
        if self.child.try_wait()?.is_none() {
            let id = self.child.id().to_string();
            let kill = ["-c", "kill -QUIT \"$1\"", "sh", &id];
            Command::new("/bin/sh").args(kill).status()?;
            self.child.wait()?;
        }
        Ok(())
    }

    fn poll<T>(
        &mut self,
        log: &Log,
        deadline: Deadline,
        mut look: impl FnMut(&mut Child) -> io::Result<Option<T>>,
    ) -> Result<T, ServerError> {
        let program = self.program;
        loop {
            let seen = look(&mut self.child);
            if let Some(seen) = seen.map_err(|source| ServerError::Spawn { program, source })? {
                return Ok(seen);
            }
            if deadline.is_over() {
                return Err(ServerError::Timeout {
                    program,
                    after: deadline.after,
                    log: log.tail(),
                });
            }
            thread::sleep(POLL);
        }
    }

    fn failed(&self, status: ExitStatus, log: &Log) -> ServerError {
        ServerError::Failed {
            program: self.program,
            status,
            log: log.tail(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only if the program has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
