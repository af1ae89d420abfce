//! Logging in and out.

use std::time::Instant;

use axum::Router;
use multischema_admin::testing;

use crate::auth_site::{COOKIE, PASSWORD, Site};

#[test]
fn the_right_password_logs_in_and_a_wrong_one_or_an_unknown_name_does_not() {
    let site = Site::new();
    let mut browser = site.browser();
    let asked = browser.get("/admin/may?models=x");
    assert_eq!(asked.status, 303);
    let login = "/admin/login?next=%2Fadmin%2Fmay%3Fmodels%3Dx";
    assert_eq!(asked.header("location"), Some(login));
    let form = browser.get(login);
    assert_eq!(form.status, 200);
    form.says(r#"name="next" value="/admin/may?models=x""#)
        .says("<title>Log in</title>");

    let mut wrongs = Vec::new();
    for (name, password) in [
        ("ann", "wrong horse battery"),
        ("ann", ""),
        ("nobody", PASSWORD),
        ("Ann", PASSWORD),
        ("ann\0", PASSWORD),
        ("", ""),
        ("' OR true --", PASSWORD),
    ] {
        let wrong = browser.log_in(name, password);
        assert_eq!(wrong.status, 422, "{name}");
        wrong
            .says("Name or password is wrong.")
            .says("<title>Error: Log in</title>");
        assert_eq!(browser.user(), None, "{name}");
        if !name.contains('\0') && !name.contains('\'') {
            let shown = format!("value=\"{name}\" autocomplete");
            wrongs.push(wrong.says(&shown).text.replace(&shown, ""));
        }
    }
    wrongs.dedup();
    assert_eq!(wrongs.len(), 1, "an answer tells what was wrong");

    let form = [
        ("name", " ann "),
        ("password", PASSWORD),
        ("next", "/admin/may?models=x"),
    ];
    let right = browser.post("/admin/login", &form);
    assert_eq!(right.status, 303);
    assert_eq!(right.header("location"), Some("/admin/may?models=x"));
    assert_eq!(browser.user().as_deref(), Some("ann"));
    assert_eq!(site.value("SELECT last_login > now() - interval '1 min' FROM multischema.admin_users WHERE name = 'ann'"), "true");
    let again = browser.get("/admin/login?next=/admin/fail");
    assert_eq!(
        (again.status, again.header("location")),
        (303, Some("/admin/fail"))
    );
}

#[test]
fn a_user_who_is_not_active_is_told_what_a_wrong_password_is() {
    let site = Site::new();
    let mut before = site.logged_in("ann");
    site.operators.deactivate("ann").unwrap();
    assert_eq!(before.user(), None);
    let mut browser = site.browser();
    let refused = browser.log_in("ann", PASSWORD);
    assert_eq!(refused.status, 422);
    refused.says("Name or password is wrong.");
    site.operators.activate("ann").unwrap();
    assert_eq!(before.user(), None, "a session came back");
    assert_eq!(browser.log_in("ann", PASSWORD).status, 303);
}

#[test]
fn nobody_is_sent_to_another_site_or_has_a_schema_chosen() {
    let site = Site::new();
    for next in [
        "https://evil.example/",
        "//evil.example/admin/",
        "/\\evil.example",
        "/\t/evil.example",
        "/other",
        "/admin/../other",
        "/administer",
        "javascript:alert(1)",
        "/admin/__change_schema__/b",
        "/admin/login",
        "",
    ] {
        let mut browser = site.browser();
        let form = [("name", "ann"), ("password", PASSWORD), ("next", next)];
        let sent = browser.post("/admin/login", &form);
        assert_eq!(
            (sent.status, sent.header("location")),
            (303, Some("/admin")),
            "{next}"
        );
    }
    let form = [
        ("name", "ann"),
        ("password", PASSWORD),
        ("next", "/admin/may?__schema=b&models=x"),
    ];
    let sent = site.browser().post("/admin/login", &form);
    assert_eq!(sent.header("location"), Some("/admin/may?models=x"));
}

#[test]
fn the_cookie_is_of_this_host_and_of_tls_and_of_no_script() {
    let site = Site::of(2, true);
    let right = site.browser().log_in("ann", PASSWORD);
    let cookie = right.header("set-cookie").unwrap();
    let mut parts: Vec<&str> = cookie.split("; ").collect();
    let value = parts
        .remove(0)
        .strip_prefix("__Host-multischema-admin=")
        .unwrap();
    assert!(value.len() == 22, "{cookie}");
    parts.sort_unstable();
    assert_eq!(parts, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);

    // What takes it back has to be as secure, or browsers ignore it.
    let mut browser = site.browser();
    browser.log_in("ann", PASSWORD);
    let token = browser.token("logout");
    let out = browser.post("/admin/logout", &[("token", &token)]);
    let cookie = out.header("set-cookie").unwrap();
    for part in [
        "__Host-multischema-admin=;",
        "Secure",
        "Path=/",
        "Max-Age=0",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(browser.cookies.is_empty());

    // Without TLS a browser would not send it back.
    let site = Site::new();
    let right = site.browser().log_in("ann", PASSWORD);
    let cookie = right.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with(&format!("{COOKIE}=")) && !cookie.contains("Secure"),
        "{cookie}"
    );
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
}

#[test]
fn nothing_is_kept_for_who_is_not_logged_in() {
    let site = Site::new();
    let mut browser = site.browser();
    for path in [
        "/admin/login",
        "/admin?__schema=a",
        "/admin/static/style.css",
    ] {
        assert_eq!(browser.get(path).header("set-cookie"), None, "{path}");
    }
    browser.log_in("ann", "wrong horse battery");
    assert_eq!(
        site.value("SELECT count(*) FROM multischema.admin_sessions"),
        "0"
    );
}

#[test]
fn whoever_is_not_logged_in_gets_nowhere_but_to_the_style_sheet() {
    let site = Site::new();
    let mut browser = site.browser();
    assert_eq!(browser.get("/admin/static/style.css").status, 200);
    for path in [
        "/admin",
        "/admin/fail",
        "/admin/password",
        "/admin/nothing/here",
        "/admin/static/../act",
    ] {
        let asked = browser.get(path);
        assert_eq!(asked.status, 303, "{path}");
        assert!(
            asked
                .header("location")
                .unwrap()
                .starts_with("/admin/login"),
            "{path}"
        );
        let asked = browser.get_with(path, &[("accept", "application/json")]);
        assert_eq!(asked.status, 401, "{path}");
        assert!(asked.json()["error"].is_string());
    }
    for path in [
        "/admin/act?about=x",
        "/admin/password",
        "/admin/logout",
        "/admin/nothing",
    ] {
        let asked = browser.post(path, &[("token", "x")]);
        assert_eq!(asked.status, 401, "{path}");
        asked.says("Log in").says("Error: ");
    }
}

#[test]
fn logging_out_ends_this_session_or_all_of_the_user() {
    let site = Site::new();
    let mut here = site.logged_in("ann");
    let mut elsewhere = site.logged_in("ann");
    let mut other = site.logged_in("root");
    let old = here.clone();
    let token = here.token("logout");
    let out = here.post("/admin/logout", &[("token", &token)]);
    assert_eq!(
        (out.status, out.header("location")),
        (303, Some("/admin/login"))
    );
    assert_eq!(here.session(), None);
    assert_eq!(old.clone().user(), None, "the session lives on");
    assert_eq!(elsewhere.user().as_deref(), Some("ann"));

    here.log_in("ann", PASSWORD);
    here.get("/admin/password").says("Log out everywhere");
    let token = here.token("logout");
    here.post("/admin/logout", &[("token", &token), ("everywhere", "yes")]);
    assert_eq!(here.user(), None);
    assert_eq!(elsewhere.user(), None, "somewhere a session lives on");
    assert_eq!(other.user().as_deref(), Some("root"));
    assert_eq!(here.get("/admin/logout").status, 303, "a link logs out");
}

/// Who tries names does not learn by the time it takes which ones there are.
#[test]
fn an_unknown_name_takes_as_long_as_a_known_one() {
    let site = Site::new();
    let mut browser = site.browser();
    let mut median = |name: &str| {
        let mut times: Vec<_> = (0..9)
            .map(|_| {
                site.world.run("DELETE FROM multischema.admin_attempts");
                let start = Instant::now();
                assert_eq!(browser.log_in(name, "wrong horse battery").status, 422);
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        times[4]
    };
    let (known, unknown) = (median("ann"), median("nobody"));
    let ratio = unknown.as_secs_f64() / known.as_secs_f64();
    assert!((0.4..2.5).contains(&ratio), "{known:?} and {unknown:?}");
}

#[test]
fn the_site_is_where_it_is_mounted() {
    let site = Site::new();
    let probe = testing::probe(&site.pool, false);
    for (router, base) in [
        (probe.clone(), ""),
        (Router::new().nest("/a/b", probe.clone()), "/a/b"),
        (
            Router::new().nest("/a", Router::new().nest("/b", probe.clone())),
            "/a/b",
        ),
        (Router::new().nest_service("/{tenant}/x", probe), "/some/x"),
    ] {
        let start = if base.is_empty() { "/" } else { base };
        let mut browser = site.browser();
        browser.router = router;
        let asked = browser.get(&format!("{base}/fail?a=b"));
        let next = format!("{base}/fail").replace('/', "%2F");
        assert_eq!(
            asked.header("location"),
            Some(&*format!("{base}/login?next={next}%3Fa%3Db")),
            "{asked:?}"
        );
        let login = format!("{base}/login");
        assert_eq!(browser.get(start).header("location"), Some(&*login));
        browser.get(&login).says(&format!("action=\"{login}\""));
        let right = browser.post(&login, &[("name", "root"), ("password", PASSWORD)]);
        assert_eq!(right.header("location"), Some(start));
        assert_eq!(browser.get(start).json()["base"], base);
        // What the library's layer sends the browser to, which does not know of the mount.
        let paths = [
            "/may?models=x&__schema=a",
            "/?__schema=a&q=1",
            "/?__schema=a",
        ];
        let wholes = [
            format!("{base}/may?models=x"),
            format!("{start}?q=1"),
            start.to_owned(),
        ];
        for (path, whole) in paths.into_iter().zip(&wholes) {
            let path = match path.strip_prefix("/?") {
                Some(query) => format!("{start}?{query}"),
                None => format!("{base}{path}"),
            };
            let selected = browser.get(&path);
            assert_eq!(
                (selected.status, selected.header("location")),
                (303, Some(&**whole)),
                "{path}"
            );
        }
        let none = browser.get(&format!("{base}/nothing"));
        assert_eq!(none.status, 404);
        assert!(none.header("content-security-policy").is_some());
    }
}
