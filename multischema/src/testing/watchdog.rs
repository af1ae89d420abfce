//! The folder of a throw-away server, and what removes it.

use std::io::{self, BufRead as _, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::ServerError;
use super::account::Account;

/// A shell that ends the programs in its group and removes its folder, when this process ends or
/// this value is dropped.
#[derive(Debug)]
pub(super) struct Watchdog {
    shell: Child,
    /// What only this process holds, and the shell waits to be let go.
    leash: Option<ChildStdin>,
    /// What the programs in the folder hold, too, so that the shell sees when the last one ends.
    lifeline: Option<UnixStream>,
    group: i32,
    folder: PathBuf,
    account: Account,
}

impl Watchdog {
    /// Makes `folder`, which must not exist, with a watchdog that was there before it.
    pub(super) fn start(folder: PathBuf, account: Account) -> Result<Self, ServerError> {
        let (watchdog, answer) =
            Self::spawn(folder, account).map_err(|source| ServerError::Spawn {
                program: "sh",
                source,
            })?;
        match answer.trim() {
            "made" => Ok(watchdog),
            reason => Err(ServerError::Folder {
                folder: watchdog.folder.clone(),
                reason: reason.to_owned(),
            }),
        }
    }

    /// Starts the shell and returns the first line that it writes.
    fn spawn(folder: PathBuf, account: Account) -> io::Result<(Self, String)> {
        let (lifeline, output) = UnixStream::pair()?;
        let mut shell = account
            .command("/bin/sh")
            .args(["-c", include_str!("watchdog.sh"), "multischema-watchdog"])
            .arg(&folder)
            // A group of its own: Ctrl-C in a terminal goes to the group of this process.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(OwnedFd::from(output))
            .stderr(Stdio::null())
            .spawn()?;

        let watchdog = Self {
            leash: shell.stdin.take(),
            lifeline: Some(lifeline.try_clone()?),
            group: i32::try_from(shell.id()).map_err(io::Error::other)?,
            shell,
            folder,
            account,
        };
        let mut answer = String::new();
        BufReader::new(lifeline).read_line(&mut answer)?;
        Ok((watchdog, answer))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns a command that runs `program` in the care of the watchdog.
    pub(super) fn command(&self, program: &Path) -> io::Result<Command> {
        let mut command = self.account.command(program);
        command.process_group(self.group);
        if let Some(lifeline) = &self.lifeline {
            command.stdin(OwnedFd::from(lifeline.try_clone()?));
        }
        Ok(command)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.leash.take());
        drop(self.lifeline.take());
        // Its time is limited, and nothing can be done about a shell that cannot be waited for.
        let _ = self.shell.wait();
    }
}
