//! Where migrations come from, and where they go.

use std::fs;
use std::path::Path;

use diesel_migrations::{EmbeddedMigrations, FileBasedMigrations, embed_migrations};
use multischema::{MigrateError, Migrator, migrate_all};

use super::{Steps, chain, fleet, has, history, refused, step, value_in};

const LABELS: EmbeddedMigrations = embed_migrations!("it/migrations");

/// A folder of its own, gone with this value.
pub(super) struct Folder(std::path::PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("multischema-migrations-{}-{number}", std::process::id());
        let folder = Self(std::env::temp_dir().join(name));
        for part in ["global", "tenant"] {
            fs::create_dir_all(folder.0.join(part)).unwrap();
        }
        folder
    }

    /// Adds a migration, as `tenant/1_notes`.
    pub(super) fn with(self, name: &str, up: &str) -> Self {
        let migration = self.0.join(name);
        fs::create_dir_all(&migration).unwrap();
        fs::write(migration.join("up.sql"), up).unwrap();
        self
    }

    /// Adds what reverts a migration.
    pub(super) fn with_down(self, name: &str, down: &str) -> Self {
        fs::write(self.0.join(name).join("down.sql"), down).unwrap();
        self
    }

    /// Adds that a migration runs in no transaction.
    pub(super) fn in_no_transaction(self, name: &str) -> Self {
        let metadata = self.0.join(name).join("metadata.toml");
        fs::write(metadata, "run_in_transaction = false").unwrap();
        self
    }

    pub(super) fn remove(&self, file: &str) {
        fs::remove_file(self.0.join(file)).unwrap();
    }

    /// The migrations in `global` or `tenant`.
    pub(super) fn source(&self, part: &str) -> FileBasedMigrations {
        FileBasedMigrations::from_path(self.0.join(part)).unwrap()
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn migrations_may_be_embedded_in_files_or_written_by_hand() {
    let world = fleet(["a"]);
    let folder = Folder::new()
        .with("tenant/1_notes", "CREATE TABLE notes (n integer)")
        .with(
            "tenant/2_index",
            "CREATE INDEX CONCURRENTLY by_n ON notes (n)",
        );
    fs::write(
        folder.path().join("tenant/2_index/metadata.toml"),
        "run_in_transaction = false",
    )
    .unwrap();
    let files = FileBasedMigrations::from_path(folder.path().join("tenant")).unwrap();
    let by_hand = Steps(vec![step("1_shared", "CREATE TABLE shared ()")]);
    assert!(migrate_all(world.url(), by_hand, files).unwrap().is_ok());
    assert!(has(&world, "public", "shared") && has(&world, "a", "by_n"));
    assert_eq!(history(&world, "public"), "1");

    let world = fleet(["a"]);
    for schema in ["a", "__template__"] {
        world.run_in(schema, "CREATE TABLE documents (id integer PRIMARY KEY)");
    }
    let report = migrate_all(world.url(), Steps(vec![]), LABELS).unwrap();
    assert!(report.is_ok(), "{report}");
    assert!(has(&world, "a", "labels"));
}

#[test]
fn a_source_that_cannot_be_read_fails_before_anything_is_written() {
    let world = super::World::new();
    let folder = Folder::new().with("tenant/1_notes", "SELECT 1");
    let files = FileBasedMigrations::from_path(folder.path().join("tenant")).unwrap();
    drop(folder);
    let error = migrate_all(world.url(), Steps(vec![]), files).unwrap_err();
    assert!(
        matches!(&error, MigrateError::Source { kind: "tenant", .. }),
        "{error}"
    );
    let twice = [step("1_one", "SELECT 1"), step("1_other", "SELECT 1")];
    let error = refused(&world, [], twice);
    assert_eq!(
        error.to_string(),
        "migrations `1_one` and `1_other` have the same version"
    );
    let schemata =
        "SELECT count(*) FROM pg_namespace WHERE nspname IN ('multischema', '__template__')";
    assert_eq!(value_in(&world, "public", schemata), "0");
}

#[test]
fn no_error_shows_a_password() {
    let migrator = Migrator::new(Steps(vec![]), Steps(vec![]));
    for url in [
        "postgres//someone:s3cret@localhost/app",
        "postgres://someone:s3cret%zz@localhost/app",
        "postgres://someone:s3cret/x@localhost/app",
        "postgres://someone:1@s3cret@nowhere.invalid/app",
        "postgres://someone:s3cret@[::1/app",
        "postgres://someone:x#s3cret@localhost:1/app",
        "postgres://someone:pass:s3cret@127.0.0.1:1/app",
        "host=127.0.0.1 port=1 user=someone password=s3cret",
        "host=127.0.0.1 port=1 user=someone password='s3cret",
        "password=a s3cret host=localhost",
        "postgres://someone:s3cret\0@localhost/app",
    ] {
        let error = migrator.run(url).unwrap_err();
        let text = format!("{} {error:?}", chain(&error));
        assert!(!text.contains("s3cret"), "{text}");
        assert!(
            matches!(
                error,
                MigrateError::Connect(_) | MigrateError::ConnectionString
            ),
            "{text}"
        );
    }
    let unreachable = migrator
        .run("postgres://someone:s3cret@127.0.0.1:1/app")
        .unwrap_err();
    assert_eq!(unreachable.to_string(), "cannot connect to the database");
    assert!(
        chain(&unreachable).contains("127.0.0.1"),
        "{}",
        chain(&unreachable)
    );
}
