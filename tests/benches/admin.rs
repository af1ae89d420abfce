//! What a page of a list costs: beside the rows alone, read by one hand-written statement, and the last page beside the first.
#![expect(clippy::unwrap_used, reason = "what cannot be measured is a failure")]
#![expect(missing_docs, reason = "`table!` writes `pub`")]

use std::cell::RefCell;
use std::collections::HashMap;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Text};
use http_body_util::BodyExt;
use multischema::{Ids, SchemaName, TenantPool};
use multischema_admin::{Admin, Model, Operators};
use multischema_tests::bench::Bench;
use multischema_tests::{World, value};
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
CREATE INDEX ON pupils (name, id);
CREATE INDEX ON pupils (house_id, name, id);
CREATE INDEX ON pupils USING gin (name public.gin_trgm_ops)";
const PASSWORD: &str = "correct horse battery";
const ROWS: usize = 1_000_000;
const SCHEMATA: usize = 50;
const ROUNDS: usize = 200;
/// In the names of some hundreds: more than a page has.
const WORD: &str = "a1b2";

/// What a page needs: its rows, and one more that says whether there is another page; what each refers to; how many there are on all
/// pages, counted as far as the page does.
macro_rules! by_hand {
    ($condition:literal, $order:literal) => {
        concat!(
            "SELECT p.name, h.name, p.born::text, p.is_new, p.id, (SELECT count(*) FROM (SELECT FROM a.pupils p",
            $condition,
            " LIMIT 10001) c) FROM a.pupils p JOIN a.houses h ON h.id = p.house_id",
            $condition,
            " ORDER BY ",
            $order,
            " LIMIT 101"
        )
    };
}

/// The first page's, where rows are counted as the page does: they are passed over as they are found.
const PASSING: &str = "
SELECT p.name, h.name, p.born::text, p.is_new, p.id, (SELECT CASE WHEN EXISTS (SELECT * FROM a.pupils p OFFSET 10000)
    THEN 10001 ELSE (SELECT count(*) FROM (SELECT FROM a.pupils p LIMIT 10001) c) END)
FROM a.pupils p JOIN a.houses h ON h.id = p.house_id ORDER BY p.name, p.id LIMIT 101";

fn main() {
    let version = diesel::dsl::sql::<Text>("current_setting('server_version')");
    let version = RunQueryDsl::get_result(diesel::select(version), &mut World::new().pg()).unwrap();
    let mut bench = Bench::new("admin", version);
    measure(&mut bench, &filled());
    bench.finish();
}

/// A database of many schemata, one of which has many rows.
fn filled() -> World {
    let world = World::new();
    world.run("CREATE EXTENSION pg_trgm SCHEMA public");
    let registry = world.registry_with(Ids::Unique, TABLES);
    let others = (1..SCHEMATA).map(|it| format!("s{it}"));
    let names = others.chain(["a".to_owned()]);
    let names = names.map(|it| it.parse::<SchemaName>().unwrap());
    registry.create_many(names).unwrap();
    world.run_in(
        "a",
        &format!(
            "INSERT INTO houses (name) SELECT 'House ' || i FROM generate_series(1, 20) i;
             INSERT INTO pupils (house_id, name, born, is_new)
             SELECT (SELECT min(id) FROM houses) + i % 20, 'Pupil ' || md5(i::text), date '2000-01-01' + i % 5000, i % 50 = 0
             FROM generate_series(1, {ROWS}) i"
        ),
    );
    world.run("VACUUM ANALYZE");
    world
}

fn measure(bench: &mut Bench, world: &World) {
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
    let site = Site::new(&runtime, Router::new().nest_service("/admin", admin));
    // What it takes to look through the page is not the site's.
    let sizes = RefCell::new(HashMap::new());
    let page = |query: &str| {
        let page = runtime.block_on(site.get(&format!("/admin/m/pupils/{query}")));
        let mut sizes = sizes.borrow_mut();
        let size = *sizes.entry(query.to_owned()).or_insert_with(|| {
            let page = std::str::from_utf8(&page).unwrap();
            let rows = page.matches("<th scope=\"row\">").count();
            assert_eq!(rows, 100, "{page}");
            page.len()
        });
        assert_eq!(page.len(), size);
    };
    let conn = RefCell::new(world.pg());
    let rows = |query: ByHand<'_>, count: usize| {
        let rows: Vec<Row> = RunQueryDsl::load(query, &mut *conn.borrow_mut()).unwrap();
        assert_eq!(rows.len(), count);
    };
    let id = value(
        &mut *conn.borrow_mut(),
        "SELECT id FROM multischema.admin_sessions",
    );
    let session = format!(
        "SELECT s.data::text, u.name, s.expires::text, u.is_superuser, u.id, u.session_epoch::bigint \
         FROM multischema.admin_sessions s JOIN multischema.admin_users u ON u.id = s.user_id WHERE s.id = '{id}'"
    );
    let houses = sql_query("SELECT min(id) AS id FROM a.houses");
    let Id { id: house } = RunQueryDsl::get_result(houses, &mut *conn.borrow_mut()).unwrap();
    let house = Value::Id(house);
    let word = format!("%{WORD}%");
    let word = Value::Word(&word);
    let search = format!("?q={WORD}");
    let filter = format!("?is.house_id={}", house.text());
    bench.compare(
        ROWS,
        ROUNDS,
        &mut [
            ("sql of first_page", &mut || {
                rows(ByHand(by_hand!("", "p.name, p.id"), None), 101)
            }),
            ("first_page", &mut || page("")),
            ("sql of session", &mut || rows(ByHand(&session, None), 1)),
        ],
    );
    bench.compare(
        ROWS,
        ROUNDS,
        &mut [
            ("sql of search", &mut || {
                rows(
                    ByHand(
                        by_hand!(" WHERE p.name ILIKE ?", "p.name, p.id"),
                        Some(word),
                    ),
                    101,
                );
            }),
            ("search", &mut || page(&search)),
        ],
    );
    bench.compare(
        ROWS,
        ROUNDS,
        &mut [
            ("sql of filter", &mut || {
                rows(
                    ByHand(
                        by_hand!(" WHERE p.house_id = ?", "p.name, p.id"),
                        Some(house),
                    ),
                    101,
                );
            }),
            ("filter", &mut || page(&filter)),
        ],
    );
    bench.compare_with(
        2,
        ROWS,
        ROUNDS,
        &mut [
            ("sql of last_page", &mut || {
                rows(ByHand(by_hand!("", "p.name DESC, p.id DESC"), None), 101);
            }),
            ("first_page", &mut || page("")),
            ("last_page", &mut || page("?last=1")),
        ],
    );
    bench.compare(
        ROWS,
        ROUNDS,
        &mut [
            ("sql with our count", &mut || {
                rows(ByHand(PASSING, None), 101)
            }),
            ("first_page", &mut || page("")),
        ],
    );
}

/// A statement by hand, which Diesel keeps prepared as one of its own; `?` is what is bound.
struct ByHand<'a>(&'a str, Option<Value<'a>>);

#[derive(Clone, Copy)]
enum Value<'a> {
    Id(i64),
    Word(&'a str),
}

impl Value<'_> {
    fn text(self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Word(word) => word.to_owned(),
        }
    }
}

impl QueryId for ByHand<'_> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for ByHand<'_> {
    type SqlType = (Text, Text, Text, Bool, BigInt, BigInt);
}

impl QueryFragment<Pg> for ByHand<'_> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut parts = self.0.split('?');
        pass.push_sql(parts.next().unwrap_or_default());
        for part in parts {
            match &self.1 {
                Some(Value::Id(id)) => pass.push_bind_param::<BigInt, _>(id)?,
                Some(Value::Word(word)) => pass.push_bind_param::<Text, _>(*word)?,
                None => {}
            }
            pass.push_sql(part);
        }
        Ok(())
    }
}

impl RunQueryDsl<PgConnection> for ByHand<'_> {}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The name, the house, the day of birth, whether it is new, the key, and how many there are; or what a session is.
type Row = (String, String, String, bool, i64, i64);

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

    async fn get(&self, path: &str) -> Bytes {
        let request = Request::get(path)
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &self.cookie);
        let request = request.body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        answer.into_body().collect().await.unwrap().to_bytes()
    }
}

fn cookie(answer: &Response<Body>) -> String {
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}
