//! What `pg_dump`, which knows nothing of us, says of a schema.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::{World, value};

/// The SQL that it writes for the definitions of a schema, without its lines for `psql`.
#[must_use]
pub fn text(world: &World, schema: &str) -> String {
    written(world, "--schema-only", schema)
}

/// The rows of a schema, and how far its sequences have counted.
#[must_use]
pub fn rows(world: &World, schema: &str) -> String {
    written(world, "--data-only", schema)
}

fn written(world: &World, what: &str, schema: &str) -> String {
    let output = Command::new(program(world))
        .args([what, "--schema", schema, "--dbname", world.url()])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8(output.stdout).unwrap();
    // `\\restrict` is another each time.
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('\\') && !line.is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}

/// A `pg_dump` that is not older than the server.
#[must_use]
pub fn program(world: &World) -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let server = value(&mut world.pg(), "current_setting('server_version_num')::int / 10000");
        let server: u32 = server.parse().unwrap();
        let found = candidates().into_iter().find(|program| version(program) >= Some(server));
        found.unwrap_or_else(|| {
            panic!("no pg_dump of PostgreSQL {server} or newer is found: apt-get install -y postgresql-client, or set MULTISCHEMA_PG_BIN")
        })
    })
}

fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(std::env::var_os("MULTISCHEMA_PG_BIN").map(PathBuf::from));
    folders.extend(
        std::env::var_os("PATH")
            .iter()
            .flat_map(std::env::split_paths),
    );
    for parent in ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"] {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        folders.extend(entries.map(|entry| entry.path().join("bin")));
    }
    folders
        .into_iter()
        .map(|folder| folder.join("pg_dump"))
        .collect()
}

fn version(program: &PathBuf) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace()
        .find_map(|word| word.split('.').next()?.parse().ok())
}
