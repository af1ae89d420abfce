//! Every way in which a request names its schema.

use axum::body::Body;

use crate::site::{Site, from, post};

/// The rows of whom a request gets.
fn rows(site: &Site, header: Option<(&str, &str)>, path: &str) -> String {
    let mut request = from("ann", path);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    site.send(request.body(Body::empty()).unwrap()).short()
}

/// 49 to 52
#[test]
fn each_way_selects_what_it_names() {
    let site = Site::new();
    for schema in ["a", "b"] {
        let expected = format!("200 {schema} 1");
        assert_eq!(
            rows(&site, Some(("x-change-schema", schema)), "/rows"),
            expected
        );
        assert_eq!(rows(&site, None, &format!("/t/{schema}/rows")), expected);
        assert_eq!(
            rows(
                &site,
                Some(("host", &format!("{schema}.example.com"))),
                "/rows"
            ),
            expected
        );
        assert_eq!(
            rows(&site, None, &format!("http://{schema}.example.com/rows")),
            expected
        );
        assert_eq!(rows(&site, Some(("x-claim", schema)), "/rows"), expected);
        site.sessions.choose("1", schema);
        assert_eq!(rows(&site, None, "/rows"), expected);
    }
    assert_eq!(
        rows(&site, Some(("host", "a.example.org")), "/rows"),
        "200 a 1"
    );
    let request = post("ann", "/rows").header("x-change-schema", "a");
    assert_eq!(
        site.send(request.body(Body::empty()).unwrap()).short(),
        "200 a 1"
    );
    assert_eq!(
        site.sessions.chosen("1").unwrap(),
        "b",
        "none of these is remembered"
    );
}

#[test]
fn a_host_is_the_same_with_a_port_a_dot_and_in_capitals_and_an_address_is_none() {
    let site = Site::new();
    for (host, expected) in [
        ("a.example.com:8080", "a"),
        ("A.Example.COM", "a"),
        ("a.example.com.", "a"),
        ("a.example.com.:80", "a"),
        ("example.com", "-"),
        ("www.example.com", "-"),
        ("x.a.example.com", "-"),
        (".example.com", "-"),
        ("aexample.com", "-"),
        ("a.example.com.evil.org", "-"),
        ("127.0.0.1:3000", "-"),
        ("[::1]:3000", "-"),
        ("[::1]", "-"),
        ("", "-"),
        ("A.EXAMPLE.ORG:443", "a"),
    ] {
        let request = from("ann", "/").header("host", host);
        let answer = site.send(request.body(Body::empty()).unwrap());
        assert_eq!(answer.short(), format!("200 {expected}"), "for {host:?}");
    }
    let request = from("ann", "/")
        .header("host", "a.example.com")
        .header("host", "b.example.com");
    assert_eq!(
        site.send(request.body(Body::empty()).unwrap()).short(),
        "200 -"
    );
}

/// 50
#[test]
fn the_only_schema_that_is_visible_is_selected_by_itself() {
    let site = Site::new();
    assert_eq!(site.get("ben", "/").short(), "200 b");
    assert_eq!(site.get("ben", "/rows").short(), "200 b 1");
    assert_eq!(site.get("ann", "/").short(), "200 -");
    assert_eq!(site.get("eve", "/").short(), "200 -");
    assert_eq!(site.get("", "/").short(), "200 -");
    assert_eq!(site.sessions.chosen("1"), None);
}

#[test]
fn two_that_disagree_are_refused_and_what_was_remembered_yields() {
    let site = Site::new();
    let send = |path: &str, headers: &[(&str, &str)]| {
        let mut request = from("ann", path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        site.send(request.body(Body::empty()).unwrap()).short()
    };
    let refused = "400 the request names more than one schema";
    assert_eq!(send("/t/a/home", &[("x-change-schema", "b")]), refused);
    assert_eq!(send("/t/a/home", &[("host", "b.example.com")]), refused);
    assert_eq!(
        send("/", &[("x-claim", "a"), ("x-change-schema", "b")]),
        refused
    );
    assert_eq!(send("/t/a/home", &[("x-change-schema", "nobody")]), refused);
    let agreed = [
        ("x-change-schema", "a"),
        ("host", "a.example.com"),
        ("x-claim", "a"),
    ];
    assert_eq!(send("/t/a/rows", &agreed), "200 a 1");
    // Of two headers, both count.
    let twice = [("x-change-schema", "a"), ("x-change-schema", "b")];
    assert_eq!(send("/", &twice), "404 there is no such schema");
    assert_eq!(
        send("/", &[("x-change-schema", "a"), ("x-change-schema", "a")]),
        "200 a"
    );
    site.sessions.choose("1", "b");
    assert_eq!(send("/t/a/rows", &[]), "200 a 1");
    assert_eq!(send("/rows", &[]), "200 b 1");
}

#[test]
fn what_an_application_lets_caches_keep_is_still_one_users_own() {
    let site = Site::new();
    let layer = multischema_axum::SchemaLayer::builder(site.registry.clone(), crate::site::users());
    let kept = |axum::extract::Path(value): axum::extract::Path<String>| async move {
        [("cache-control", value)]
    };
    let router = axum::Router::new()
        .route("/{value}", axum::routing::get(kept))
        .layer(layer.build());
    let send = |user: &str, value: &str| {
        let request = from(user, &format!("/{value}")).body(Body::empty());
        let answer = crate::site::answer(&router, request.unwrap());
        let answer = site.runtime().block_on(answer);
        let vary = answer.header("vary").unwrap_or_default();
        assert_eq!(vary, "authorization, cookie");
        let all = answer.headers.get_all("cache-control").iter();
        let all: Vec<_> = all.map(|it| it.to_str().unwrap()).collect();
        all.join(", ")
    };
    for (value, expected) in [
        ("max-age=60", "max-age=60, private"),
        ("no-cache", "no-cache, private"),
        ("private=x", "private=x, private"),
        ("max-age=60,PUBLIC", "max-age=60,PUBLIC"),
        ("private", "private"),
        ("no-store", "no-store"),
    ] {
        assert_eq!(send("ann", value), expected);
        assert_eq!(send("", value), value);
    }
}

#[test]
fn what_is_answered_to_a_choice_is_not_kept() {
    let site = Site::new();
    for path in [
        "/?__schema=a",
        "/__change_schema__/b",
        "/__change_schema__/",
    ] {
        let answer = site.get("ann", path);
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    }
}

#[test]
fn caches_keep_answers_apart() {
    let site = Site::new();
    for path in ["/", "/rows", "/t/nobody/home", "/?__schema=a", "/none/here"] {
        let answer = site.get("ann", path);
        let vary = answer.header("vary").unwrap();
        for name in ["cookie", "x-change-schema"] {
            assert!(vary.contains(name), "for {path}: {vary}");
        }
        assert!(
            answer.header("cache-control").unwrap().contains("private"),
            "{answer:?}"
        );
    }
}
