//! The same from a build script, as a convenience for development.
//!
//! ```no_run
//! // In the `main` of build.rs:
//! multischema::build::migrate_all("migrations");
//! ```
//!
//! `cargo build` then brings the database in `DATABASE_URL` up to date when a migration was added. It does not see
//! that a schema was made, it waits for a database while you wait for it, and it runs wherever the crate is built. So
//! this is for the database on a developer's machine; where an application is in use, let it, or a program beside it, call
//! [`migrate_all`](crate::migrate_all()) when it starts, and [protect](migrate_all#what-is-refused) its database.
//!
//! The crate is a build-dependency, and so is what links libpq for it: `pq-sys` with the feature
//! `bundled_without_openssl`, if the machine has none. `examples/build-script` of the repository has both.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use diesel::pg::PgConnection;
use diesel_migrations::FileBasedMigrations;

use super::error::{Chain, MigrateError};
use super::migrator::Migrator;
use super::report::{FleetReport, Outcome};
use super::sql;
use super::worker::connect;

/// How long a server has to answer.
const REACHED_WITHIN: Duration = Duration::from_secs(5);
/// How long to wait for each lock: `cargo check` and an editor run build scripts side by side.
const PATIENCE: Duration = Duration::from_secs(30);

/// Brings the database that `DATABASE_URL` names up to date with the migrations in `dir`, from a build script.
///
/// `dir`, most often `"migrations"`, holds two folders of migrations: `global` and `tenant`. Either may be empty.
///
/// It prints lines for Cargo to standard output: to run it again if the folder, `DATABASE_URL` or
/// `MULTISCHEMA_STRICT` changes, and what came of it. It does not panic.
///
/// | What is found | What Cargo is told |
/// |---|---|
/// | `DATABASE_URL` is not set, or is empty | a warning |
/// | no connection within 5 seconds | a warning |
/// | somebody else works on the database, or on a schema, for longer than 30 seconds | a warning |
/// | a schema of the registry that PostgreSQL does not have | a warning |
/// | any of these, with `MULTISCHEMA_STRICT=1` | an error |
/// | no folders `global` and `tenant`; a migration that failed or was refused | an error |
/// | a protected database | an error |
///
/// Cargo shows a warning again without running the script again.
///
/// # What is refused
///
/// Nothing is written to a database that is marked:
///
/// ```sql
/// INSERT INTO multischema.settings (key, value) VALUES ('protected', 'true');
/// ```
///
/// Any value but `false` protects it.
///
/// # Examples
///
/// ```no_run
/// multischema::build::migrate_all("migrations");
/// ```
pub fn migrate_all(dir: impl AsRef<Path>) {
    let mut out = io::stdout();
    // There is nowhere to report that standard output is closed.
    let _ = tell(&mut out, dir.as_ref());
}

fn tell(out: &mut impl Write, dir: &Path) -> io::Result<()> {
    line(out, "rerun-if-changed", &dir.display().to_string())?;
    line(out, "rerun-if-env-changed", "DATABASE_URL")?;
    line(out, "rerun-if-env-changed", "MULTISCHEMA_STRICT")?;
    let told = match migrate(dir) {
        Ok(()) => return Ok(()),
        Err(told) => told,
    };
    let strict = env::var_os("MULTISCHEMA_STRICT").is_some_and(|value| value == "1");
    let kind = match told {
        Told::Warning(_) if !strict => "warning",
        Told::Warning(_) | Told::Error(_) => "error",
    };
    let (Told::Warning(text) | Told::Error(text)) = told;
    line(out, kind, &format!("multischema: {text}"))
}

/// Writes one line of Cargo's protocol, whatever `text` holds.
fn line(out: &mut impl Write, kind: &str, text: &str) -> io::Result<()> {
    let words: Vec<&str> = text.split(['\n', '\r']).map(str::trim).collect();
    let words: Vec<&str> = words.into_iter().filter(|line| !line.is_empty()).collect();
    writeln!(out, "cargo::{kind}={}", words.join(" | "))
}

/// What Cargo is told.
enum Told {
    Warning(String),
    Error(String),
}

fn migrate(dir: &Path) -> Result<(), Told> {
    let [global, tenant] = [folder(dir, "global")?, folder(dir, "tenant")?];
    let url = env::var("DATABASE_URL").unwrap_or_default();
    if url.is_empty() {
        let text = "the database was not migrated: DATABASE_URL is not set";
        return Err(Told::Warning(text.to_owned()));
    }
    let mut pg = reach(&url)?;
    let not_migrated = |error: &MigrateError| {
        let chain = Chain(error);
        format!("the database was not migrated: {chain}")
    };
    match sql::is_protected(&mut pg) {
        Ok(false) => {}
        Ok(true) => {
            let text = "the database is protected: `protected` is set in `multischema.settings`";
            return Err(Told::Error(text.to_owned()));
        }
        Err(source) => {
            let schema = None;
            let error = MigrateError::Query { schema, source };
            return Err(Told::Error(not_migrated(&error)));
        }
    }
    drop(pg);
    let migrator = Migrator::new(global, tenant).lock_timeout(PATIENCE);
    match migrator.run(&url) {
        Ok(report) => judge(&report),
        Err(error @ MigrateError::Busy { .. }) => Err(Told::Warning(not_migrated(&error))),
        Err(error) => Err(Told::Error(not_migrated(&error))),
    }
}

/// A folder of migrations, in words that say which is expected.
fn folder(dir: &Path, name: &str) -> Result<FileBasedMigrations, Told> {
    let path: PathBuf = dir.join(name);
    if !path.is_dir() {
        let (dir, path) = (dir.display(), path.display());
        return Err(Told::Error(format!(
            "`{dir}` should hold the folders `global` and `tenant`, and `{path}` is no folder"
        )));
    }
    FileBasedMigrations::from_path(&path).map_err(|error| {
        let (path, chain) = (path.display(), Chain(&error));
        Told::Error(format!("`{path}` is no folder of migrations: {chain}"))
    })
}

/// Connects, or gives up: libpq waits for minutes for a host that does not answer.
fn reach(url: &str) -> Result<PgConnection, Told> {
    let (sender, receiver) = mpsc::channel();
    let owned = url.to_owned();
    let connecting = thread::Builder::new().spawn(move || {
        // Nobody may be waiting any more.
        let _ = sender.send(connect(&owned));
    });
    let text = match connecting.map(|_| receiver.recv_timeout(REACHED_WITHIN)) {
        Ok(Ok(Ok(pg))) => return Ok(pg),
        Ok(Ok(Err(error))) => Chain(&error).to_string(),
        Ok(Err(_)) => "the server of DATABASE_URL did not answer within 5 s".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(Told::Warning(format!(
        "the database was not migrated: {text}"
    )))
}

/// A schema that fails is an error; one that is missing or in use is nothing that a migration can mend.
fn judge(report: &FleetReport) -> Result<(), Told> {
    let is_error = |outcome: &Outcome| match outcome {
        Outcome::Failed { error, .. } => !matches!(error, MigrateError::Busy { .. }),
        _ => false,
    };
    if report.is_ok() {
        Ok(())
    } else if report.failed().any(|it| is_error(it.outcome())) {
        Err(Told::Error(report.to_string()))
    } else {
        Err(Told::Warning(report.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::SchemaReport;

    #[test]
    fn a_schema_that_someone_else_works_on_is_a_warning() {
        let failed = |error| Outcome::Failed {
            applied: Vec::new(),
            error,
        };
        let busy = || MigrateError::Busy {
            schema: None,
            waited: PATIENCE,
        };
        let report = |outcomes: [Outcome; 2]| {
            let schemata = ["a", "b"].into_iter().zip(outcomes);
            let schemata = schemata.map(|(name, outcome)| {
                let name = name.parse().expect("a name");
                SchemaReport::new((1, name), outcome, None)
            });
            FleetReport {
                schemata: schemata.collect(),
                ..FleetReport::default()
            }
        };
        let told = |outcomes| judge(&report(outcomes));
        assert!(told([Outcome::UpToDate, Outcome::UpToDate]).is_ok());
        for outcomes in [
            [failed(busy()), Outcome::NotReached],
            [Outcome::Missing, failed(busy())],
        ] {
            assert!(matches!(told(outcomes), Err(Told::Warning(_))));
        }
        let wrong = failed(MigrateError::ConnectionString);
        assert!(matches!(told([failed(busy()), wrong]), Err(Told::Error(_))));
    }
}
