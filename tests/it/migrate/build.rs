//! From a build script.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use multischema_tests::World;

use super::sources::Folder;
use super::{fleet, has, value_in};

/// What a build script tells Cargo.
struct Told(String);

impl Told {
    /// Runs what a build script runs, with and without `MULTISCHEMA_STRICT`.
    fn by(folder: &Path, url: Option<&str>, strict: bool) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_migrate_at_build"));
        command.arg(folder).env_remove("DATABASE_URL");
        command.env("MULTISCHEMA_STRICT", if strict { "1" } else { "" });
        if let Some(url) = url {
            command.env("DATABASE_URL", url);
        }
        let Output { status, stdout, .. } = command.output().unwrap();
        assert!(status.success());
        Self(String::from_utf8(stdout).unwrap())
    }

    /// The lines that are no warning and no error.
    fn quiet(&self) -> Vec<&str> {
        let mut lines: Vec<_> = self.0.lines().collect();
        lines.retain(|line| {
            !line.starts_with("cargo::warning") && !line.starts_with("cargo::error")
        });
        lines
    }

    /// The warning or error, if there is one.
    #[track_caller]
    fn loud(&self) -> Option<&str> {
        let quiet = self.quiet();
        let mut lines = self.0.lines().filter(|line| !quiet.contains(line));
        let line = lines.next();
        assert_eq!(lines.next(), None, "one line: {}", self.0);
        line
    }
}

fn folder() -> Folder {
    Folder::new()
        .with("global/1_words", "CREATE TABLE words (word text)")
        .with("tenant/1_notes", "CREATE TABLE notes (n integer)")
}

#[test]
fn it_migrates_and_tells_cargo_when_to_run_it_again() {
    let (world, folder) = (fleet(["a"]), folder());
    for _ in 0..2 {
        let told = Told::by(folder.path(), Some(world.url()), true);
        let rerun = format!("cargo::rerun-if-changed={}", folder.path().display());
        let expected = [
            rerun.as_str(),
            "cargo::rerun-if-env-changed=DATABASE_URL",
            "cargo::rerun-if-env-changed=MULTISCHEMA_STRICT",
        ];
        assert_eq!((told.quiet(), told.loud()), (expected.to_vec(), None));
    }
    assert!(has(&world, "public", "words") && has(&world, "a", "notes"));
    assert!(!has(&world, "public", "notes"));
}

#[test]
fn without_a_database_there_is_a_warning_or_an_error_if_it_is_to_be_strict() {
    let folder = folder();
    let nobody = "postgres://someone:s3cret@127.0.0.1:1/app";
    for (url, text) in [
        (
            None,
            "the database was not migrated: DATABASE_URL is not set",
        ),
        (
            Some(""),
            "the database was not migrated: DATABASE_URL is not set",
        ),
        (
            Some(nobody),
            "the database was not migrated: cannot connect to the database: connection to server",
        ),
        (
            Some("postgres//someone:s3cret@x"),
            "the database was not migrated: the connection string is not understood",
        ),
    ] {
        for (strict, kind) in [(false, "warning"), (true, "error")] {
            let told = Told::by(folder.path(), url, strict);
            let expected = format!("cargo::{kind}=multischema: {text}");
            let loud = told.loud().unwrap();
            assert!(loud.starts_with(&expected), "{loud}");
            assert!(!loud.contains("s3cret"), "{loud}");
            assert_eq!(told.quiet().len(), 3);
        }
    }
}

#[test]
fn a_server_that_does_not_answer_is_given_five_seconds() {
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://someone@{}/app", silent.local_addr().unwrap());
    let start = Instant::now();
    let told = Told::by(folder().path(), Some(&url), false);
    let text = "cargo::warning=multischema: the database was not migrated: the server of DATABASE_URL did not answer within 5 s";
    assert_eq!(told.loud(), Some(text));
    let took = start.elapsed();
    assert!(
        took > Duration::from_secs(4) && took < Duration::from_secs(9),
        "{took:?}"
    );
}

#[test]
fn a_migration_that_fails_is_an_error_on_one_line() {
    let world = fleet(["a"]);
    let wrong = Folder::new().with(
        "tenant/1_wrong",
        "DO $$ BEGIN RAISE E'one\\ntwo\\n\\ncargo::warning=three'; END $$",
    );
    let told = Told::by(wrong.path(), Some(world.url()), false);
    assert_eq!(
        told.loud().unwrap(),
        "cargo::error=multischema: the database was not migrated: migration `1_wrong` failed on schema `__template__`: \
         Failed to run 1_wrong with: one | two | cargo::warning=three"
    );

    let in_a = Folder::new().with(
        "tenant/1_wrong",
        "SELECT 1 / (current_schema() <> 'a')::integer",
    );
    let told = Told::by(in_a.path(), Some(world.url()), false);
    let loud = told.loud().unwrap();
    assert!(loud.starts_with("cargo::error=multischema: public: up to date; __template__: 1 applied; schemata: 1 failed | a: failed: "), "{loud}");
    assert!(loud.ends_with("division by zero"), "{loud}");
}

#[test]
fn a_schema_that_is_missing_is_a_warning() {
    let (world, folder) = (fleet(["a"]), folder());
    world.run("DROP SCHEMA a");
    let told = Told::by(folder.path(), Some(world.url()), false);
    let loud = told.loud().unwrap();
    assert!(
        loud.starts_with("cargo::warning=multischema: public: 1 applied"),
        "{loud}"
    );
    assert!(loud.contains("1 missing | a: missing"), "{loud}");
}

#[test]
fn a_folder_without_its_two_parts_is_an_error_that_says_what_is_expected() {
    let folder = folder();
    std::fs::remove_dir_all(folder.path().join("global")).unwrap();
    let told = Told::by(folder.path(), None, false);
    let dir = folder.path().display();
    let expected = format!(
        "cargo::error=multischema: `{dir}` should hold the folders `global` and `tenant`, and `{dir}/global` is no folder"
    );
    assert_eq!(told.loud(), Some(expected.as_str()));

    std::fs::create_dir_all(folder.path().join("global/1_empty")).unwrap();
    let told = Told::by(folder.path(), None, false);
    assert!(told.loud().unwrap().contains("is no folder of migrations"));
}

#[test]
fn a_protected_database_is_refused_before_anything_is_written() {
    let folder = folder();
    let refused = "cargo::error=multischema: the database is protected: `protected` is set in `multischema.settings`";
    let world = fleet(["a"]);
    world.run("INSERT INTO multischema.settings VALUES ('protected', 'true')");
    let told = Told::by(folder.path(), Some(world.url()), false);
    assert_eq!(told.loud(), Some(refused));
    assert!(!has(&world, "public", "words") && !has(&world, "__template__", "notes"));

    // Even if only that table was made, by hand.
    let world = World::new();
    world.run("CREATE SCHEMA multischema; CREATE TABLE multischema.settings AS SELECT 'protected' AS key, 'true' AS value");
    let told = Told::by(folder.path(), Some(world.url()), false);
    assert_eq!(told.loud(), Some(refused));
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
    assert_eq!(value_in(&world, "public", tables), "2");
    assert!(!has(&world, "__template__", "__diesel_schema_migrations"));

    // Who writes it otherwise means it as well.
    world.run("UPDATE multischema.settings SET value = 'Yes'");
    let told = Told::by(folder.path(), Some(world.url()), false);
    assert_eq!(told.loud(), Some(refused));

    let world = fleet(["a"]);
    world.run("INSERT INTO multischema.settings VALUES ('protected', 'false')");
    let told = Told::by(folder.path(), Some(world.url()), true);
    assert_eq!(told.loud(), None);
}

#[test]
fn two_builds_at_once_migrate_once() {
    let (world, folder) = (World::new(), folder());
    std::thread::scope(|scope| {
        let builds: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| Told::by(folder.path(), Some(world.url()), true)))
            .collect();
        for build in builds {
            assert_eq!(build.join().unwrap().loud(), None);
        }
    });
    assert!(has(&world, "__template__", "notes"));
}

/// Slow the first time, as it compiles the library for the build script.
#[test]
fn cargo_check_of_the_example_migrates_its_database() {
    let world = World::new();
    world.run("DROP TABLE plans");
    let check = |url: &str| {
        Command::new(env!("CARGO"))
            .args(["check", "--package=build-script", "--locked"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .env("DATABASE_URL", url)
            .env_remove("MULTISCHEMA_STRICT")
            .output()
            .unwrap()
    };
    let said = |output: Output| String::from_utf8(output.stderr).unwrap();
    let checked = check(world.url());
    assert!(checked.status.success(), "{}", said(checked));
    assert!(has(&world, "public", "plans") && has(&world, "__template__", "documents"));
    assert!(!has(&world, "public", "documents"));

    // An error stops the build, and a warning does not.
    world
        .pg()
        .batch_execute("INSERT INTO multischema.settings VALUES ('protected', 'true')")
        .unwrap();
    let again = format!(
        "{}{}",
        world.url(),
        if world.url().contains('?') { "&" } else { "?" }
    );
    let refused = check(&format!("{again}application_name=again"));
    assert!(!refused.status.success());
    let text = said(refused);
    assert!(
        text.contains("error: build-script@0.1.0: multischema: the database is protected"),
        "{text}"
    );
    let warned = check("");
    assert!(warned.status.success());
    assert!(
        said(warned)
            .contains("warning: build-script@0.1.0: multischema: the database was not migrated")
    );
}
