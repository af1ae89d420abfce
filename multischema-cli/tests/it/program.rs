//! The program, a folder in which it runs, and a database of its own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use multischema::testing::{Database, Server};
use serde_json::Value;

use crate::shapes;

/// Where no server is. The program gets there only with a command line that it has understood.
pub(crate) const NOWHERE: &str = "postgres:///db?host=/nowhere";

/// How the program ended, and what it wrote.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails unless the program ended so.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    /// Fails unless there is this on standard error.
    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "no {words:?} in {self:#?}");
        self
    }

    /// The one document on standard output, which is one of those in the schema.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let document = serde_json::from_str(&self.stdout);
        let document = document.unwrap_or_else(|error| panic!("{error}: {self:#?}"));
        shapes::assert_is("document", &document);
        document
    }

    /// The document in each line on standard output, which are all events.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines = self.stdout.lines().map(|line| {
            let event = serde_json::from_str(line).unwrap();
            shapes::assert_is("event", &event);
            event
        });
        lines.collect()
    }

    /// The rows of the table on standard output, the header first.
    pub(crate) fn rows(&self) -> Vec<Vec<&str>> {
        let rows = self.stdout.lines().filter(|line| line.starts_with('|'));
        rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect()
    }
}

/// An empty folder, which is removed with this value.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cli-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    pub(crate) fn make(&self, folder: &str) {
        fs::create_dir_all(self.0.join(folder)).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.0.join(name)).unwrap();
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.0.join(from), self.0.join(to)).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The program, called with `args`, and with none of the environment's ways to a database.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_multischema"));
        command.args(args).current_dir(&self.0);
        for name in ["DATABASE_URL", "PGHOST", "PGPASSWORD", "PGSERVICE"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        run(&mut self.command(args))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn run(command: &mut Command) -> Ran {
    Ran::of(command.output().unwrap())
}

/// Runs a command with something on standard input.
fn run_with(command: &mut Command, input: &[u8]) -> Ran {
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // What is refused at once is not read.
    let _ = child.stdin.take().unwrap().write_all(input);
    Ran::of(child.wait_with_output().unwrap())
}

/// A database, which the program finds by the environment.
pub(crate) struct Program {
    database: Database,
    pub(crate) folder: Folder,
}

impl Program {
    /// A database that is not prepared.
    pub(crate) fn new() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        let server = SERVER.get_or_init(|| Server::from_env_or_start().unwrap());
        Self {
            database: server.database().unwrap(),
            folder: Folder::new(),
        }
    }

    /// A database that is prepared, with one table in the template, and with `names` made of that.
    pub(crate) fn with(names: &[&str]) -> Self {
        Self::with_template(
            "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)",
            names,
        )
    }

    pub(crate) fn with_template(sql: &str, names: &[&str]) -> Self {
        let program = Self::new();
        program.run(&["init"]).exits(0);
        program.sql(&format!("SET search_path TO __template__; {sql}"));
        // The guard comes onto what was made by hand.
        program.run(&["init"]).exits(0);
        if !names.is_empty() {
            let create = [&["schema", "create"], names].concat();
            program.run(&create).exits(0);
        }
        program
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.folder.command(args);
        command.env("DATABASE_URL", self.database.url());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        run(&mut self.command(args))
    }

    /// Calls the program with something on standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &[u8]) -> Ran {
        run_with(&mut self.command(args), input)
    }

    /// Calls `schema` with `args`.
    pub(crate) fn schema(&self, args: &[&str]) -> Ran {
        self.run(&[&["schema"], args].concat())
    }

    /// Calls `schema` with `args`, and reads the document that it writes.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[&["--format", "json", "schema"], args].concat());
        ran.exits(0).json()
    }

    pub(crate) fn url(&self) -> &str {
        self.database.url()
    }

    pub(crate) fn pg(&self) -> PgConnection {
        PgConnection::establish(self.database.url()).unwrap()
    }

    pub(crate) fn sql(&self, sql: &str) {
        self.pg().batch_execute(sql).unwrap();
    }

    /// The value of an SQL expression as text.
    pub(crate) fn value(&self, expression: &str) -> String {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            value: String,
        }
        let query = diesel::sql_query(format!("SELECT ({expression})::text AS value"));
        query.get_result::<Row>(&mut self.pg()).unwrap().value
    }

    /// The name and status of each schema.
    pub(crate) fn statuses(&self) -> Vec<(String, String)> {
        let list = self.json(&["list"]);
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        let schemata = list.as_array().unwrap().iter();
        schemata
            .map(|it| (text(&it["name"]), text(&it["status"])))
            .collect()
    }
}
