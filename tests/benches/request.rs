//! What it costs to ask, on every request, which schema it is about and whether its user may use it.
#![expect(clippy::unwrap_used, reason = "what cannot be measured is a failure")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fmt::Write;

use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::http::request::Parts;
use axum::response::Html;
use axum::routing::get;
use axum::{BoxError, Router};
use diesel::prelude::*;
use http_body_util::BodyExt;
use multischema::{
    Ids, Registry, RunQueryDsl, SchemaName, ScopedConnection, Tenant, TenantPool, User,
};
use multischema_axum::{BoxFuture, DbError, SchemaLayer, SchemaStore, TenantDb, identity};
use multischema_tests::World;
use multischema_tests::bench::Bench;
use tokio::runtime::Runtime;
use tower::ServiceExt;

diesel::table! {
    /// Pupils of one school.
    pupils (id) {
        /// Counts in each school's block.
        id -> BigInt,
        /// The whole name.
        name -> Text,
        /// In years.
        age -> Integer,
    }
}

multischema::tables! { tenant: [pupils]; }

const TEMPLATE: &str = "CREATE TABLE pupils (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, \
     age integer NOT NULL); CREATE INDEX ON pupils (name)";
const FILL: &str =
    "INSERT INTO pupils (name, age) SELECT 'pupil ' || n, n % 20 FROM generate_series(1, 1000) n";
/// How many requests are on their way at once, and how many each of them is followed by in one turn.
const CLIENTS: usize = 16;
const EACH: usize = 40;

fn main() {
    let version = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('server_version')");
    let version =
        diesel::RunQueryDsl::get_result(diesel::select(version), &mut World::new().pg()).unwrap();
    let mut bench = Bench::new("request", version);
    for schemata in [1, 100] {
        measure(&mut bench, schemata);
    }
    bench.finish();
}

/// A page of 50 pupils.
fn page<C: ScopedConnection<Scope = Tenant>>(conn: &mut C) -> QueryResult<Html<String>> {
    let rows: Vec<(i64, String, i32)> = pupils::table.order(pupils::name).limit(50).load(conn)?;
    let mut html = "<!doctype html><title>Pupils</title><ul>".to_owned();
    for (id, name, age) in rows {
        let _ = write!(html, "<li><a href=\"/pupils/{id}\">{name}</a>, {age}</li>");
    }
    html.push_str("</ul>");
    Ok(Html(html))
}

/// Remembers the same schema for everybody who has a cookie.
struct InMemory(SchemaName);

impl SchemaStore for InMemory {
    fn load<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Result<Option<String>, BoxError>> {
        let is_ours = request
            .headers
            .get("cookie")
            .is_some_and(|it| it == "sid=1");
        Box::pin(async move { Ok(is_ours.then(|| self.0.to_string())) })
    }

    fn save<'a>(
        &'a self,
        _: &'a Parts,
        _: Option<&'a SchemaName>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async { Err("nothing is chosen here".into()) })
    }
}

fn measure(bench: &mut Bench, schemata: usize) {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, TEMPLATE);
    let names = (0..schemata).map(|index| format!("s{index}").parse().unwrap());
    let names: Vec<SchemaName> = names.collect();
    for name in &names {
        registry.create(name.clone()).unwrap();
        registry.add_member(name, "ann", "member").unwrap();
    }
    let ours = names[0].clone();
    world.run_in(ours.as_str(), FILL);
    world.run("VACUUM ANALYZE");
    let pool = TenantPool::builder(world.url())
        .max_size(4)
        .build()
        .unwrap();

    let wired = |State((pool, schema)): State<(TenantPool, SchemaName)>| async move {
        let work = move || {
            let mut conn = pool.tenant(&schema)?;
            page(&mut conn).map_err(DbError::from)
        };
        tokio::task::spawn_blocking(work).await.unwrap()
    };
    let bare = Router::new()
        .route("/pupils", get(wired))
        .with_state((pool.clone(), ours.clone()));

    let cached = Registry::new(pool.clone()).cached();
    assert!(cached.wait_until_live(std::time::Duration::from_secs(20)));
    let users = identity(|request| {
        let name = request.headers.get("x-user")?.to_str().ok()?;
        Some(User::new(name))
    });
    let layer = SchemaLayer::builder(cached.clone(), users)
        .pool(pool)
        .remember(InMemory(ours));
    let asked = |db: TenantDb| async move { db.run(page).await };
    let layered = Router::new()
        .route("/pupils", get(asked))
        .layer(layer.build());

    let runtime = Runtime::new().unwrap();
    let turn = |router: &Router| {
        runtime.block_on(async {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|_| tokio::spawn(client(router.clone())))
                .collect();
            for client in clients {
                client.await.unwrap();
            }
        });
    };
    turn(&layered);
    let before = cached.stats().statements;
    bench.compare(
        schemata,
        40,
        &mut [
            ("bare", &mut || turn(&bare)),
            ("layer", &mut || turn(&layered)),
        ],
    );
    let statements = cached.stats().statements - before;
    // What the listener asks to see that it is alive is not for a request.
    println!(
        "request: {statements} statements to find out who may use what, in {} requests",
        44 * CLIENTS * EACH
    );
}

async fn client(router: Router) {
    for _ in 0..EACH {
        let request = Request::builder()
            .uri("/pupils")
            .header("cookie", "sid=1")
            .header("x-user", "ann");
        let response = router
            .clone()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(body.len() > 2_000);
    }
}
