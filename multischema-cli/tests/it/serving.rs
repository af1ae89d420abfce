//! The admin site, served by the program.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::program::{Folder, NOWHERE, Program, run};

const PASSWORD: &str = "correct horse battery";

/// The program, serving.
struct Served {
    child: Child,
    /// Where it is.
    host: String,
    lines: Option<thread::JoinHandle<String>>,
}

impl Served {
    fn new(program: &Program, args: &[&str]) -> Self {
        let args = [&["admin", "serve", "--bind", "127.0.0.1:0"], args].concat();
        let mut command = program.command(&args);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let host = line
            .split("http://")
            .nth(1)
            .unwrap_or_else(|| panic!("{line}"));
        let host = host.split('/').next().unwrap().to_owned();
        let lines = thread::spawn(move || {
            let mut rest = String::new();
            let _ = stderr.read_to_string(&mut rest);
            line + &rest
        });
        Self {
            child,
            host,
            lines: Some(lines),
        }
    }

    /// Sends a request, and returns the whole response.
    fn send(&self, method: &str, path: &str, cookie: &str, body: &str) -> String {
        let host = &self.host;
        let mut stream = TcpStream::connect(host).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    fn log_in(&self) -> String {
        let body = format!("name=root&password={}", PASSWORD.replace(' ', "+"));
        let response = self.send("POST", "/login", "", &body);
        let cookie = response.split("set-cookie: ").nth(1);
        let cookie = cookie.unwrap_or_else(|| panic!("{response}"));
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Ends it as Ctrl-C does, and returns its exit status and what it said.
    fn stop(mut self) -> (i32, String) {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().unwrap();
        let status = self.child.wait().unwrap();
        let lines = self.lines.take().unwrap();
        (status.code().unwrap(), lines.join().unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn prepared() -> Program {
    let program = Program::with_template(
        "CREATE TABLE pupils (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, is_new boolean NOT NULL DEFAULT true, password_hash text); \
         CREATE TABLE keyless (n integer); CREATE TABLE public.plans (id bigint PRIMARY KEY, name text)",
        &["school_a", "school_b"],
    );
    program
        .sql("INSERT INTO school_a.pupils (name, password_hash) VALUES ('Ada', 'not-for-lists')");
    let create = [
        "admin",
        "create-user",
        "root",
        "--superuser",
        "--password-stdin",
    ];
    let password = format!("{PASSWORD}\n");
    program.run_with(&create, password.as_bytes()).exits(0);
    program
}

#[test]
fn all_tables_are_served_and_ctrl_c_ends_it() {
    let program = prepared();
    let served = Served::new(&program, &["--insecure-cookies", "--title", "Schools"]);
    let cookie = served.log_in();
    assert!(cookie.starts_with("multischema-admin="), "{cookie}");
    let chosen = served.send("GET", "/?__schema=school_a", &cookie, "");
    assert!(chosen.starts_with("HTTP/1.1 303"), "{chosen}");
    let start = served.send("GET", "/", &cookie, "");
    for words in [
        "<title>Start – school_a – Schools",
        "/m/pupils/",
        "/m/plans/",
    ] {
        assert!(start.contains(words), "no {words} in {start}");
    }
    assert!(!start.contains("keyless"), "{start}");
    let list = served.send("GET", "/m/pupils/?q=ad&is.is_new=true", &cookie, "");
    assert!(
        list.contains("Ada") && !list.contains("not-for-lists"),
        "{list}"
    );
    assert!(
        served
            .send("GET", "/fleet/", &cookie, "")
            .contains("This site has no migrations.")
    );
    let (status, said) = served.stop();
    assert_eq!(status, 0, "{said}");
    assert!(
        said.starts_with("Schools is at http://127.0.0.1:"),
        "{said}"
    );
    assert!(said.trim_end().ends_with("stopped"), "{said}");
}

#[test]
fn cookies_are_for_tls_unless_it_is_said() {
    let program = prepared();
    program.folder.make("migrations/tenant");
    for (args, has_migrations) in [
        (&[][..], false),
        (&["--behind-proxy", "--dir", "migrations"], true),
    ] {
        let served = Served::new(&program, args);
        let cookie = served.log_in();
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        let fleet = served.send("GET", "/fleet/", &cookie, "");
        assert_eq!(fleet.contains("Start a run"), has_migrations, "{fleet}");
        assert_eq!(served.stop().0, 0);
    }
}

#[test]
fn it_does_not_listen_where_others_are_unless_a_proxy_is_in_front() {
    let folder = Folder::new();
    let serve = |args: &[&str]| {
        let mut command = folder.command(&[&["admin", "serve"], args].concat());
        run(command.env("DATABASE_URL", NOWHERE))
    };
    for bind in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        serve(&["--bind", bind]).exits(2).says("--behind-proxy");
        serve(&["--bind", bind, "--insecure-cookies"]).exits(2);
        serve(&["--bind", bind, "--behind-proxy"])
            .exits(1)
            .says("/nowhere");
    }
    serve(&["--behind-proxy", "--insecure-cookies"]).exits(2);
    serve(&["--bind", "here"]).exits(2);
    serve(&["--bind", "127.0.0.1:0"]).exits(1).says("/nowhere");
    let taken = Program::with(&[]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let ran = taken.run(&["admin", "serve", "--bind", &address]);
    ran.exits(1).says("cannot listen at");
}
