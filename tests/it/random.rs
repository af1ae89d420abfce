//! Anything at all, in any order, on one connection: no row of another schema is ever read or written, and
//! the next scope always works.
//!
//! `MULTISCHEMA_FUZZ_CASES=10000` looks longer than the default.

use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::Bool;
use multischema::{RunQueryDsl, SchemaName, Session, SessionHandle, TenantConnection, UnscopedExt};
use multischema_tests::tables::{documents, notes};
use multischema_tests::{World, titles};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[derive(Debug, Clone)]
enum Op {
    /// Raw text as a batch, as a single query, or on the connection inside.
    Batch(&'static str),
    Query(&'static str),
    Inside(&'static str),
    /// Raw text in a query of the DSL that hides it.
    Hidden(&'static str),
    Read,
    ReadStash,
    Insert,
    Update,
    /// A function that makes a temporary table of the schema's rows.
    Stash,
    /// A transaction or savepoint by Diesel, which is rolled back if the flag says so.
    Transaction(Vec<Self>, bool),
    /// A scope of the schema with this index, within the one in use; leaked if the flag says so.
    Scope(usize, Vec<Self>, bool),
}

/// Texts that move a connection, put it right again, break its transaction, and write.
const TEXTS: [&str; 30] = [
    "SET search_path = b, public",
    "SET LOCAL search_path = b, public",
    "SET search_path = c",
    "SET SCHEMA 'a'",
    "SELECT set_config('search_path', '\"a\", \"public\", pg_temp', false)",
    "SELECT set_config('search_path', '\"b\", \"public\", pg_temp', true)",
    "UPDATE pg_settings SET setting = 'c' WHERE name = 'search_path'",
    "RESET search_path",
    "RESET ALL",
    "DISCARD ALL",
    "DEALLOCATE ALL",
    "SET ROLE pg_monitor",
    "RESET ROLE",
    "BEGIN",
    "BEGIN; SET search_path = b",
    "START TRANSACTION;",
    "COMMIT",
    "COMMIT; SET search_path = a, public",
    "ROLLBACK",
    "rollback;",
    "ROLLBACK; SET search_path = c, public",
    "SAVEPOINT mine",
    "ROLLBACK TO SAVEPOINT mine",
    "ROLLBACK TO SAVEPOINT mine; UPDATE notes SET body = '{schema} after'",
    "SELECT 1 / 0",
    "SELECT 1",
    "CREATE TEMP TABLE IF NOT EXISTS documents AS SELECT 1 AS id, 'temporary' AS title",
    "DECLARE mine CURSOR WITH HOLD FOR SELECT 1",
    "INSERT INTO notes (document_id, body) VALUES (1, '{schema} raw')",
    "UPDATE notes SET body = '{schema} updated'",
];

/// Conditions that move a connection.
const CONDITIONS: [&str; 2] = [
    "set_config('search_path', 'b, public', false) IS NOT NULL",
    "set_config('search_path', 'c, public', true) IS NOT NULL",
];

diesel::define_sql_function!(
    /// Makes a temporary table `stash` of the documents.
    #[sql_name = "public.stash"]
    fn stash_documents() -> Text
);

const STASH: &str = "
    CREATE FUNCTION public.stash() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
        CREATE TEMP TABLE IF NOT EXISTS stash AS SELECT title FROM documents;
        RETURN '';
    END $$";

diesel::table! { stash (title) { title -> Text } }
multischema::tables! { tenant: [stash] }

fn op() -> impl Strategy<Value = Op> {
    let text = proptest::sample::select(&TEXTS[..]);
    let leaf = prop_oneof![
        4 => text.clone().prop_map(Op::Batch),
        3 => text.clone().prop_map(Op::Query),
        2 => text.prop_map(Op::Inside),
        1 => proptest::sample::select(&CONDITIONS[..]).prop_map(Op::Hidden),
        4 => Just(Op::Read),
        2 => Just(Op::ReadStash),
        2 => Just(Op::Insert),
        2 => Just(Op::Update),
        1 => Just(Op::Stash),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let ops = proptest::collection::vec(inner, 0..6);
        prop_oneof![
            (ops.clone(), any::<bool>()).prop_map(|(ops, rollback)| Op::Transaction(ops, rollback)),
            (0..3_usize, ops, proptest::bool::weighted(0.1))
                .prop_map(|(schema, ops, leaked)| Op::Scope(schema, ops, leaked)),
        ]
    })
}

/// Does `ops`; whatever fails may fail, but what is read must be the schema's own.
fn run<H: SessionHandle>(conn: &mut TenantConnection<H>, schemata: &[SchemaName; 3], ops: &[Op]) {
    let schema = conn.schema().clone();
    let own = |text: &str| text.replace("{schema}", schema.as_str());
    let check = |rows: QueryResult<Vec<String>>| {
        for row in rows.unwrap_or_default() {
            assert!(
                row.starts_with(schema.as_str()),
                "{row:?} was read in {schema}"
            );
        }
    };
    for op in ops {
        match op {
            Op::Batch(text) => drop(conn.batch_execute(&own(text))),
            Op::Query(text) => drop(diesel::sql_query(own(text)).unscoped().execute(conn)),
            Op::Inside(text) => {
                if let Ok(pg) = conn.as_pg() {
                    drop(pg.batch_execute(&own(text)));
                }
            }
            Op::Hidden(condition) => {
                let update = diesel::update(documents::table).set(documents::plan_id.eq(1));
                let hidden = diesel::dsl::sql::<Bool>(condition);
                drop(update.into_boxed().filter(hidden).execute(conn));
            }
            Op::Read => check(titles(conn)),
            Op::ReadStash => check(stash::table.select(stash::title).load(conn)),
            Op::Insert => {
                let row = (
                    notes::document_id.eq(1),
                    notes::body.eq(format!("{schema} inserted")),
                );
                drop(diesel::insert_into(notes::table).values(row).execute(conn));
            }
            Op::Update => {
                let body = notes::body.eq(format!("{schema} changed"));
                drop(diesel::update(notes::table).set(body).execute(conn));
            }
            Op::Stash => drop(diesel::select(stash_documents()).execute(conn)),
            Op::Transaction(ops, rollback) => drop(conn.transaction(|conn| {
                run(conn, schemata, ops);
                if *rollback {
                    Err(Error::RollbackTransaction)
                } else {
                    Ok(())
                }
            })),
            Op::Scope(other, ops, leaked) => {
                if let Ok(mut inner) = conn.tenant(&schemata[*other]) {
                    run_inner(&mut inner, schemata, ops);
                    if *leaked {
                        std::mem::forget(inner);
                    }
                }
            }
        }
    }
}

/// One type for scopes of any depth.
fn run_inner<P>(
    conn: &mut TenantConnection<&mut Session<P>>,
    schemata: &[SchemaName; 3],
    ops: &[Op],
) where
    P: std::ops::DerefMut<Target = PgConnection> + Send,
{
    run(conn, schemata, ops);
}

/// One of the scopes on a connection, one after the other.
#[derive(Debug, Clone)]
struct Visit {
    schema: usize,
    ops: Vec<Op>,
    leaked: bool,
    /// The session is dropped after it, and a new one made.
    last_of_session: bool,
}

fn visit() -> impl Strategy<Value = Visit> {
    let ops = proptest::collection::vec(op(), 0..8);
    let flags = (proptest::bool::weighted(0.1), proptest::bool::weighted(0.3));
    (0..3_usize, ops, flags).prop_map(|(schema, ops, (leaked, last_of_session))| Visit {
        schema,
        ops,
        leaked,
        last_of_session,
    })
}

fn visit_all(pg: &mut PgConnection, schemata: &[SchemaName; 3], visits: &[Visit], in_test: bool) {
    let mut visits = visits.iter().peekable();
    while visits.peek().is_some() {
        let mut session = Session::new(&mut *pg).max_schemas(2);
        for visit in visits.by_ref() {
            let own = schemata[visit.schema].as_str();
            // Whatever happened before, this one works; but an aborted test transaction is its owner's.
            let mut conn = match session.tenant(&schemata[visit.schema]) {
                Ok(conn) => conn,
                Err(_) if in_test => return,
                Err(error) => panic!("{own} cannot be entered: {error:?}"),
            };
            let read = titles(&mut conn).unwrap();
            assert!(!read.is_empty(), "{own} is empty");
            assert!(
                read.iter().all(|title| title.starts_with(own)),
                "{read:?} in {own}"
            );
            run(&mut conn, schemata, &visit.ops);
            if visit.leaked {
                std::mem::forget(conn);
            }
            if visit.last_of_session {
                break;
            }
        }
    }
}

#[test]
fn no_order_of_anything_reads_or_writes_another_schemas_rows() {
    let cases = std::env::var("MULTISCHEMA_FUZZ_CASES");
    let cases = cases.ok().map(|cases| cases.parse().unwrap());
    let (world, schemata) = World::with(["a", "b", "c"]);
    world.run(STASH);
    let visits = proptest::collection::vec(visit(), 1..5);
    let histories = (visits, proptest::bool::weighted(0.4));

    let config = Config {
        cases: cases.unwrap_or(200),
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&histories, |(visits, in_test)| {
            let mut pg = world.pg();
            if in_test {
                pg.begin_test_transaction().unwrap();
            }
            visit_all(&mut pg, &schemata, &visits, in_test);
            drop(pg);
            for schema in &schemata {
                let bodies: Vec<String> = notes::table
                    .select(notes::body)
                    .load(&mut world.session().tenant(schema).unwrap())
                    .unwrap();
                let foreign = bodies
                    .iter()
                    .find(|body| !body.starts_with(schema.as_str()));
                assert_eq!(foreign, None, "written in {schema}");
            }
            Ok(())
        })
        .unwrap();
}
