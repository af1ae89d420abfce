//! What is no migration, in a folder of migrations.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::migrating::program;
use crate::program::Program;

/// What is wrong, how it comes to be in the folder `tenant`, and what is said of it.
type Case = (&'static str, fn(&Path), [&'static str; 2]);

const NOTES: &str = "migrations/tenant/3_notes";

fn make(tenant: &Path, name: &str, up: impl AsRef<[u8]>) {
    let folder = tenant.join(name);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("up.sql"), up).unwrap();
}

fn make_with(tenant: &Path, file: &str, text: impl AsRef<[u8]>) {
    make(tenant, "3_notes", "SELECT 1");
    fs::write(tenant.join("3_notes").join(file), text).unwrap();
}

const CASES: [Case; 18] = [
    (
        "a file of SQL",
        |tenant| fs::write(tenant.join("3_notes.sql"), "SELECT 1").unwrap(),
        [
            "`migrations/tenant/3_notes.sql` is a file",
            "move it to `migrations/tenant/3_notes/up.sql`",
        ],
    ),
    (
        "a file that is called like a migration",
        |tenant| fs::write(tenant.join("3_notes"), "SELECT 1").unwrap(),
        [
            "`migrations/tenant/3_notes` is a file",
            "move it to `migrations/tenant/3_notes/up.sql`",
        ],
    ),
    (
        "no up.sql",
        |tenant| fs::create_dir(tenant.join("3_notes")).unwrap(),
        [
            "`migrations/tenant/3_notes` has no `up.sql`",
            "or remove the folder",
        ],
    ),
    (
        "a down.sql alone",
        |tenant| {
            make_with(tenant, "down.sql", "SELECT 1");
            fs::remove_file(tenant.join("3_notes/up.sql")).unwrap();
        },
        [
            "`migrations/tenant/3_notes` has no `up.sql`",
            "or remove the folder",
        ],
    ),
    (
        "no version",
        |tenant| make(tenant, "add_notes", "SELECT 1"),
        [
            "`migrations/tenant/add_notes` does not begin with a version",
            "`2026-01-31-120000_add_notes`",
        ],
    ),
    (
        "an empty version",
        |tenant| make(tenant, "_notes", "SELECT 1"),
        [
            "`migrations/tenant/_notes` does not begin with a version",
            "`2026-01-31-120000_notes`",
        ],
    ),
    (
        "a version twice",
        |tenant| {
            make(tenant, "2026-01-31_a", "SELECT 1");
            make(tenant, "20260131_b", "SELECT 1");
        },
        [
            "`migrations/tenant/2026-01-31_a` and `migrations/tenant/20260131_b` have the same version, 20260131",
            "rename the one",
        ],
    ),
    (
        "metadata that is no TOML",
        |tenant| make_with(tenant, "metadata.toml", "# ours\nrun_in_transaction: false"),
        [
            "`migrations/tenant/3_notes/metadata.toml`, line 2: ",
            "it should say `run_in_transaction = true` or",
        ],
    ),
    (
        "metadata that says neither",
        |tenant| make_with(tenant, "metadata.toml", "run_in_transaction = 'no'"),
        [
            "`migrations/tenant/3_notes/metadata.toml`, line 1: ",
            "it should say `run_in_transaction = true` or",
        ],
    ),
    (
        "SQL that is not UTF-8",
        |tenant| make(tenant, "3_notes", b"SELECT 1;\nSELECT 'M\xfcller'"),
        [
            "`migrations/tenant/3_notes/up.sql`, line 2: this is not UTF-8",
            "save it as UTF-8",
        ],
    ),
    (
        "SQL that reverts and is not UTF-8",
        |tenant| make_with(tenant, "down.sql", b"SELECT 'M\xfcller'"),
        [
            "`migrations/tenant/3_notes/down.sql`, line 1: this is not UTF-8",
            "save it as UTF-8",
        ],
    ),
    (
        "empty SQL",
        |tenant| make(tenant, "3_notes", ""),
        [
            "`migrations/tenant/3_notes/up.sql` is empty",
            "`SELECT 1;` does nothing",
        ],
    ),
    (
        "a link that leads to itself",
        |tenant| symlink("3_notes", tenant.join("3_notes")).unwrap(),
        ["cannot read `migrations/tenant/3_notes`", "mend the link"],
    ),
    (
        "SQL that is a link to itself",
        |tenant| {
            make(tenant, "3_notes", "");
            fs::remove_file(tenant.join("3_notes/up.sql")).unwrap();
            symlink("up.sql", tenant.join("3_notes/up.sql")).unwrap();
        },
        [
            "cannot read `migrations/tenant/3_notes/up.sql`",
            "mend the link",
        ],
    ),
    (
        "a link to a file, which Diesel takes for a migration",
        |tenant| {
            fs::write(tenant.with_file_name("README.md"), "# Ours").unwrap();
            symlink("../README.md", tenant.join("README.md")).unwrap();
        },
        [
            "`migrations/tenant/README.md` is a file",
            "or elsewhere if it is no migration",
        ],
    ),
    (
        "a link to the folder above",
        |tenant| symlink("..", tenant.join("3_notes")).unwrap(),
        [
            "`migrations/tenant/3_notes` has no `up.sql`",
            "or remove the folder",
        ],
    ),
    (
        "SQL that is a folder",
        |tenant| fs::create_dir_all(tenant.join("3_notes/up.sql")).unwrap(),
        [
            "cannot read `migrations/tenant/3_notes/up.sql`",
            "remove it",
        ],
    ),
    (
        "a link to nowhere instead of all",
        |tenant| {
            fs::rename(tenant, tenant.with_file_name("elsewhere")).unwrap();
            symlink("nowhere", tenant).unwrap();
        },
        ["cannot read `migrations/tenant`", "mend the link"],
    ),
];

const COMMANDS: [&[&str]; 7] = [
    &["print-schema"],
    &["migrate", "run"],
    &["migrate", "run", "--dry-run"],
    &["migrate", "revert"],
    &["migrate", "status"],
    &["migrate", "generate", "more"],
    &["check"],
];

/// All that there is in the folder, and in the database.
fn state(program: &Program) -> (Vec<String>, String) {
    let mut found = Vec::new();
    let mut next = vec![program.folder.path("migrations")];
    while let Some(path) = next.pop() {
        found.push(path.display().to_string());
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            next.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        }
    }
    found.sort();
    let database = program.value(
        "SELECT concat((SELECT count(*) FROM multischema.runs), (SELECT string_agg(version, ' ') FROM multischema.applied))",
    );
    (found, database)
}

#[test]
fn what_is_no_migration_is_named_and_nothing_is_touched() {
    let program = program();
    for (case, make, words) in CASES {
        let kept = program.folder.path("kept");
        run(
            "cp",
            &[
                "-a".as_ref(),
                program.folder.path("migrations").as_ref(),
                kept.as_ref(),
            ],
        );
        make(&program.folder.path("migrations/tenant"));
        let before = state(&program);
        for command in COMMANDS {
            let ran = program.run(command);
            assert_eq!(ran.status, 2, "for {case} and {command:?}: {ran:#?}");
            assert_eq!(ran.stdout, "", "for {case} and {command:?}");
            for words in words {
                assert!(
                    ran.stderr.contains(words),
                    "no {words} for {case} and {command:?}: {ran:#?}"
                );
            }
        }
        assert_eq!(state(&program), before, "for {case}");
        fs::remove_dir_all(program.folder.path("migrations")).unwrap();
        program.folder.rename("kept", "migrations");
    }
    // No database is reached.
    fs::create_dir(program.folder.path(NOTES)).unwrap();
    program
        .folder
        .run(&["--database-url", crate::program::NOWHERE, "migrate", "run"])
        .exits(2);
}

fn run(command: &str, args: &[&std::ffi::OsStr]) {
    let status = std::process::Command::new(command).args(args).status();
    assert!(status.unwrap().success());
}

#[test]
fn a_folder_that_is_a_file_is_refused() {
    let program = program();
    program.folder.rename("migrations", "elsewhere");
    program.folder.write("migrations", "");
    for command in COMMANDS {
        program
            .run(command)
            .exits(2)
            .says("`migrations` is no folder");
    }
    program.folder.remove("migrations");
    program.folder.rename("elsewhere", "migrations");
    program
        .folder
        .rename("migrations/global", "migrations/others");
    program.folder.write("migrations/global", "");
    program
        .run(&["migrate", "run"])
        .exits(2)
        .says("`migrations/global` is no folder");
}

#[test]
fn what_looks_like_no_migration_is_passed_over() {
    let program = program();
    let folder = &program.folder;
    folder.write("migrations/README.md", "# Ours");
    folder.write("migrations/tenant/README.md", "# Ours");
    folder.write("migrations/tenant/.gitkeep", "");
    folder.make("migrations/tenant/.hidden");
    folder.write("migrations/tenant/2_more/README.md", "# More");
    folder.make("shared/3_linked");
    folder.write("shared/3_linked/up.sql", "CREATE TABLE linked ()");
    symlink(
        "../../shared/3_linked",
        folder.path("migrations/tenant/3_linked"),
    )
    .unwrap();
    let ran = program
        .run(&["--format", "json", "migrate", "run"])
        .exits(0);
    assert_eq!(ran.json()["template"], serde_json::json!(["2", "3"]));
}

#[test]
fn metadata_that_does_not_say_it_is_taken_by_the_lint_as_by_diesel() {
    let program = program();
    program.folder.migration(
        "tenant/3_index",
        "CREATE INDEX CONCURRENTLY by_n ON notes (n)",
        None,
    );
    program.folder.write(
        "migrations/tenant/3_index/metadata.toml",
        "# run_in_transaction = true\n",
    );
    program.run(&["migrate", "run"]).exits(0);
    program.run(&["check"]).exits(0);
}
