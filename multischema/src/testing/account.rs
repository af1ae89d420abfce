//! The account that runs the server.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::{env, io};

use super::ServerError;

/// The account that runs the server: the one of this process, unless that is root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Account {
    uid: u32,
    /// The group to change to; absent if the account is that of this process.
    change_to_group: Option<u32>,
}

impl Account {
    pub(super) fn choose() -> Result<Self, ServerError> {
        let uid = own_uid().map_err(|source| ServerError::Spawn {
            program: "id",
            source,
        })?;
        if uid != 0 {
            return Ok(Self {
                uid,
                change_to_group: None,
            });
        }
        // PostgreSQL refuses root, and also a number without a line in this file.
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Self::in_passwd(&passwd, name))
            .ok_or(ServerError::NoAccount)
    }

    fn in_passwd(passwd: &str, name: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            if fields.next() != Some(name) {
                return None;
            }
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(Self {
                uid,
                change_to_group: Some(gid),
            })
        })
    }

    pub(super) fn uid(self) -> u32 {
        self.uid
    }

    /// Returns a command that runs `program` under this account.
    pub(super) fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            // The folder that this process is in may be closed to the account.
            .current_dir("/")
            .stdin(Stdio::null())
            .env("PATH", path())
            // The cluster outlives this process's settings in the cache, so it must not depend on
            // them; and the log is read here.
            .env("LC_ALL", "C")
            .env("TZ", "UTC");
        if let Some(gid) = self.change_to_group {
            command.uid(self.uid).gid(gid);
        }
        command
    }
}

fn own_uid() -> io::Result<u32> {
    let output = Command::new("id")
        .arg("-u")
        .env("PATH", path())
        .stdin(Stdio::null())
        .output()?;
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .map_err(io::Error::other)
}

/// Returns `PATH`, followed by the places of `cp`, `id` and `rm`: a test may have emptied it.
fn path() -> OsString {
    let mut path = env::var_os("PATH").unwrap_or_default();
    if !path.is_empty() {
        path.push(":");
    }
    path.push("/usr/bin:/bin");
    path
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let passwd = "postgres2:x:7:8::/:/bin/sh\nnobody:x:65534:65533:a,b:/:/bin/false\nshort:x";

        let nobody = Account {
            uid: 65534,
            change_to_group: Some(65533),
        };
        let cases = [
            ("nobody", Some(nobody)),
            ("postgres", None),
            ("short", None),
        ];
        for (name, account) in cases {
            assert_eq!(Account::in_passwd(passwd, name), account, "for {name}");
        }
    }
}
