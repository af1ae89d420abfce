//! What a page of a list costs: beside the rows alone, read by one hand-written statement, and the last page beside the first.
#![expect(clippy::unwrap_used, reason = "what cannot be measured is a failure")]
#![expect(missing_docs, reason = "`table!` writes `pub`")]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use diesel::prelude::*;
use diesel::sql_types::Text;
use http_body_util::BodyExt;
use multischema::{Ids, SchemaName, TenantPool};
use multischema_admin::{Admin, Model, Operators};
use multischema_tests::World;
use multischema_tests::bench::Bench;
use tokio::runtime::Runtime;
use tower::ServiceExt;

diesel::table! { houses { id -> BigInt, name -> Text } }
diesel::table! { pupils { id -> BigInt, house_id -> BigInt, name -> Text, born -> Date, is_new -> Bool } }
multischema::tables! { tenant: [houses, pupils]; }

const TABLES: &str = "
CREATE TABLE houses (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
CREATE TABLE pupils (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, house_id bigint NOT NULL REFERENCES houses,
    name text NOT NULL, born date NOT NULL, is_new boolean NOT NULL
);
CREATE INDEX ON pupils (house_id);
CREATE INDEX ON pupils (name, id)";
const PASSWORD: &str = "correct horse battery";
const ROUNDS: usize = 30;

fn main() {
    let version = diesel::dsl::sql::<Text>("current_setting('server_version')");
    let version = RunQueryDsl::get_result(diesel::select(version), &mut World::new().pg()).unwrap();
    let mut bench = Bench::new("admin", version);
    for rows in [1_000, 50_000] {
        measure(&mut bench, rows);
    }
    bench.finish();
}

fn measure(bench: &mut Bench, rows: usize) {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, TABLES);
    let a: SchemaName = "a".parse().unwrap();
    registry.create(a.clone()).unwrap();
    world.run_in(
        "a",
        &format!(
            "INSERT INTO houses (name) SELECT 'House ' || i FROM generate_series(1, 20) i;
             INSERT INTO pupils (house_id, name, born, is_new)
             SELECT (SELECT min(id) FROM houses) + i % 20, 'Pupil ' || md5(i::text), date '2000-01-01' + i % 5000, i % 50 = 0
             FROM generate_series(1, {rows}) i"
        ),
    );
    world.run("VACUUM ANALYZE");
    let pool = TenantPool::builder(world.url())
        .max_size(4)
        .build()
        .unwrap();
    Operators::new(pool.clone())
        .create("root", PASSWORD, true)
        .unwrap();
    let pupils = Model::of(pupils::table)
        .list((pupils::name, pupils::house_id, pupils::born, pupils::is_new))
        .search((pupils::name,))
        .filters((pupils::house_id, pupils::is_new))
        .order_by(pupils::name);
    let admin = Admin::builder(pool.clone())
        .without_tls()
        .register(pupils)
        .register(Model::of(houses::table))
        .build();
    let runtime = Runtime::new().unwrap();
    let site = Site::new(&runtime, Router::new().nest("/admin", admin));
    let hex = "a1b";
    let house = runtime.block_on(site.get("/admin/m/houses/"));
    let house = house
        .split("/m/houses/o/")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    let page = |query: &str| {
        let page = runtime.block_on(site.get(&format!("/admin/m/pupils/{query}")));
        assert!(page.contains("<table class=\"list\">"), "{page}");
    };
    let mut conn = world.pg();
    // The same rows in the same order, and how many there are, as one would write it by hand.
    let sql = diesel::sql_query(
        "SELECT p.name, h.name AS house, p.born::text, p.is_new, p.id, \
         (SELECT count(*) FROM (SELECT FROM a.pupils LIMIT 10001) c) AS count \
         FROM a.pupils p JOIN a.houses h ON h.id = p.house_id ORDER BY p.name, p.id LIMIT 100",
    );
    bench.compare(
        rows,
        ROUNDS,
        &mut [
            ("sql", &mut || {
                let rows: Vec<Pupil> = sql.clone().load(&mut conn).unwrap();
                assert_eq!(rows.len(), 100);
            }),
            ("first_page", &mut || page("")),
        ],
    );
    bench.compare(
        rows,
        ROUNDS,
        &mut [
            ("first_page", &mut || page("")),
            ("search", &mut || page(&format!("?q={hex}"))),
            ("filter", &mut || page(&format!("?is.house_id={house}"))),
            ("last_page", &mut || page("?last=1")),
        ],
    );
}

#[derive(QueryableByName)]
#[expect(dead_code, reason = "it is read")]
struct Pupil {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    house: String,
    #[diesel(sql_type = Text)]
    born: String,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    is_new: bool,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    id: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

/// The site, and the cookie of somebody who is logged in and in the schema.
struct Site {
    router: Router,
    cookie: String,
}

impl Site {
    fn new(runtime: &Runtime, router: Router) -> Self {
        let log_in = Request::post("/admin/login")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let form = format!("name=root&password={}", PASSWORD.replace(' ', "+"));
        let log_in = log_in.body(Body::from(form)).unwrap();
        let answer = runtime.block_on(router.clone().oneshot(log_in)).unwrap();
        let site = Self {
            cookie: cookie(&answer),
            router,
        };
        runtime.block_on(site.get("/admin?__schema=a"));
        site
    }

    async fn get(&self, path: &str) -> String {
        let request = Request::get(path)
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &self.cookie);
        let request = request.body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }
}

fn cookie(answer: &Response<Body>) -> String {
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}
