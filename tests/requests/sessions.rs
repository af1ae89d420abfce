//! Sessions of `tower-sessions`.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use multischema_axum::{CurrentSchema, SchemaLayer, TowerSessions};
use tower_sessions::{MemoryStore, SessionManagerLayer};

use crate::site::{Answer, Site, answer, users};

#[test]
fn a_choice_is_remembered_in_the_session_and_in_no_other() {
    let site = Site::new();
    let layer =
        SchemaLayer::builder(site.registry.clone(), users()).remember(TowerSessions::default());
    let shown = |schema: Option<CurrentSchema>| async move {
        schema.map_or("-".to_owned(), |it| it.to_string())
    };
    let router = Router::new().route("/", get(shown)).layer(layer.build());
    let with_sessions = router
        .clone()
        .layer(SessionManagerLayer::new(MemoryStore::default()));
    let send = |router: &Router, path: &str, cookie: Option<&str>| -> Answer {
        let mut request = Request::builder().uri(path).header("x-user", "ann");
        if let Some(cookie) = cookie {
            request = request
                .header("cookie", cookie)
                .header("sec-fetch-site", "same-origin");
        }
        site.runtime()
            .block_on(answer(router, request.body(Body::empty()).unwrap()))
    };
    let nothing = send(&with_sessions, "/", None);
    assert_eq!(nothing.short(), "200 -");
    assert_eq!(
        nothing.header("set-cookie"),
        None,
        "nothing is to be remembered"
    );
    let chosen = send(&with_sessions, "/?__schema=a", None);
    let cookie = chosen
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(send(&with_sessions, "/", Some(&cookie)).short(), "200 a");
    assert_eq!(send(&with_sessions, "/", None).short(), "200 -");
    assert_eq!(
        send(&with_sessions, "/", Some("id=AAAAAAAAAAAAAAAAAAAAAA")).short(),
        "200 -"
    );
    send(&with_sessions, "/?__schema=b", Some(&cookie));
    assert_eq!(send(&with_sessions, "/", Some(&cookie)).short(), "200 b");
    send(&with_sessions, "/__change_schema__/", Some(&cookie));
    assert_eq!(send(&with_sessions, "/", Some(&cookie)).short(), "200 -");
    assert_eq!(
        send(&router, "/", None).short(),
        "500 something went wrong",
        "there are no sessions"
    );
}
