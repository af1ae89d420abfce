//! What `pg_dump`, which knows nothing of us, says of a schema.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use diesel::connection::SimpleConnection;
use multischema_tests::{World, value};

/// The definitions of a schema, without the guard of the template. Their order depends on the name of the schema, so they
/// are in that of their texts.
pub(super) fn dump(world: &World, schema: &str) -> Vec<String> {
    let mut entries = entries(world, schema);
    entries.sort();
    entries
}

/// The same, once the definitions were restored in another database: only from then on they do not change any more.
pub(super) fn settled(world: &World, schema: &str, shared: &str) -> Vec<String> {
    let other = World::new();
    other.run(shared);
    other
        .pg()
        .batch_execute(&entries(world, schema).concat())
        .unwrap();
    dump(&other, schema)
}

fn entries(world: &World, schema: &str) -> Vec<String> {
    let output = Command::new(program(world))
        .args(["--schema-only", "--schema", schema, "--dbname", world.url()])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    // `\restrict` is another each time, and what is set is said again only when it changes.
    let is_kept = |line: &&str| {
        !line.starts_with('\\')
            && !line.is_empty()
            && *line != "SET default_tablespace = '';"
            && *line != "SET default_table_access_method = heap;"
    };
    let lines = text.lines().filter(is_kept);
    let mut entries = vec![String::new()];
    for line in lines {
        if line.starts_with("--") {
            entries.push(String::new());
        } else {
            let entry = entries.last_mut().unwrap();
            entry.push_str(line);
            entry.push('\n');
        }
    }
    entries.retain(|entry| !entry.is_empty() && !entry.contains(" multischema_guard "));
    entries
}

/// A `pg_dump` that is not older than the server.
fn program(world: &World) -> &'static PathBuf {
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
    let number = text
        .split_whitespace()
        .find_map(|word| word.split('.').next()?.parse().ok());
    number
}
