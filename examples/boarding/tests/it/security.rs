//! What browsers are told, and what other sites cannot do.

use reqwest::Method;

use crate::app::App;
use crate::client::Client;

#[tokio::test]
async fn all_answers_tell_a_browser_what_to_refuse() {
    let app = App::shared();
    let anna = Client::of(&app.url, "anna").await;
    for path in [
        "/",
        "/schools",
        "/t/north/pupils",
        "/t/west/pupils",
        "/nowhere",
        "/login",
        "/style.css",
        "/api/pupils",
        "/__change_schema__/north",
    ] {
        let answer = anna.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            !answer.body.contains("<script") && !answer.body.contains("style="),
            "{path}"
        );
        let kept = answer.header("cache-control");
        match path {
            "/style.css" => assert!(kept.starts_with("public"), "{path}: {kept}"),
            _ => assert_eq!(kept, "private, no-store", "{path}"),
        }
    }
}

#[tokio::test]
async fn another_site_cannot_have_a_browser_change_anything() {
    let app = App::shared();
    let anna = Client::of(&app.url, "anna").await;
    let schools = [("schema", "north"), ("next", "/")];
    for (path, fields) in [
        ("/__change_schema__/", &schools[..]),
        ("/t/north/pupils", &[]),
        ("/t/north/pupils/1/delete", &[]),
        ("/api/pupils", &[]),
        ("/logout", &[]),
        ("/login", &[]),
    ] {
        for (header, value) in [
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
            ("Origin", "http://evil.example"),
            ("Origin", "null"),
        ] {
            let request = anna.form(path, fields).header(header, value);
            let answer = anna.send(request).await;
            assert_eq!(answer.status, 403, "{path} with {header}: {value}");
        }
    }
    let link = anna.request(Method::GET, "/__change_schema__/north");
    let link = link.header("Sec-Fetch-Site", "cross-site");
    assert_eq!(anna.send(link).await.status, 403);
    assert_eq!(anna.get("/").await.location(), "/schools");

    // A link to a page is no harm, and the own site is no other.
    let link = anna.request(Method::GET, "/t/north/pupils");
    let link = link.header("Sec-Fetch-Site", "cross-site");
    assert_eq!(anna.send(link).await.status, 200);
    let own = anna
        .form("/__change_schema__/", &schools)
        .header("Origin", &app.url);
    assert_eq!(anna.send(own).await.status, 303);
}
