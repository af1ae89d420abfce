//! The page of the fleet: what schemata lack, runs and what they tell as they go on, and drift.

use std::thread;
use std::time::{Duration, Instant};

use multischema::SchemaName;

use crate::auth_site::{Answer, Browser};
use crate::port::{Port, migrator};
use crate::schemata::token;

const PAGE: &str = "/admin/fleet/";

#[track_caller]
fn post(browser: &mut Browser<'_>, path: &str, values: &[(&str, &str)]) -> Answer {
    let path = format!("/admin/fleet/{path}");
    let token = token(&browser.get(PAGE), &path);
    let values: Vec<(&str, &str)> = values
        .iter()
        .copied()
        .chain([("_token", &*token)])
        .collect();
    browser.post(&path, &values)
}

/// Waits until the page has something.
#[track_caller]
fn wait(browser: &mut Browser<'_>, words: &str) -> Answer {
    let since = Instant::now();
    loop {
        let page = browser.get(PAGE);
        if page.text.contains(words) {
            return page;
        }
        assert!(
            since.elapsed() < Duration::from_secs(60),
            "no {words:?} in {page:?}"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

const UNIQUE: (&str, &str) = (
    "2026-01-02-000002_text",
    "ALTER TABLE notes ADD t text; UPDATE notes SET t = n / (n - 7)",
);

#[test]
fn it_is_shown_what_schemata_lack() {
    let port = Port::new(&[UNIQUE]);
    port.world.run(
        "INSERT INTO b.__diesel_schema_migrations (version) VALUES ('20270101'); \
         INSERT INTO multischema.applied (schema_id, version) SELECT id, '20270101' FROM multischema.schemas WHERE name = 'b'; \
         INSERT INTO multischema.schemas (name, label) VALUES ('gone', 'gone')",
    );
    let mut root = port.root();
    let page = root.get(PAGE);
    assert_eq!(page.status, 200, "{page:?}");
    page.says("0 up to date, <strong>6 not</strong>")
        .says("in 6 schemata")
        .says("1 behind</span>: 20260102000002")
        .says("1 ahead</span>: 20270101")
        .says("The registry has it, and PostgreSQL has not.");
    // As many as one page has.
    port.world.run(
        "INSERT INTO multischema.schemas (name, label) SELECT 'x' || lpad(n::text, 3, '0'), 'x' || n FROM generate_series(1, 250) n",
    );
    let page = root.get(PAGE);
    page.says(">x094<").says("/admin/fleet/?after=x094");
    assert!(!page.text.contains(">x095<"));
    root.get("/admin/fleet/?after=x200").says(">x250<");
    assert_eq!(root.get("/admin/fleet/?x=1").status, 400);
}

#[test]
fn a_run_is_told_as_it_goes_on_and_what_fails_is_named() {
    let port = Port::new(&[UNIQUE]);
    port.world.run("INSERT INTO c.notes VALUES (7)");
    let mut root = port.root();
    let answer = post(&mut root, "run", &[("on_error", "continue")]);
    assert_eq!(answer.status, 303, "{answer:?}");
    let stream = port.events(&root, "");
    let headers = stream.headers();
    assert_eq!(headers["content-type"], "text/event-stream");
    assert_eq!(headers["cache-control"], "private, no-store");
    let events = port.read(stream);
    let words: Vec<&str> = events
        .iter()
        .map(|it| it.2["event"].as_str().unwrap_or(&it.1))
        .collect();
    assert_eq!(words.first(), Some(&"began"), "{events:?}");
    assert_eq!(words[words.len() - 2..], ["ended", "over"], "{events:?}");
    let outcome = |schema: &str| {
        let event = events.iter().find(|it| it.2["schema"] == schema);
        event.unwrap().2.clone()
    };
    for schema in ["a", "b", "d", "e"] {
        assert_eq!(outcome(schema)["outcome"], "applied");
    }
    assert_eq!(outcome("c")["outcome"], "failed");
    let message = outcome("c")["message"].to_string();
    assert!(message.contains("division by zero"), "{message}");
    let (id, _, over) = events.last().unwrap();
    assert_eq!(over["is_ok"], false);
    assert!(
        over["message"].to_string().contains("4 applied, 1 failed"),
        "{over}"
    );
    let page = root.get(PAGE);
    page.says("4 up to date, <strong>1 not</strong>")
        .says("Failed: migration")
        .says("division by zero")
        .says("The last run is over, and not all is as it should be.");
    // Who has heard the end is sent away, who has heard a part goes on there.
    assert_eq!(port.events(&root, id).status(), 204);
    let rest = port.read(port.events(&root, &events[1].0));
    assert_eq!(rest[..], events[2..]);
    let log = "SELECT user_name || model || action FROM multischema.log_entries";
    assert_eq!(port.value(log), "root*fleetrun");

    // What was in the way is gone: it goes on where it was.
    port.world.run("DELETE FROM c.notes");
    post(&mut root, "run", &[]);
    let events = port.read(port.events(&root, ""));
    assert_eq!(events.last().unwrap().2["is_ok"], true);
    root.get(PAGE)
        .says("5 up to date")
        .says("Nothing is to be done");
}

#[test]
fn one_run_at_a_time_goes_on_without_a_browser_and_is_stopped() {
    let port = Port::new(&[("2026-01-02-000002_slow", "SELECT pg_sleep(2)")]);
    let mut root = port.root();
    let mut other = port.root();
    assert_eq!(post(&mut root, "run", &[]).status, 303);
    let page = root.get(PAGE);
    page.says("data-events=\"/admin/fleet/events\"")
        .says("<progress");
    // The browser goes away.
    drop(port.events(&root, ""));
    // Its page is from before.
    let token = {
        let idle = Port::new(&[]);
        let page = idle.root().get(PAGE);
        token(&page, "/admin/fleet/run")
    };
    assert_eq!(
        other
            .post("/admin/fleet/run", &[("_token", &*token)])
            .status,
        403
    );
    let stop = other.get(PAGE);
    assert!(!stop.text.contains("action=\"/admin/fleet/run\""));
    assert_eq!(post(&mut other, "stop", &[]).status, 303);
    other.get(PAGE).says("It is stopping.");
    wait(&mut root, "The last run is over, and not all");
    let state = "SELECT state FROM multischema.runs ORDER BY id DESC LIMIT 1";
    assert_eq!(port.value(state), "stopped");
    root.get(PAGE).says("not reached");
}

#[test]
fn two_who_start_it_at_once_start_one() {
    let port = Port::new(&[("2026-01-02-000002_slow", "SELECT pg_sleep(0.5)")]);
    let mut root = port.root();
    let mut other = port.root();
    // Both have the page from before.
    let tokens = [
        token(&root.get(PAGE), "/admin/fleet/run"),
        token(&other.get(PAGE), "/admin/fleet/run"),
    ];
    root.post("/admin/fleet/run", &[("_token", &*tokens[0])]);
    other.post("/admin/fleet/run", &[("_token", &*tokens[1])]);
    other
        .get(PAGE)
        .says("A run is under way already, which root has started.");
    wait(&mut root, "The last run is over. All is as it should be.");
    let runs = "SELECT count(*) FROM multischema.runs WHERE kind = 'run'";
    assert_eq!(port.value(runs), "2", "and the one that has prepared it");
}

#[test]
fn a_run_elsewhere_is_said_in_words() {
    let port = Port::new(&[("2026-01-02-000002_slow", "SELECT pg_sleep(1)")]);
    let (folder, url) = (port.folder.clone(), port.world.url().to_owned());
    thread::scope(|scope| {
        let elsewhere = scope.spawn(move || migrator(&folder).run(&url));
        let running = "SELECT count(*) FROM multischema.runs WHERE state = 'running'";
        while port.value(running) == "0" {
            thread::sleep(Duration::from_millis(20));
        }
        let mut root = port.root();
        post(&mut root, "run", &[]);
        wait(&mut root, "Another run is under way, of somebody else");
        let page = root.get(PAGE);
        page.says("running");
        drop(elsewhere.join().unwrap());
    });
}

#[test]
fn who_is_logged_out_hears_no_more() {
    let port = Port::new(&[("2026-01-02-000002_slow", "SELECT pg_sleep(3)")]);
    let mut root = port.root();
    assert_eq!(port.events(&root, "").status(), 204, "there is no run");
    post(&mut root, "run", &[]);
    for way in ["password", "session"] {
        let mut spy = match way {
            "password" => port.root(),
            _ => {
                let mut browser = Browser::new(&port.runtime, port.router.clone());
                browser.log_in("root", "another horse battery staple");
                browser
            }
        };
        assert_eq!(spy.get(PAGE).status, 200);
        let stream = port.events(&spy, "");
        let since = Instant::now();
        if way == "password" {
            let new = "another horse battery staple";
            port.operators.set_password("root", new).unwrap();
        } else {
            port.world.run("DELETE FROM multischema.admin_sessions");
        }
        let events = port.read(stream);
        assert!(since.elapsed() < Duration::from_secs(10));
        assert!(events.iter().all(|it| it.1 != "over"), "{events:?}");
        assert_eq!(port.events(&spy, "").status(), 401);
    }
    let mut root = Browser::new(&port.runtime, port.router.clone());
    root.log_in("root", "another horse battery staple");
    root.get(PAGE).says("<progress");
    wait(&mut root, "The last run is over. All is as it should be.");
}

#[test]
fn drift_is_shown_when_it_was_asked_for() {
    let port = Port::new(&[]);
    let mut root = port.root();
    for schema in ["b", "d"] {
        port.world
            .run_in(schema, "ALTER TABLE notes ADD spare text");
    }
    port.world.run_in("e", "DROP TABLE notes");
    let page = root.get(PAGE);
    assert!(!page.text.contains("spare"));
    assert_eq!(post(&mut root, "compare", &[]).status, 303);
    let page = wait(&mut root, "2 are like the template.");
    page.says("2 differ alike</strong>: b, d")
        .says("notes.spare")
        .says("1 differs</strong>: e");
}

#[test]
fn nothing_is_done_by_a_form_that_is_not_of_this_session() {
    let port = Port::new(&[UNIQUE]);
    let mut root = port.root();
    let page = root.get(PAGE);
    let of_run = token(&page, "/admin/fleet/run");
    let of_compare = token(&page, "/admin/fleet/compare");
    let of_other = token(&port.root().get(PAGE), "/admin/fleet/run");
    for (path, token) in [
        ("run", ""),
        ("run", &*of_compare),
        ("run", &of_other),
        ("compare", &of_run),
        ("stop", &of_run),
    ] {
        let answer = root.post(&format!("/admin/fleet/{path}"), &[("_token", token)]);
        assert_eq!(answer.status, 403, "{path}: {answer:?}");
    }
    assert_eq!(port.value("SELECT count(*) FROM multischema.runs"), "1");
    let name: SchemaName = "a".parse().unwrap();
    assert_eq!(port.registry.get(&name).unwrap().name, name);
}
