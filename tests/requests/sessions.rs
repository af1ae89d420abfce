//! Sessions of `tower-sessions`.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::request::Parts;
use axum::routing::get;
use multischema::SchemaName;
use multischema_axum::{
    BoxFuture, CurrentSchema, Refusal, SchemaLayer, SchemaStore, TowerSessions,
};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{MemoryStore, SessionManagerLayer, SessionStore};

use crate::site::{Answer, Site, answer, from, users};

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

/// A store that has nothing but errors.
#[derive(Debug, Clone)]
struct Failing(fn(String) -> Error);

#[async_trait::async_trait]
impl SessionStore for Failing {
    async fn create(&self, _: &mut Record) -> Result<()> {
        Err(self.0("secret".to_owned()))
    }

    async fn save(&self, _: &Record) -> Result<()> {
        Err(self.0("secret".to_owned()))
    }

    async fn load(&self, _: &Id) -> Result<Option<Record>> {
        Err(self.0("secret".to_owned()))
    }

    async fn delete(&self, _: &Id) -> Result<()> {
        Err(self.0("secret".to_owned()))
    }
}

const AWAY: (&str, Option<&str>) = ("503 try again in a moment", Some("1"));
const BROKEN: (&str, Option<&str>) = ("500 something went wrong", None);

#[test]
fn a_store_that_is_away_is_asked_again_later_and_one_that_is_broken_is_not() {
    let site = Site::new();
    let layer =
        SchemaLayer::builder(site.registry.clone(), users()).remember(TowerSessions::default());
    let router = Router::new()
        .route("/", get(|| async {}))
        .layer(layer.build());
    for (store, expected) in [
        (Failing(Error::Backend), AWAY),
        (Failing(Error::Decode), BROKEN),
        (Failing(Error::Encode), BROKEN),
    ] {
        let router = router.clone().layer(SessionManagerLayer::new(store));
        for path in ["/", "/?__schema=a", "/__change_schema__/a"] {
            let request = from("ann", path).header("cookie", "id=AAAAAAAAAAAAAAAAAAAAAA");
            let request = request.body(Body::empty()).unwrap();
            let answer = site.runtime().block_on(answer(&router, request));
            let found = (&*answer.short(), answer.header("retry-after"));
            assert_eq!(found, expected, "{path}");
        }
    }
}

/// One that says itself that it is away.
struct Away;

impl SchemaStore for Away {
    fn load<'a>(
        &'a self,
        _: &'a Parts,
    ) -> BoxFuture<'a, std::result::Result<Option<String>, axum::BoxError>> {
        Box::pin(async { Err(Refusal::Unavailable.into()) })
    }

    fn save<'a>(
        &'a self,
        _: &'a Parts,
        _: Option<&'a SchemaName>,
    ) -> BoxFuture<'a, std::result::Result<(), axum::BoxError>> {
        Box::pin(async { Err(Refusal::Unavailable.into()) })
    }
}

#[test]
fn a_store_of_ones_own_can_say_that_it_is_away() {
    let site = Site::new();
    let layer = SchemaLayer::builder(site.registry.clone(), users()).remember(Away);
    let router = Router::new()
        .route("/", get(|| async {}))
        .layer(layer.build());
    for path in ["/", "/?__schema=a"] {
        let request = from("ann", path).body(Body::empty()).unwrap();
        let answer = site.runtime().block_on(answer(&router, request));
        assert_eq!((&*answer.short(), answer.header("retry-after")), AWAY);
    }
}
