//! Sessions: when they begin and end, and what is known of them.

use multischema::testing::Server;
use multischema_admin::Operators;
use multischema_tests::World;

use crate::auth_site::{COOKIE, PASSWORD, Site, pool, router};

const NEW: &str = "another horse battery";

#[test]
fn logging_in_gives_an_id_that_nobody_knew() {
    let site = Site::new();
    // One that was put into the browser by somebody, who has no session by it.
    let planted = "AAAAAAAAAAAAAAAAAAAAAA";
    let mut victim = site.browser();
    victim.cookies.insert(COOKIE.to_owned(), planted.to_owned());
    victim.log_in("ann", PASSWORD);
    assert_ne!(victim.session(), Some(planted));
    let mut attacker = site.browser();
    attacker
        .cookies
        .insert(COOKIE.to_owned(), planted.to_owned());
    assert_eq!(attacker.user(), None);

    // One by which somebody else is logged in, who has chosen a schema.
    let mut attacker = site.logged_in("root");
    attacker.get("/admin?__schema=a");
    assert_eq!(attacker.get("/admin").json()["schema"], "a");
    let token = attacker.token("x");
    let mut victim = attacker.clone();
    assert_eq!(victim.log_in("ann", PASSWORD).status, 303);
    assert_ne!(victim.session(), attacker.session());
    assert_eq!(attacker.user(), None);
    let now = victim.get("/admin").json();
    assert_eq!(
        (now["user"].as_str(), now["schema"].as_str()),
        (Some("ann"), None)
    );
    assert_ne!(victim.token("x"), token);
    assert_eq!(
        site.value("SELECT count(*) FROM multischema.admin_sessions"),
        "2",
        "one of each victim"
    );
}

#[test]
fn a_session_ends_when_nobody_comes_and_at_the_latest_after_two_weeks() {
    let site = Site::new();
    let set = |what: &str| {
        site.world
            .run(&format!("UPDATE multischema.admin_sessions SET {what}"));
    };
    let is_about = |time: &str| {
        let expression = format!(
            "SELECT expires BETWEEN now() + interval '{time}' - interval '1 min' AND now() + interval '{time}' FROM multischema.admin_sessions"
        );
        site.value(&expression) == "true"
    };
    let mut browser = site.logged_in("ann");
    assert!(is_about("12 hours"));
    set("expires = now() + interval '7 hours'");
    assert!(browser.user().is_some());
    assert!(is_about("7 hours"), "each request writes");
    set("expires = now() + interval '5 hours'");
    assert!(browser.user().is_some());
    assert!(is_about("12 hours"), "it is not put off");

    set(
        "created_at = now() - interval '14 days' + interval '1 hour', expires = now() + interval '5 hours'",
    );
    assert!(browser.user().is_some());
    assert!(is_about("1 hour"), "it lasts for longer than two weeks");
    // What is remembered puts it off no further.
    site.registry
        .add_member(&"a".parse().unwrap(), "ann", "x")
        .unwrap();
    site.registry
        .add_member(&"b".parse().unwrap(), "ann", "x")
        .unwrap();
    assert_eq!(browser.get("/admin?__schema=b").status, 303);
    assert!(is_about("1 hour"));
    let old = browser.clone();
    set("created_at = now() - interval '14 days 1 second', expires = now() + interval '5 hours'");
    assert_eq!(browser.user(), None);
    assert_eq!(browser.session(), None, "the cookie is left");

    browser = old;
    set("created_at = now(), expires = now() + interval '1 hour'");
    assert!(browser.user().is_some());
    set("expires = now() - interval '1 second'");
    assert_eq!(browser.user(), None);

    browser.log_in("ann", PASSWORD);
    set("expires = now() - interval '1 second'");
    let mut elsewhere = site.browser();
    elsewhere.router = site.another_process();
    elsewhere.get("/admin/login");
    for _ in 0..500 {
        if site.value("SELECT count(*) FROM multischema.admin_sessions") == "0" {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("nothing is swept");
}

#[test]
fn a_new_password_ends_all_other_sessions() {
    let site = Site::new();
    let mut here = site.logged_in("ann");
    let mut elsewhere = site.logged_in("ann");
    elsewhere.router = site.another_process();
    let mut other = site.logged_in("root");
    let before = here.session().unwrap().to_owned();
    let old = here.clone();
    assert_eq!(here.change_password(PASSWORD, NEW, NEW).status, 200);
    assert_eq!(here.user().as_deref(), Some("ann"));
    assert_ne!(here.session(), Some(&*before));
    assert_eq!(old.clone().user(), None, "the old id still is one");
    assert_eq!(elsewhere.user(), None, "elsewhere the session lives on");
    assert_eq!(other.user().as_deref(), Some("root"));
    assert_eq!(site.browser().log_in("ann", PASSWORD).status, 422);
    assert_eq!(site.browser().log_in("ann", NEW).status, 303);

    // And one who looks after the users.
    site.operators.set_password("ann", PASSWORD).unwrap();
    assert_eq!(here.user(), None);
}

/// Who has typed the old password, and whose session is begun when the new one is set already.
#[test]
fn a_session_that_is_begun_with_the_old_password_is_none() {
    let site = Site::new();
    let mut browser = site.logged_in("ann");
    site.world.run(
        "UPDATE multischema.admin_users SET session_epoch = session_epoch + 1 WHERE name = 'ann'",
    );
    assert_eq!(
        site.value("SELECT count(*) FROM multischema.admin_sessions"),
        "1"
    );
    assert_eq!(browser.user(), None);
}

#[test]
fn a_password_that_is_easily_guessed_is_not_accepted() {
    let site = Site::new();
    let name = "ann.of.elm.street";
    site.operators.create(name, PASSWORD, false).unwrap();
    let mut browser = site.logged_in(name);
    let page = browser.get("/admin/password");
    page.says("<title>Change password</title>")
        .says("At least 12 characters");
    for (old, new, again, words) in [
        (
            PASSWORD,
            NEW,
            "another",
            "The two new passwords are not the same.",
        ),
        (
            PASSWORD,
            "eleven chrs",
            "eleven chrs",
            "It needs at least 12 characters.",
        ),
        (
            PASSWORD,
            "Ann.of.Elm.Street",
            "Ann.of.Elm.Street",
            "Your name is no password.",
        ),
        (PASSWORD, PASSWORD, PASSWORD, "This is the old password."),
        (
            "wrong horse battery",
            NEW,
            NEW,
            "This is not your password.",
        ),
        ("", "", "", "This is the old password."),
    ] {
        let answer = browser.change_password(old, new, again);
        assert_eq!(answer.status, 422, "{words}");
        answer
            .says(words)
            .says("<title>Error: Change password</title>")
            .says("aria-invalid");
        assert!(!answer.text.contains(PASSWORD) && !answer.text.contains(NEW));
    }
    assert_eq!(browser.user().as_deref(), Some(name));
    assert_eq!(site.browser().log_in(name, PASSWORD).status, 303);
}

#[test]
fn what_becomes_of_a_user_counts_at_once() {
    let site = Site::new();
    let mut browser = site.logged_in("root");
    let may = |browser: &mut crate::auth_site::Browser<'_>| {
        browser.get("/admin/may?models=x").json()["global x"].to_string()
    };
    assert_eq!(may(&mut browser), r#"["view","add","change","delete"]"#);
    site.world
        .run("UPDATE multischema.admin_users SET is_superuser = false");
    assert_eq!(may(&mut browser), "[]");
    site.world
        .run("UPDATE multischema.admin_users SET name = 'rose' WHERE name = 'root'");
    assert_eq!(browser.user().as_deref(), Some("rose"));
    site.world
        .run("UPDATE multischema.admin_users SET is_active = false");
    assert_eq!(browser.user(), None);
    let mut ann = site.browser();
    site.operators.activate("ann").unwrap();
    ann.log_in("ann", PASSWORD);
    site.world
        .run("DELETE FROM multischema.admin_users WHERE name = 'ann'");
    assert_eq!(ann.user(), None);
    let left = "SELECT count(*) FROM multischema.admin_sessions WHERE user_id IS NULL";
    assert_eq!(site.value(left), "0");
}

#[test]
fn several_processes_have_the_same_sessions() {
    let site = Site::new();
    let mut browser = site.logged_in("ann");
    let token = browser.token("x");
    let mut elsewhere = browser.clone();
    elsewhere.router = site.another_process();
    assert_eq!(elsewhere.user().as_deref(), Some("ann"));
    let acted = elsewhere.post("/admin/act?about=x", &[("token", &token)]);
    assert_eq!((acted.status, &*acted.text), (200, "done"));
    let token = elsewhere.token("logout");
    elsewhere.post("/admin/logout", &[("token", &token)]);
    assert_eq!(browser.user(), None);
}

#[test]
fn what_is_kept_does_not_let_anybody_in() {
    let site = Site::new();
    let browser = site.logged_in("ann");
    let id = browser.session().unwrap();
    let row = site.value("SELECT row_to_json(s) FROM multischema.admin_sessions s");
    assert!(!row.contains(id), "{row}");
    let number: i128 = id.parse::<tower_sessions::session::Id>().unwrap().0;
    let bytes = number.to_le_bytes();
    let hex: String = bytes.iter().map(|it| format!("{it:02x}")).collect();
    assert!(
        !row.contains(&hex) && !row.contains(&number.to_string()),
        "{row}"
    );
    assert_eq!(
        site.value("SELECT length(id) FROM multischema.admin_sessions"),
        "32"
    );
    let hash = site.value("SELECT password_hash FROM multischema.admin_users WHERE name = 'ann'");
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
}

#[test]
fn a_cookie_that_is_none_of_ours_is_taken_back() {
    let site = Site::new();
    let ids = [
        "",
        "x",
        "AAAAAAAAAAAAAAAAAAAAAA",
        "' OR true --",
        "a=b",
        &"A".repeat(4000),
    ];
    for id in ids {
        let mut browser = site.browser();
        browser.cookies.insert(COOKIE.to_owned(), id.to_owned());
        assert_eq!(browser.user(), None, "{id}");
        assert_eq!(browser.session(), None, "{id}");
        assert_eq!(browser.log_in("ann", PASSWORD).status, 303);
    }
    // What raw SQL has made of a session.
    for data in [
        "[]",
        "null",
        r#"{"operator": 1}"#,
        r#"{"operator": {"id": 1, "epoch": 1, "secret": "x"}}"#,
    ] {
        let mut browser = site.logged_in("ann");
        site.world.run(&format!(
            "UPDATE multischema.admin_sessions SET data = '{data}'"
        ));
        assert_eq!(browser.user(), None, "{data}");
        assert_eq!(browser.log_in("ann", PASSWORD).status, 303, "{data}");
        assert_eq!(browser.user().as_deref(), Some("ann"));
    }
}

#[test]
fn where_the_database_is_away_it_is_said_so_and_nobody_is_logged_out() {
    let server = Server::start().unwrap();
    let world = World::on(&server);
    let _ = world.registry_of(["a"]);
    let pool = pool(&world, 2);
    Operators::new(pool.clone())
        .create("root", PASSWORD, true)
        .unwrap();
    let site = Site::new();
    let mut browser = site.browser();
    browser.router = router(&pool, false);
    let mut nobody = browser.clone();
    assert_eq!(browser.log_in("root", PASSWORD).status, 303);
    let token = browser.token("x");

    server.stop().unwrap();
    for path in [
        "/admin",
        "/admin/may?models=x",
        "/admin/password",
        "/admin/login",
        "/admin?__schema=a",
        "/admin/none",
    ] {
        let answer = browser.get(path);
        assert_eq!(answer.status, 503, "{path}: {answer:?}");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(answer.header("set-cookie"), None, "{path}");
        answer.says("Try again in a moment");
        assert!(!answer.text.contains("connection"), "{answer:?}");
    }
    assert_eq!(nobody.log_in("root", PASSWORD).status, 503);
    assert_eq!(nobody.get("/admin/login").status, 200, "it needs no row");
    for (path, form) in [
        ("/admin/act?about=x", [("token", &*token)]),
        ("/admin/password", [("token", "x")]),
        ("/admin/logout", [("token", "x")]),
    ] {
        assert_eq!(browser.post(path, &form).status, 503, "{path}");
    }
    let json = browser.get_with("/admin", &[("accept", "application/json")]);
    assert_eq!(json.status, 503);
    assert!(json.json()["error"].is_string());

    server.restart().unwrap();
    assert_eq!(browser.user().as_deref(), Some("root"));
}

#[test]
fn a_session_that_cannot_be_kept_is_not_said_to_be() {
    let site = Site::new();
    let mut browser = site.browser();
    // Not even looked at, and not written.
    for (breaks, mends) in [
        (
            "ALTER TABLE multischema.admin_sessions RENAME TO gone",
            "ALTER TABLE multischema.gone RENAME TO admin_sessions",
        ),
        (
            "ALTER TABLE multischema.admin_sessions ADD CONSTRAINT none CHECK (false) NOT VALID",
            "ALTER TABLE multischema.admin_sessions DROP CONSTRAINT none",
        ),
    ] {
        site.world.run(breaks);
        let answer = browser.log_in("ann", PASSWORD);
        assert_eq!(
            (answer.status, answer.header("retry-after")),
            (503, Some("1")),
            "{breaks}"
        );
        assert_eq!(answer.header("set-cookie"), None, "{breaks}");
        site.world.run(mends);
    }
    assert_eq!(browser.log_in("ann", PASSWORD).status, 303);
}
