//! A small site, and requests to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::request::{Builder, Parts};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use axum::routing::get;
use axum::{BoxError, Router};
use diesel::prelude::*;
use http_body_util::BodyExt;
use multischema::{CachedRegistry, Registry, SchemaName, TenantPool, User};
use multischema_axum::{
    BoxFuture, Claim, CurrentSchema, DbError, GlobalDb, Header, HostMap, Identity, PathPrefix,
    SchemaLayer, SchemaLayerBuilder, SchemaStore, Subdomain, TenantDb, identity,
};
use multischema_tests::{World, titles};
use tokio::runtime::Runtime;
use tower::ServiceExt;

/// What a session remembers, by the value of the cookie.
#[derive(Clone, Default)]
pub(crate) struct Sessions {
    chosen: Arc<Mutex<HashMap<String, String>>>,
    /// How often one was saved.
    pub(crate) saved: Arc<Mutex<u32>>,
}

impl Sessions {
    pub(crate) fn chosen(&self, session: &str) -> Option<String> {
        self.chosen.lock().unwrap().get(session).cloned()
    }

    pub(crate) fn choose(&self, session: &str, schema: &str) {
        let mut chosen = self.chosen.lock().unwrap();
        chosen.insert(session.to_owned(), schema.to_owned());
    }
}

fn cookie(request: &Parts) -> Option<&str> {
    request
        .headers
        .get("cookie")?
        .to_str()
        .ok()?
        .strip_prefix("sid=")
}

impl SchemaStore for Sessions {
    fn load<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
        let chosen = cookie(request).and_then(|it| self.chosen(it));
        Box::pin(async move {
            match chosen.as_deref() {
                Some("!") => Err("the store is away".into()),
                _ => Ok(chosen),
            }
        })
    }

    fn save<'a>(
        &'a self,
        request: &'a Parts,
        schema: Option<&'a SchemaName>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            *self.saved.lock().unwrap() += 1;
            let session = cookie(request).ok_or("there is no session")?;
            match schema {
                Some(schema) => self.choose(session, schema.as_str()),
                None => drop(self.chosen.lock().unwrap().remove(session)),
            }
            Ok(())
        })
    }
}

/// Who sends a request: the header `x-user`, with `!` at its end if it is a superuser. No application may do that.
pub(crate) fn users() -> impl Identity {
    identity(|request| {
        let name = request.headers.get("x-user")?.to_str().ok()?;
        Some(match name.strip_suffix('!') {
            Some(name) => User::new(name).superuser(true),
            None => User::new(name),
        })
    })
}

/// A registry that answers from memory, and does so already.
pub(crate) fn cached(registry: &Registry) -> CachedRegistry {
    let cached = registry.cached();
    assert!(cached.wait_until_live(Duration::from_secs(20)));
    cached
}

/// A site with three schemata. Ann may use `a` and `b`, Ben may use `b`, and Eve none.
pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) registry: Registry,
    pub(crate) pool: TenantPool,
    pub(crate) sessions: Sessions,
    pub(crate) router: Router,
    runtime: Runtime,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// One whose layer is set up further.
    pub(crate) fn with(set_up: impl FnOnce(SchemaLayerBuilder) -> SchemaLayerBuilder) -> Self {
        Self::of(
            4,
            |registry, _| SchemaLayer::builder(registry.clone(), users()),
            set_up,
        )
    }

    /// One with a pool of some size, and another way of asking.
    pub(crate) fn of(
        size: u32,
        begin: impl FnOnce(&Registry, &TenantPool) -> SchemaLayerBuilder,
        set_up: impl FnOnce(SchemaLayerBuilder) -> SchemaLayerBuilder,
    ) -> Self {
        let (world, [a, b, _]) = World::registered(["a", "b", "c"]);
        let pool = TenantPool::builder(world.url()).max_size(size);
        let pool = pool
            .checkout_timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        let registry = Registry::new(pool.clone());
        for (schema, user) in [(&a, "ann"), (&b, "ann"), (&b, "ben")] {
            registry.add_member(schema, user, "member").unwrap();
        }
        let sessions = Sessions::default();
        let layer = begin(&registry, &pool)
            .pool(pool.clone())
            .remember(sessions.clone())
            .resolver(PathPrefix::default())
            .resolver(Header::default())
            .resolver(Subdomain::of("example.com").except(["www"]))
            .resolver(HostMap::from_iter([
                ("A.example.org.", a),
                ("template.example.org", SchemaName::template()),
            ]))
            .resolver(Claim::new(|request| {
                // It stands for a claim of a token that was verified.
                let claim = request.headers.get("x-claim")?;
                Some(claim.to_str().unwrap_or("?").to_owned())
            }));
        let layer = set_up(layer).build();
        let pages = Router::new()
            .route("/", get(shown).post(shown))
            .route("/home", get(shown))
            .route("/rows", get(rows).post(rows))
            .route(
                "/needs",
                get(|schema: CurrentSchema| async move { schema.to_string() })
                    .post(|schema: CurrentSchema| async move { schema.to_string() }),
            )
            .route("/panic", get(panic))
            .route("/slow", get(slow))
            .route(
                "/undefined",
                get(|db: GlobalDb| async move { by_hand(db, "SELECT FROM documents").await }),
            )
            .route(
                "/unrelated",
                get(|db: GlobalDb| async move { by_hand(db, "SELECT FROM nonsense(").await }),
            );
        let router = pages.clone().nest("/t/{schema}", pages).layer(layer);
        Self {
            world,
            registry,
            pool,
            sessions,
            router,
            runtime: Runtime::new().unwrap(),
        }
    }

    pub(crate) fn send(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(answer(&self.router, request))
    }

    pub(crate) fn get(&self, user: &str, path: &str) -> Answer {
        self.send(from(user, path).body(Body::empty()).unwrap())
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}

/// A request of a user, or of nobody, by a page of the site in a browser.
pub(crate) fn from(user: &str, path: &str) -> Builder {
    bare(user, path).header("sec-fetch-site", "same-origin")
}

/// One that does not say from where.
pub(crate) fn bare(user: &str, path: &str) -> Builder {
    let request = Request::builder().uri(path).header("cookie", "sid=1");
    match user {
        "" => request,
        user => request.header("x-user", user),
    }
}

pub(crate) fn post(user: &str, path: &str) -> Builder {
    from(user, path).method(Method::POST)
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// Status and text in one.
    pub(crate) fn short(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.text.trim_end())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|it| it.to_str().unwrap())
    }
}

pub(crate) async fn answer(router: &Router, request: Request<Body>) -> Answer {
    let response: Response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(text.to_vec()).unwrap(),
    }
}

async fn shown(schema: Option<CurrentSchema>) -> String {
    schema.map_or_else(|| "-".to_owned(), |it| it.to_string())
}

async fn rows(db: TenantDb) -> Result<String, DbError> {
    let rows = db.run(titles).await?;
    Ok(rows.join(" "))
}

async fn panic(db: TenantDb) -> Result<String, DbError> {
    db.run(|conn| {
        diesel::sql_query("SELECT 1").execute(conn.as_pg()?)?;
        let is_so = true;
        if is_so {
            panic!("of the application's");
        }
        QueryResult::Ok(String::new())
    })
    .await
}

async fn slow(db: TenantDb) -> Result<String, DbError> {
    db.run(|conn| {
        let pg = conn.as_pg()?;
        diesel::sql_query("BEGIN").execute(pg)?;
        diesel::sql_query("SELECT pg_sleep(1)").execute(pg)?;
        QueryResult::Ok(String::new())
    })
    .await
}

async fn by_hand(db: GlobalDb, sql: &'static str) -> Result<String, DbError> {
    db.run(move |conn| diesel::sql_query(sql).execute(conn.as_pg()?))
        .await?;
    Ok(String::new())
}
