//! `--events`.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use serde_json::Value;

use crate::migrating::program;
use crate::program::{NOWHERE, Program, Ran, run};
use crate::shapes;

/// The program while it runs, and what it has written so far.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn new(program: &Program, args: &[&str]) -> Self {
        let mut command = program.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Reads until the next event of this kind, and returns all of them.
    fn until(&mut self, event: &str) -> Vec<Value> {
        let mut read = Vec::new();
        loop {
            let line = self
                .lines
                .next()
                .unwrap_or_else(|| panic!("no {event} after {read:#?}"));
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            shapes::assert_is("event", &line);
            let is_found = line["event"] == event;
            read.push(line);
            if is_found {
                return read;
            }
        }
    }

    /// Closes the pipe and waits for the end.
    fn end(self) -> Ran {
        drop(self.lines);
        let output = self.child.wait_with_output().unwrap();
        Ran {
            status: output.status.code().unwrap(),
            stdout: String::new(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A session in which nobody else can have the table of `schema`, until it is dropped.
fn holding(program: &Program, schema: &str) -> PgConnection {
    let mut pg = program.pg();
    pg.batch_execute(&format!("BEGIN; LOCK TABLE {schema}.notes"))
        .unwrap();
    pg
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect()
}

const HISTORIES: &str = "SELECT concat((SELECT count(*) FROM a.__diesel_schema_migrations), \
    (SELECT count(*) FROM b.__diesel_schema_migrations), (SELECT count(*) FROM c.__diesel_schema_migrations))";

#[test]
fn each_event_is_a_line_when_it_happens_and_the_report_is_the_last() {
    let program = program();
    let holder = holding(&program, "b");
    let mut running = Running::new(&program, &["migrate", "run", "--events", "--jobs", "1"]);
    let begin = running.until("visited");
    assert_eq!(kinds(&begin), ["began", "template", "wave", "visited"]);
    assert_eq!(
        (&begin[0]["work"], &begin[0]["pending"]),
        (&"run".into(), &3.into())
    );
    let visited = begin[3].as_object().unwrap();
    assert_eq!(
        (&visited["schema"], &visited["outcome"]),
        (&"a".into(), &"applied".into())
    );
    assert!(
        visited["took_ms"].is_u64() && !visited.contains_key("took"),
        "{visited:?}"
    );
    // It goes on only now.
    let retried = running.until("retried");
    assert_eq!(retried[0]["schema"], "b");
    assert_eq!(program.value(HISTORIES), "211");
    drop(holder);
    let rest = running.until("report");
    assert_eq!(
        kinds(&rest)[rest.len() - 5..],
        ["visited", "visited", "wave_ended", "ended", "report"]
    );
    running.end().exits(0).says("3 applied");

    // The report is that of `--format json`, which is of no effect beside.
    let mut last = rest.last().unwrap().as_object().unwrap().clone();
    last.remove("event");
    program.run(&["migrate", "revert", "--events"]).exits(0);
    let report = program
        .run(&["migrate", "run", "--format", "json"])
        .exits(0)
        .json();
    last.insert("run".to_owned(), report["run"].clone());
    assert_eq!(Value::from(last), report);
    let redone = program
        .run(&["--format", "json", "migrate", "redo", "--events"])
        .exits(0);
    let redone = redone.lines();
    assert_eq!(redone.last().unwrap()["schemata"][2]["outcome"], "redone");
    program
        .run(&["migrate", "run", "--events", "--dry-run"])
        .exits(2);
}

#[test]
fn a_pipe_that_is_closed_does_not_stop_the_migrations() {
    let program = program();
    let holder = holding(&program, "b");
    let mut running = Running::new(
        &program,
        &["migrate", "run", "--events", "--jobs", "1", "-q"],
    );
    running.until("visited");
    let Running { child, lines } = running;
    drop(lines);
    drop(holder);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(program.value(HISTORIES), "222");
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_does_not_stop_them_either_and_is_told_at_the_end() {
    let program = program();
    let mut command = program.command(&["migrate", "run", "--events"]);
    let full = std::fs::File::options().write(true).open("/dev/full");
    command.stdout(full.unwrap());
    let ran = run(&mut command).exits(1);
    ran.says("could not be written to standard output");
    assert_eq!(program.value(HISTORIES), "222");
}

#[test]
fn where_there_is_no_report_the_last_line_says_why() {
    let program = program();
    program
        .folder
        .migration("tenant/3_wrong", "SELECT 1/0", None);
    let ran = program.run(&["migrate", "run", "--events"]).exits(1);
    let read = ran.lines();
    assert_eq!(kinds(&read), ["began", "template", "ended", "failed"]);
    assert_eq!(read[2]["is_ok"], false);
    let error = read[3]["error"].as_str().unwrap();
    assert!(
        error.contains("`3_wrong` failed") && error.contains("division by zero"),
        "{error}"
    );

    let ran = program
        .run(&["--database-url", NOWHERE, "migrate", "run", "--events"])
        .exits(1);
    let read = ran.lines();
    assert_eq!(kinds(&read), ["failed"]);
    assert!(
        read[0]["error"].as_str().unwrap().contains("/nowhere"),
        "{read:?}"
    );
}

#[test]
fn that_it_stops_is_told_while_a_migration_is_in_flight() {
    let program = program();
    let holder = holding(&program, "a");
    let mut running = Running::new(&program, &["migrate", "run", "--events", "--jobs", "1"]);
    running.until("retried");
    run(Command::new("kill").args(["-INT", &running.child.id().to_string()])).exits(0);
    let until = running.until("stopping");
    assert!(!kinds(&until).contains(&"visited"), "{until:?}");
    drop(holder);
    let rest = running.until("report");
    assert_eq!(rest.last().unwrap()["stopped"], true);
    assert!(!kinds(&rest).contains(&"stopping"), "it is told once");
    running.end().exits(3);
}

#[test]
fn there_is_no_bar_beside_them() {
    let program = program();
    let line = format!(
        "{} migrate run --events --jobs 1",
        env!("CARGO_BIN_EXE_multischema")
    );
    let mut script = Command::new("script");
    script
        .args(["-qec", &line, "/dev/null"])
        .current_dir(program.folder.path(""));
    script
        .env("DATABASE_URL", program.url())
        .env("TERM", "xterm")
        .stdin(Stdio::null());
    let ran = run(&mut script).exits(0);
    assert!(
        !ran.stdout.contains("/3") && ran.stdout.contains("wave_ended"),
        "{ran:#?}"
    );
}
