//! What is refused to other sites and to forms that are not the session's, and what browsers are told to refuse.

use axum::body::Body;
use axum::http::{Method, Request};

use crate::auth_site::{Answer, Browser, PASSWORD, Site, answer};

#[test]
fn a_form_needs_the_token_of_its_session_for_what_it_is_about() {
    let site = Site::new();
    let mut browser = site.logged_in("ann");
    let right = browser.token("x");
    let of_other = site.logged_in("root").token("x");
    let of_other_browser = site.logged_in("ann").token("x");
    let for_other = browser.token("y");
    let mut act = |token: &[(&str, &str)]| browser.post("/admin/act?about=x", token).status;
    assert_eq!(act(&[("token", &right)]), 200);
    assert_eq!(act(&[]), 403);
    for wrong in [
        "",
        &of_other,
        &of_other_browser,
        &for_other,
        &right[1..],
        &right.to_uppercase(),
    ] {
        assert_eq!(act(&[("token", wrong)]), 403, "{wrong}");
    }
    browser.log_in("ann", PASSWORD);
    assert_eq!(
        browser
            .post("/admin/act?about=x", &[("token", &right)])
            .status,
        403
    );

    // What the site itself has.
    for (path, about) in [("/admin/logout", "logout"), ("/admin/password", "password")] {
        let other = site.logged_in("root").token(about);
        let other_thing = browser.token("x");
        for token in ["", &other, &other_thing] {
            let form = [
                ("token", token),
                ("old", PASSWORD),
                ("new", "another horse battery"),
                ("again", "another horse battery"),
            ];
            let answer = browser.post(path, &form);
            assert_eq!(answer.status, 403, "{path} {token}");
            answer.says("This form is not one of your session");
        }
        assert_eq!(browser.user().as_deref(), Some("ann"));
    }
    assert_eq!(site.browser().log_in("ann", PASSWORD).status, 303);
}

/// What a browser says of a request that another site has it send.
const FROM_ELSEWHERE: [&[(&str, &str)]; 6] = [
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", ""), ("origin", "https://evil.example")],
    &[
        ("sec-fetch-site", ""),
        ("origin", "https://admin.example.com"),
    ],
    &[
        ("sec-fetch-site", ""),
        ("origin", "https://example.com:8443"),
    ],
    &[("sec-fetch-site", ""), ("origin", "null")],
];

/// 62
#[test]
fn what_another_site_sends_changes_nothing() {
    let site = Site::new();
    let mut browser = site.logged_in("ann");
    for headers in FROM_ELSEWHERE {
        for (path, about) in [
            ("/admin/act?about=x", "x"),
            ("/admin/logout", "logout"),
            ("/admin/nowhere", "x"),
        ] {
            let token = browser.token(about);
            let answer = browser.post_with(path, &[("token", &token)], headers);
            assert_eq!(answer.status, 403, "{path} {headers:?}");
            answer.says("This came from another site");
        }
        // Nor does it log somebody in as somebody else.
        let mut nobody = site.browser();
        let form = [("name", "root"), ("password", PASSWORD)];
        let answer = nobody.post_with("/admin/login", &form, headers);
        assert_eq!(
            (answer.status, answer.header("set-cookie")),
            (403, None),
            "{headers:?}"
        );
        assert_eq!(browser.user().as_deref(), Some("ann"));
        // A link may lead here.
        let links = [&[("sec-fetch-mode", "navigate")], headers].concat();
        assert_eq!(
            browser.get_with("/admin", &links).status,
            200,
            "{headers:?}"
        );
        assert_eq!(
            browser.get_with("/admin?__schema=a", headers).status,
            403,
            "{headers:?}"
        );
    }
    let token = browser.token("x");
    let own = [("sec-fetch-site", ""), ("origin", "https://example.com")];
    assert_eq!(
        browser
            .post_with("/admin/act?about=x", &[("token", &token)], &own)
            .status,
        200
    );
}

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[track_caller]
fn is_secured(answer: &Answer, what: &str) {
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        let values: Vec<_> = answer.headers.get_all(name).iter().collect();
        assert_eq!(values, [value], "{name} of {what}");
    }
    let is_static = what.contains("/static/style.css");
    let kept = if is_static {
        "public, max-age=600"
    } else {
        "private, no-store"
    };
    assert_eq!(answer.header("cache-control"), Some(kept), "{what}");
    assert!(
        !answer.text.contains("style=") && !answer.text.contains("<style"),
        "{what}"
    );
    assert!(
        !answer.text.contains("onclick") && !answer.text.contains("javascript:"),
        "{what}"
    );
}

#[test]
fn every_answer_tells_browsers_what_to_refuse() {
    let site = Site::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut look = |answer: &Answer, what: &str| {
        is_secured(answer, what);
        seen.insert(answer.status);
    };
    let paths = [
        "/admin",
        "/admin",
        "/admin/login",
        "/admin/password",
        "/admin/logout",
        "/admin/fail",
        "/admin/nowhere",
        "/admin/act",
        "/admin/act?about=x",
        "/admin/static/style.css",
        "/admin?__schema=zzz",
        "/admin/__change_schema__/a",
        "/admin/__change_schema__/zzz",
    ];
    let visit = |browser: &mut Browser<'_>, look: &mut dyn FnMut(&Answer, &str)| {
        for path in paths {
            for accept in ["text/html", "application/json"] {
                let answer = browser.get_with(path, &[("accept", accept)]);
                look(&answer, path);
            }
            if !path.contains("static") {
                look(&browser.post(path, &[]), path);
            }
            look(
                &browser.post_with(path, &[], &[("sec-fetch-site", "cross-site")]),
                &format!("POST {}", path.replace("static", "")),
            );
        }
    };
    let mut nobody = site.browser();
    visit(&mut nobody, &mut look);
    let mut browser = site.logged_in("root");
    visit(&mut browser, &mut look);
    for method in [
        Method::PUT,
        Method::DELETE,
        Method::OPTIONS,
        Method::HEAD,
        Method::TRACE,
    ] {
        let request = Request::builder()
            .method(method.clone())
            .uri("/admin/login");
        let request = request.body(Body::empty()).unwrap();
        let answer = site.runtime.block_on(answer(&site.router, request));
        look(&answer, method.as_str());
    }
    // Too large, of another type, and no text.
    let large = "x".repeat(20_000);
    let answer = browser.post("/admin/login", &[("name", &large)]);
    assert_eq!(answer.status, 413);
    look(&answer, "large");
    let answer = browser.post_with("/admin/login", &[], &[("content-type", "application/json")]);
    assert_eq!(answer.status, 415);
    look(&answer, "json");
    for _ in 0..6 {
        look(&nobody.log_in("nobody", "wrong horse battery"), "wrong");
    }
    site.world
        .run("ALTER TABLE multischema.admin_users RENAME TO gone");
    look(&browser.get("/admin"), "without users");
    site.world
        .run("ALTER TABLE multischema.admin_sessions RENAME TO gone_as_well");
    look(&browser.get("/admin"), "without sessions");
    assert_eq!(
        Vec::from_iter(seen),
        [
            200, 303, 400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503
        ]
    );
}
