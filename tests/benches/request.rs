//! What it costs to ask, on every request, which schema it is about and whether its user may use it.
//!
//! Measured is the list of pupils of the example `boarding`, over HTTP.
#![expect(clippy::unwrap_used, reason = "what cannot be measured is a failure")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use boarding::{Account, Frame, Search, Site};
use multischema::{CachedRegistry, NewSchema, Registry, Schema, SchemaName, TenantPool, User};
use multischema_axum::DbError;
use multischema_tests::World;
use multischema_tests::bench::Bench;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tower_sessions::MemoryStore;

/// Anna, whom the example's data has first. She may use two schools.
const USER: i64 = 1;
const PATH: &str = "/t/north/pupils";
/// How many requests are on their way at once, and how many each of them is followed by in one turn.
const CLIENTS: usize = 16;
const EACH: usize = 20;
const ROUNDS: usize = 40;

fn main() {
    let version = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('server_version')");
    let version =
        diesel::RunQueryDsl::get_result(diesel::select(version), &mut World::new().pg()).unwrap();
    let mut bench = Bench::new("request", version);
    for schemata in [2, 100] {
        measure(&mut bench, schemata);
    }
    bench.finish();
}

fn measure(bench: &mut Bench, schemata: usize) {
    let world = World::new();
    let pool = boarding::open(world.url()).unwrap();
    let cached = Registry::new(pool.clone()).cached();
    for number in 2..schemata {
        let name: SchemaName = format!("school_{number}").parse().unwrap();
        let registry = cached.registry();
        let label = format!("School {number}");
        registry
            .create(NewSchema::new(name.clone()).label(&label))
            .unwrap();
        registry
            .add_member(&name, &USER.to_string(), "teacher")
            .unwrap();
    }
    world.run("VACUUM ANALYZE");
    assert!(cached.wait_until_live(Duration::from_secs(20)));
    let visible = cached.visible(&User::new(USER.to_string())).unwrap();
    assert_eq!(visible.len(), schemata);

    let runtime = Runtime::new().unwrap();
    let site = Site::new(&pool).unwrap();
    let bare = Bare::router(&site, &pool, visible);
    let (layer, cookie) = layered(&site, pool, cached.clone(), &runtime);
    let bare = Server::new(&runtime, bare, "boarding=nobody");
    let layer = Server::new(&runtime, layer, &cookie);
    // Both are the same page, to the last byte.
    let [wired, asked] = [&bare, &layer].map(|it| runtime.block_on(it.page()));
    assert!(
        wired == asked && wired.contains("Northgate School"),
        "{wired}\n{asked}"
    );

    let before = cached.stats();
    bench.compare(
        schemata,
        ROUNDS,
        &mut [
            ("bare", &mut || runtime.block_on(bare.turn())),
            ("layer", &mut || runtime.block_on(layer.turn())),
        ],
    );
    let after = cached.stats();
    // What the listener asks to see that it is alive is not for a request.
    println!(
        "request: {} statements to find out who may use what, {} answers from memory, in {} requests",
        after.statements - before.statements,
        after.remembered - before.remembered,
        (ROUNDS + ROUNDS / 10) * CLIENTS * EACH
    );
}

/// The list with no layer and no session: whose it is, which school, and which others there are is wired in. The account is looked up
/// on each request, as the example does.
#[derive(Clone)]
struct Bare {
    site: Site,
    pool: TenantPool,
    school: SchemaName,
    schools: Arc<[Schema]>,
}

impl Bare {
    fn router(site: &Site, pool: &TenantPool, schools: Arc<[Schema]>) -> Router {
        let bare = Self {
            site: site.clone(),
            pool: pool.clone(),
            school: "north".parse().unwrap(),
            schools,
        };
        let routes = Router::new().route(PATH, get(Self::list).with_state(bare));
        boarding::around(site, routes)
    }

    async fn list(State(it): State<Self>, Query(search): Query<Search>) -> Response {
        it.found(search).await.into_response()
    }

    async fn found(self, search: Search) -> Result<Html<String>, DbError> {
        let account = self.site.db.run(|conn| Account::find(conn, USER)).await?;
        let (pool, school) = (self.pool, self.school.clone());
        let work = move || {
            let mut conn = pool.tenant(&school)?;
            search.run(&mut conn).map_err(DbError::from)
        };
        let (search, found) = tokio::task::spawn_blocking(work).await.unwrap()?;
        let frame = Frame::new(account, self.schools.into(), self.school.clone());
        let page = boarding::shown(&frame, &self.school, &search, &found, "");
        Ok(Html(page.into_string()))
    }
}

/// The example as it is, but that sessions are in memory; and the cookie of a session of the user.
fn layered(
    site: &Site,
    pool: TenantPool,
    registry: CachedRegistry,
    runtime: &Runtime,
) -> (Router, String) {
    let sessions = MemoryStore::default();
    let cookie = runtime.block_on(boarding::cookie_of(sessions.clone(), USER));
    let router = boarding::router(site, pool, registry, sessions, Router::new());
    (router, cookie.unwrap())
}

/// A server, and what is asked of it.
#[derive(Clone)]
struct Server {
    port: u16,
    request: String,
}

impl Server {
    fn new(runtime: &Runtime, router: Router, cookie: &str) -> Self {
        let listener = runtime
            .block_on(TcpListener::bind(("127.0.0.1", 0)))
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let request =
            format!("GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n");
        Self { port, request }
    }

    async fn page(&self) -> String {
        let mut stream = self.connect().await;
        let mut buffer = Vec::new();
        let length = self.exchange(&mut stream, &mut buffer).await;
        String::from_utf8(buffer[buffer.len() - length..].to_vec()).unwrap()
    }

    /// All clients ask, one request after the other on a connection of their own.
    async fn turn(&self) {
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let server = self.clone();
            clients.spawn(async move {
                let mut stream = server.connect().await;
                let mut buffer = Vec::new();
                for _ in 0..EACH {
                    server.exchange(&mut stream, &mut buffer).await;
                }
            });
        }
        clients.join_all().await;
    }

    async fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Sends a request, and reads the response to its end. Returns the length of the body.
    async fn exchange(&self, stream: &mut TcpStream, buffer: &mut Vec<u8>) -> usize {
        stream.write_all(self.request.as_bytes()).await.unwrap();
        buffer.clear();
        loop {
            assert_ne!(stream.read_buf(buffer).await.unwrap(), 0, "it was cut off");
            let Some(end) = buffer.windows(4).position(|it| it == b"\r\n\r\n") else {
                continue;
            };
            let head = str::from_utf8(&buffer[..end]).unwrap();
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            let length = head.split_once("content-length: ").unwrap().1;
            let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
            if buffer.len() >= end + 4 + length {
                return length;
            }
        }
    }
}
