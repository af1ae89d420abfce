//! Names that nobody has.

use axum::body::Body;
use axum::http::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::site::{Answer, Site, from, users};

/// What comes of each way that can say `name` at all.
fn each_way(site: &Site, user: &str, name: &[u8]) -> Vec<Answer> {
    let encoded: String = name.iter().map(|byte| format!("%{byte:02x}")).collect();
    let mut answers = vec![
        site.get(user, &format!("/?__schema={encoded}")),
        site.get(user, &format!("/t/{encoded}/home")),
        site.get(user, &format!("/__change_schema__/{encoded}")),
    ];
    if let Ok(value) = HeaderValue::from_bytes(name) {
        for header in ["x-change-schema", "x-claim"] {
            answers.push(
                site.send(
                    from(user, "/")
                        .header(header, value.clone())
                        .body(Body::empty())
                        .unwrap(),
                ),
            );
        }
    }
    answers
}

#[test]
fn what_is_no_name_is_refused_in_every_way() {
    let site = Site::new();
    let long = "x".repeat(10_000);
    let names: [&[u8]; 22] = [
        b" ",
        b"A",
        b"\"a\"",
        b"'a'",
        b"a;--",
        b"a,b",
        b"a b",
        b"a/../b",
        b"..",
        b"a\0",
        b"a\n",
        b"a ",
        b" a",
        b"\xff\xfe",
        b"%61",
        b"pg_temp",
        b"pg_catalog",
        b"public",
        b"information_schema",
        b"__template__",
        long.as_bytes(),
        "\u{430}".as_bytes(),
    ];
    for name in names {
        let shown = String::from_utf8_lossy(&name[..name.len().min(20)]);
        for answer in each_way(&site, "ann", name) {
            assert_eq!(answer.status, 404, "{shown:?}: {answer:?}");
        }
        for answer in each_way(&site, "root!", name) {
            assert_eq!(answer.status, 403, "{shown:?}: {answer:?}");
        }
        assert_eq!(site.sessions.chosen("1"), None, "{shown:?}");
    }
    assert_eq!(
        site.get("ann", "/t/%61/home").short(),
        "200 a",
        "one that is encoded is the same"
    );
}

#[test]
fn a_host_that_is_no_schemas_leads_nowhere() {
    let site = Site::new();
    let long = "x".repeat(10_000);
    let send = |host: &[u8]| {
        let host = HeaderValue::from_bytes(host).unwrap();
        let request = from("ann", "/").header("host", host);
        site.send(request.body(Body::empty()).unwrap())
    };
    for label in [
        " ",
        "\"a\"",
        "'a'",
        "a;--",
        "a,b",
        "a b",
        "a ",
        " a",
        "%61",
        "a%2e",
        "pg_temp",
        "pg-catalog",
        "public",
        "information-schema",
        "__template__",
        "--template--",
        "c",
        "nobody",
        "a@b",
        "a/../b",
        "a?",
        "a#",
        "..",
        ".a",
        "a.",
        "a\u{430}",
        &long,
    ] {
        let answer = send(format!("{label}.example.com").as_bytes());
        // Two labels name nothing, and neither does what is no text.
        let is_one = label.is_ascii() && !label.contains('.');
        let expected = if is_one { 404 } else { 200 };
        assert_eq!(answer.status, expected, "{label:.20}: {answer:?}");
        assert!(is_one || answer.text == "-", "{label}: {answer:?}");
    }
    for host in [
        &b"xa.example.org"[..],
        b"a.example.org.evil.example",
        b"a.example.org@evil.example",
        b"user@a.example.org",
        b"a.example.org/",
        b"a.example.org..",
        b" a.example.org",
        b"a.example.org:80:80",
        b"a:80.example.com",
        b"a,a.example.org",
        b"a.example.org\xff",
        b"a.ex%61mple.org",
        b"[a.example.org]",
    ] {
        let shown = String::from_utf8_lossy(host);
        assert_eq!(send(host).short(), "200 -", "{shown}");
    }
}

/// 54
#[test]
fn no_name_that_is_not_ones_own_is_ever_activated() {
    let site = Site::new();
    let mut runner = TestRunner::new(Config {
        cases: 60,
        ..Config::default()
    });
    let names = prop_oneof!["[a-z][a-z0-9_]{0,20}", "[a-c]{1,2}", "\\PC{1,30}"];
    let ran = runner.run(&names, |name| {
        for (user, own) in [
            ("ann", &["a", "b"][..]),
            ("ben", &["b"]),
            ("eve", &[]),
            ("", &[]),
        ] {
            let encoded = utf8_percent_encode(&name, NON_ALPHANUMERIC).to_string();
            let activated = site.get(user, &format!("/t/{encoded}/home"));
            let is_own = own.contains(&&*name);
            let expected = match (is_own, user) {
                (true, _) => format!("200 {name}"),
                (false, "") => "200 -".to_owned(),
                (false, _) => "404 there is no such schema".to_owned(),
            };
            prop_assert_eq!(activated.short(), expected);
            site.get(user, &format!("/?__schema={encoded}"));
            let chosen = site.sessions.chosen("1");
            prop_assert!(
                chosen.as_deref().is_none_or(|it| own.contains(&it)),
                "{chosen:?}"
            );
            site.get("", "/__change_schema__/");
        }
        Ok(())
    });
    ran.unwrap();
}

#[test]
fn a_forged_session_gets_nobody_anywhere() {
    let site = Site::new();
    let long = "x".repeat(10_000);
    for forged in ["c", "__template__", "nobody", "A", "", "a\"", long.as_str()] {
        site.sessions.choose("1", forged);
        let answer = site.get("ann", "/rows");
        assert_eq!(answer.status, 404, "{forged:.20}: {answer:?}");
        assert_eq!(site.sessions.chosen("1"), None);
    }
}

#[test]
fn a_thousand_unknown_hosts_do_not_reach_the_database_a_thousand_times() {
    use std::sync::{Arc, Mutex};
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let begin = move |registry: &multischema::Registry, _: &multischema::TenantPool| {
        let cached = crate::site::cached(registry);
        *keep.lock().unwrap() = Some(cached.clone());
        multischema_axum::SchemaLayer::builder(cached, users())
    };
    let site = Site::of(4, begin, |it| it);
    let cached = kept.lock().unwrap().clone().unwrap();
    assert_eq!(site.get("ann", "/t/a/rows").short(), "200 a 1");
    let before = cached.stats().statements;
    for host in 0..1000 {
        let request = from("ann", "/").header("host", format!("x{host}.example.com"));
        assert_eq!(site.send(request.body(Body::empty()).unwrap()).status, 404);
    }
    let asked = cached.stats().statements - before;
    assert!(asked < 50, "{asked} statements");
}
