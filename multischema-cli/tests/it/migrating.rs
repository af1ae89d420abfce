//! `migrate`, `check` and what is around them.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::program::{Folder, Program, Ran, run};

impl Folder {
    pub(crate) fn migration(&self, name: &str, up: &str, down: Option<&str>) {
        self.make(&format!("migrations/{name}"));
        self.write(&format!("migrations/{name}/up.sql"), up);
        if let Some(down) = down {
            self.write(&format!("migrations/{name}/down.sql"), down);
        }
    }
}

/// A database with three schemata and a folder of migrations, the last of which was not run.
pub(crate) fn program() -> Program {
    let program = Program::new();
    let folder = &program.folder;
    folder.migration(
        "global/1_plans",
        "CREATE TABLE public.plans (name text)",
        None,
    );
    folder.migration(
        "tenant/1_notes",
        "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n integer)",
        Some("DROP TABLE notes"),
    );
    program.run(&["migrate", "run"]).exits(0);
    program.run(&["schema", "create", "a", "b", "c"]).exits(0);
    folder.migration(
        "tenant/2_more",
        "ALTER TABLE notes ADD m integer",
        Some("ALTER TABLE notes DROP m"),
    );
    program
}

fn json(program: &Program, args: &[&str]) -> Ran {
    program.run(&[&["--format", "json"], args].concat())
}

#[test]
fn a_run_tells_what_came_of_each_schema_and_a_second_has_nothing_to_do() {
    let program = program();
    let pending = json(&program, &["migrate", "run", "--dry-run"])
        .exits(0)
        .json();
    assert_eq!(pending["template"]["pending"], json!(["2"]));
    assert_eq!(pending["schemata"][0]["pending"], json!(["2"]));
    assert_eq!(program.value("SELECT count(*) FROM multischema.runs"), "1");

    let report = json(&program, &["migrate", "run", "--jobs", "2"])
        .exits(0)
        .json();
    assert_eq!(report["template"], json!(["2"]));
    assert_eq!(
        report["schemata"],
        json!(
            ["a", "b", "c"]
                .map(|name| json!({"schema": name, "outcome": "applied", "versions": ["2"]}))
        )
    );
    let again = program
        .run(&["migrate", "run"])
        .exits(0)
        .says("3 up to date");
    assert_eq!(again.rows().len(), 0, "{again:#?}");

    let status = program
        .run(&["migrate", "status"])
        .exits(0)
        .says("3 of 3 schemata are up to date");
    assert_eq!(status.rows().len(), 3);
}

#[test]
fn a_schema_that_fails_is_named_and_the_exit_status_says_so() {
    let program = program();
    program.sql("ALTER TABLE b.notes ADD m text");
    let ran = program.run(&["migrate", "run", "--jobs", "1"]).exits(3);
    let ran = ran.says("run again: it goes on where it stopped");
    let outcomes: Vec<_> = ran.rows()[1..].iter().map(|row| (row[0], row[1])).collect();
    assert_eq!(
        outcomes,
        [("a", "applied"), ("b", "failed"), ("c", "not reached")]
    );
    assert!(
        ran.rows()[2][3].contains("`2_more` failed on schema `b`"),
        "{ran:#?}"
    );

    let report = json(&program, &["migrate", "run", "--keep-going"])
        .exits(3)
        .json();
    assert_eq!(report["schemata"][2]["outcome"], "applied");
    assert!(
        report["schemata"][1]["error"]
            .as_str()
            .unwrap()
            .contains("already exists")
    );
    let status = program.run(&["migrate", "status"]).exits(4);
    assert_eq!(status.rows()[3][..1], ["b"]);
    program.sql("ALTER TABLE b.notes DROP m");
    program.run(&["migrate", "run"]).exits(0);
    program.run(&["migrate", "status"]).exits(0);
}

#[test]
fn where_every_schema_fails_the_report_still_lists_them() {
    let program = program();
    program.sql("ALTER TABLE a.notes ADD m text; ALTER TABLE b.notes ADD m text; ALTER TABLE c.notes ADD m text");
    for _ in 0..2 {
        // The second time not even the template has anything to do.
        let ran = json(&program, &["migrate", "run", "--keep-going"]).exits(3);
        let outcomes = (0..3).map(|it| ran.json()["schemata"][it]["outcome"].clone());
        assert_eq!(Vec::from_iter(outcomes), ["failed"; 3]);
    }
}

#[test]
fn to_wait_for_ever_or_not_at_all_is_refused() {
    let program = program();
    for command in ["run", "revert", "redo"] {
        let ran = program
            .run(&["migrate", command, "--lock-timeout", "0"])
            .exits(2);
        ran.says("0 would be to wait for ever in PostgreSQL; say how long, from 1 second");
    }
    assert_eq!(program.value("SELECT count(*) FROM multischema.runs"), "1");
    program
        .run(&["migrate", "run", "--lock-timeout", "1"])
        .exits(0);
}

#[test]
fn what_is_asked_wrongly_is_refused_and_nothing_is_touched() {
    let program = program();
    for args in [
        &["migrate", "run", "--schema", "a,who,knows"][..],
        &["migrate", "revert", "--schema", "who"],
        &["migrate", "status", "--schema", "who"],
        &["exec", "--schema", "a,who", "-c", "CREATE TABLE x ()"],
    ] {
        let ran = program.run(args).exits(2).says("who");
        ran.says("schema list");
    }
    assert_eq!(
        program.value("SELECT count(*) FROM __template__.__diesel_schema_migrations"),
        "1"
    );
    assert_eq!(program.value("SELECT to_regclass('a.x') IS NULL"), "true");
    for args in [
        &["migrate", "run", "--dir", "nowhere"][..],
        &["check", "--dir", "nowhere"],
    ] {
        let ran = program
            .run(args)
            .exits(2)
            .says("`nowhere` should hold the folders");
        ran.says("--dir");
    }
    for args in [
        &["exec", "-c", "SELECT 1"][..],
        &["exec", "--all"],
        &["exec", "--all", "--schema", "a", "-c", "SELECT 1"],
        &["exec", "--all", "-c", "CREATE TABLE x (); COMMIT"],
        &["migrate", "run", "--keep-going", "--max-failures", "2"],
        &["migrate", "run", "--jobs", "0"],
        &["migrate", "run", "--lock-timeout", "-1"],
        &["migrate", "generate", "Add Notes"],
    ] {
        program.run(args).exits(2);
    }
}

#[test]
fn the_last_migration_is_reverted_and_done_again() {
    let program = program();
    program.run(&["migrate", "run"]).exits(0);
    let report = json(&program, &["migrate", "revert"]).exits(0).json();
    assert_eq!(
        report["schemata"][2],
        json!({"schema": "c", "outcome": "reverted", "versions": ["2"]})
    );
    program.run(&["migrate", "run"]).exits(0);
    let report = json(&program, &["migrate", "redo", "--canary", "1"])
        .exits(0)
        .json();
    assert_eq!(report["schemata"][0]["outcome"], "redone");
    // The first has a down.sql, and the global one needs none.
    program.folder.remove("migrations/tenant/2_more/down.sql");
    let ran = program.run(&["migrate", "revert"]).exits(1);
    ran.says("down.sql");
    program.run(&["migrate", "status"]).exits(0);
}

#[test]
fn a_migration_is_generated_and_what_is_wrong_with_others_is_said() {
    let program = Program::new();
    let ran = program.run(&["migrate", "generate", "add_notes"]).exits(0);
    let file = ran.rows()[1][0].to_owned();
    assert!(
        file.starts_with("migrations/tenant/2") && file.ends_with("_add_notes/up.sql"),
        "{file}"
    );
    let global = json(&program, &["migrate", "generate", "plans", "--global"])
        .exits(0)
        .json();
    let file = global["files"][1].as_str().unwrap().to_owned();
    assert!(
        file.starts_with("migrations/global/") && file.ends_with("down.sql"),
        "{file}"
    );
    program
        .folder
        .migration("tenant/9_wrong", "SELECT 1;\nSET search_path TO a;", None);
    let ran = program.run(&["migrate", "generate", "another"]).exits(0);
    ran.says("migrations/tenant/9_wrong/up.sql: line 2: error: ");
    program
        .run(&["migrate", "run"])
        .exits(2)
        .says("up.sql` has no statement");
    // One more in the same second has another version.
    for name in ["a", "b", "c"] {
        program.run(&["migrate", "generate", name]).exits(0);
    }
}

#[test]
fn check_finds_migrations_histories_and_structures_that_are_wrong() {
    let program = program();
    program.run(&["migrate", "run"]).exits(0);
    program.run(&["check"]).exits(0).says("nothing is wrong");
    program
        .folder
        .migration("tenant/3_wrong", "CREATE EXTENSION hstore", None);
    program.sql(
        "DELETE FROM multischema.applied WHERE schema_id = 1; CREATE INDEX extra ON b.notes (n); CREATE SCHEMA stray",
    );
    let found = json(&program, &["check"]).exits(4).json();
    let found: Vec<_> = found.as_array().unwrap().iter().collect();
    let of = |kind: &str| -> Vec<String> {
        let found = found
            .iter()
            .filter(|it| it["kind"] == kind && it["severity"] == "error");
        found
            .map(|it| {
                format!(
                    "{} {}",
                    it["place"].as_str().unwrap(),
                    it["message"].as_str().unwrap()
                )
            })
            .collect()
    };
    let migration = of("migration");
    assert!(
        migration[0].starts_with("migrations/tenant/3_wrong/up.sql:1 "),
        "{migration:?}"
    );
    let history = of("history");
    assert!(
        history
            .iter()
            .any(|it| it.starts_with("a ") && it.contains("not noted in the registry")),
        "{history:?}"
    );
    let registry = of("registry");
    assert!(
        registry.len() == 1 && registry[0].starts_with("stray "),
        "{registry:?}"
    );
    let structure = of("structure");
    assert!(
        structure[0].starts_with("b ") && structure[0].contains("extra"),
        "{structure:?}"
    );
    assert_eq!(structure.len(), 1);
}

#[test]
fn a_url_in_dot_env_and_settings_in_the_file_are_found() {
    let program = program();
    let url = program.url().to_owned();
    let folder = &program.folder;
    folder.write(".env", &format!("# ours\nOTHER=1\nDATABASE_URL='{url}'\n"));
    folder.run(&["migrate", "status"]).exits(4);
    folder.write(".env", "this is secret and no line of such a file\n");
    let ran = folder.run(&["migrate", "status"]).exits(2);
    assert!(
        ran.stderr.contains("`.env` cannot be read") && !ran.stderr.contains("secret"),
        "{ran:#?}"
    );
    folder.remove(".env");
    folder.rename("migrations", "elsewhere");
    folder.write(
        "multischema.toml",
        &format!("database_url = \"{url}\"\ndir = 'elsewhere'\njobs = 2\nshared = ['public']\n"),
    );
    folder.run(&["migrate", "run"]).exits(0);
    folder.run(&["migrate", "status"]).exits(0);
}

#[test]
fn completions_are_written_for_each_shell_and_into_a_closed_pipe() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.run(&["completions", shell]).exits(0).stdout;
        assert!(
            script.contains("migrate") && script.contains("lock-timeout"),
            "{shell}"
        );
    }
    let line = format!(
        "{} completions bash | head -c 1",
        env!("CARGO_BIN_EXE_multischema")
    );
    let ran = run(Command::new("sh").args(["-c", &line]));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
}

#[test]
fn a_progress_bar_is_on_a_terminal_only() {
    let program = program();
    let terminal = |args: &str| {
        let line = format!("{} {args}", env!("CARGO_BIN_EXE_multischema"));
        let mut command = program.command(&[]);
        let mut script = Command::new("script");
        script
            .args(["-qec", &line, "/dev/null"])
            .current_dir(command.get_current_dir().unwrap());
        script
            .env("DATABASE_URL", program.url())
            .env("TERM", "xterm")
            .stdin(Stdio::null());
        command.env_clear();
        run(&mut script)
    };
    program
        .folder
        .migration("tenant/3_slow", "SELECT pg_sleep(0.3)", Some("SELECT 1"));
    let ran = terminal("migrate run --jobs 1");
    assert_eq!(ran.status, 0, "{ran:#?}");
    assert!(
        ran.stdout.contains("2/3") || ran.stdout.contains("1/3"),
        "{ran:#?}"
    );
    program.run(&["migrate", "revert"]).exits(0);
    let ran = terminal("migrate run --jobs 1 --no-progress");
    assert!(!ran.stdout.contains("/3"), "{ran:#?}");
    program.run(&["migrate", "revert"]).exits(0);
    let ran = program.run(&["migrate", "run"]).exits(0);
    assert!(!ran.stderr.contains("/3"), "{ran:#?}");
}

#[test]
fn an_interrupt_finishes_what_is_in_flight_and_reports_the_rest() {
    let program = program();
    program.folder.migration(
        "tenant/3_slow",
        "SELECT pg_sleep(0.4) WHERE current_schema() <> '__template__'",
        None,
    );
    let mut command = program.command(&["--format", "json", "migrate", "run", "--jobs", "1"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let start = Instant::now();
    let begun = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(0.4)%' AND state = 'active'";
    while program.value(begun) == "0" {
        assert!(start.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(10));
    }
    run(Command::new("kill").args(["-INT", &child.id().to_string()])).exits(0);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(
        stderr.contains("what was in flight is finished"),
        "{stderr}"
    );
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["stopped"], true);
    let outcomes: Vec<_> = (0..3)
        .map(|it| report["schemata"][it]["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["applied", "not reached", "not reached"]);
    assert_eq!(
        program.value("SELECT count(*) FROM a.__diesel_schema_migrations"),
        "3"
    );
    program.run(&["migrate", "run"]).exits(0);
}
