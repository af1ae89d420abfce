//! What a borrower leaves on a connection does not reach the next one: of the same schema, which would be sent
//! nothing, or of another.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, InstrumentationEvent, SimpleConnection,
    TransactionManager,
};
use diesel::prelude::*;
use multischema::{RunQueryDsl, SchemaName, TenantPool};
use multischema_tests::tables::{documents, notes};
use multischema_tests::{Statements, World, titles, value};

use super::{Lent, is_clean, pool, world};

diesel::define_sql_function!(
    /// Runs the text that is kept in `public.text`.
    fn leave() -> Text
);

/// A text that leaves something, and an expression that shows it.
const LEFT: [(&str, &str); 10] = [
    (
        "SET statement_timeout = '7s'",
        "current_setting('statement_timeout')",
    ),
    ("SET timezone = 'Asia/Tokyo'", "current_setting('timezone')"),
    ("SET search_path TO b", "current_setting('search_path')"),
    ("SET ROLE pg_monitor", "current_user"),
    ("SET SESSION AUTHORIZATION pg_monitor", "session_user"),
    (
        "SELECT pg_advisory_lock(7)",
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
    ),
    (
        "LISTEN news",
        "SELECT count(*) FROM pg_listening_channels()",
    ),
    (
        "DECLARE kept CURSOR WITH HOLD FOR SELECT 1",
        "SELECT count(*) FROM pg_cursors WHERE name = 'kept'",
    ),
    (
        "CREATE TEMP TABLE left_over (id integer)",
        "SELECT count(*) FROM pg_class WHERE relname = 'left_over'",
    ),
    (
        "CREATE TEMP TABLE documents AS SELECT 1 AS id, 'of another'::text AS title",
        "SELECT title FROM documents WHERE id = 1",
    ),
];
/// The texts of functions are not read, so that one which prepares a statement is not found out.
const PREPARED: (&str, &str) = (
    "PREPARE mine AS SELECT 1",
    "SELECT count(*) FROM pg_prepared_statements WHERE name = 'mine'",
);

/// How a borrower ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Returned,
    Failed,
    Panicked,
    /// The panic is caught while the connection lives on.
    Caught,
}

const ENDS: [End; 4] = [End::Returned, End::Failed, End::Panicked, End::Caught];

/// Borrows a connection for `work`, which ends as `end` says.
fn borrow(pool: &TenantPool, schema: &SchemaName, end: End, work: impl Fn(&mut Lent)) {
    let mut conn = pool.tenant(schema).unwrap();
    match end {
        End::Returned => work(&mut conn),
        End::Failed => {
            work(&mut conn);
            // There is one already, wherever the connection is.
            let twice = (documents::id.eq(1), documents::title.eq("not"));
            let insert = diesel::insert_into(documents::table).values(twice);
            insert.execute(&mut conn).unwrap_err();
        }
        End::Panicked => {
            let crash = catch_unwind(AssertUnwindSafe(move || {
                let mut conn = conn;
                work(&mut conn);
                panic!("with the connection");
            }));
            assert!(crash.is_err());
        }
        End::Caught => {
            let crash = catch_unwind(AssertUnwindSafe(|| {
                work(&mut conn);
                panic!("without the connection");
            }));
            assert!(crash.is_err());
        }
    }
}

fn world_with_leave() -> (World, [SchemaName; 2]) {
    let (world, schemata) = world(["a", "b"]);
    world.run(
        "CREATE TABLE public.text (text text);
         CREATE FUNCTION public.leave() RETURNS text LANGUAGE plpgsql AS
         $$ BEGIN EXECUTE (SELECT text FROM public.text); RETURN ''; END $$",
    );
    (world, schemata)
}

#[test]
fn what_raw_sql_leaves() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    for (text, expression) in LEFT.into_iter().chain([PREPARED]) {
        for next in [&a, &b] {
            for end in ENDS {
                let before = value(&mut pool.tenant(next).unwrap(), expression);
                borrow(&pool, &a, end, |conn| conn.batch_execute(text).unwrap());
                let mut conn = pool.tenant(next).unwrap();
                assert_eq!(
                    value(&mut conn, expression),
                    before,
                    "{text}, {end:?}, then {next}"
                );
                is_clean(&mut conn, next);
            }
        }
    }
}

#[test]
fn what_a_function_leaves_that_the_dsl_calls() {
    let (world, [a, b]) = world_with_leave();
    let pool = pool(&world, 1);
    for (text, expression) in LEFT {
        world.run(&format!(
            "TRUNCATE public.text; INSERT INTO public.text VALUES ($${text}$$)"
        ));
        for next in [&a, &b] {
            for end in [End::Returned, End::Failed] {
                let before = value(&mut pool.tenant(next).unwrap(), expression);
                borrow(&pool, &a, end, |conn| {
                    diesel::select(leave()).execute(conn).unwrap();
                });
                let mut conn = pool.tenant(next).unwrap();
                assert_eq!(
                    value(&mut conn, expression),
                    before,
                    "{text}, {end:?}, then {next}"
                );
                is_clean(&mut conn, next);
            }
        }
    }
}

#[test]
fn what_a_function_leaves_in_a_transaction_of_the_pools() {
    let (world, [a, b]) = world_with_leave();
    let pool = pool(&world, 1);
    for (text, expression) in LEFT {
        world.run(&format!(
            "TRUNCATE public.text; INSERT INTO public.text VALUES ($${text}$$)"
        ));
        for next in [&a, &b] {
            let before = value(&mut pool.tenant(next).unwrap(), expression);
            pool.transaction(&a, |conn| diesel::select(leave()).execute(conn))
                .unwrap();
            let mut conn = pool.tenant(next).unwrap();
            assert_eq!(value(&mut conn, expression), before, "{text}, then {next}");
            is_clean(&mut conn, next);
        }
    }
}

#[test]
fn the_last_number_of_a_sequence_after_raw_sql() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    for next in [&a, &b] {
        pool.tenant(&a)
            .unwrap()
            .batch_execute("SELECT nextval('documents_id_seq')")
            .unwrap();
        let mut conn = pool.tenant(next).unwrap();
        let last = diesel::RunQueryDsl::execute(diesel::sql_query("SELECT lastval()"), &mut conn);
        let error = last.unwrap_err().to_string();
        assert!(error.contains("lastval is not yet defined"), "{error}");
    }
}

#[test]
fn an_open_transaction() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    for next in [&a, &b] {
        for end in ENDS {
            borrow(&pool, &a, end, |conn| {
                AnsiTransactionManager::begin_transaction(conn).unwrap();
                AnsiTransactionManager::begin_transaction(conn).unwrap();
                diesel::delete(notes::table).execute(conn).unwrap();
            });
            is_clean(&mut pool.tenant(next).unwrap(), next);
            let kept = notes::table
                .count()
                .get_result(&mut pool.tenant(&a).unwrap());
            assert_eq!(kept, Ok(1_i64), "{end:?}");
        }
    }
}

#[test]
fn a_transaction_begun_by_hand_is_rolled_back() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    for end in ENDS {
        borrow(&pool, &a, end, |conn| {
            conn.batch_execute("BEGIN; DELETE FROM notes").unwrap();
        });
        is_clean(&mut pool.tenant(&b).unwrap(), &b);
        let kept = notes::table
            .count()
            .get_result(&mut pool.tenant(&a).unwrap());
        assert_eq!(kept, Ok(1_i64), "{end:?}");
    }
}

#[test]
fn what_is_done_to_the_connection_inside() {
    let (world, [a, b]) = world(["a", "b"]);
    world.run("ALTER TABLE b.documents ALTER title TYPE varchar(60)");
    let pool = pool(&world, 1);
    for schema in [&a, &b, &a] {
        let mut conn = pool.tenant(schema).unwrap();
        let pg = conn.as_pg().unwrap();
        // Prepared for all schemata alike.
        let read: Vec<String> =
            diesel::RunQueryDsl::load(documents::table.select(documents::title), pg).unwrap();
        assert_eq!(read, [format!("{schema} 1")]);
        pg.batch_execute("SET search_path TO b; BEGIN").unwrap();
        drop(conn);
        is_clean(&mut pool.tenant(&a).unwrap(), &a);
    }
}

#[test]
fn instrumentation() {
    let (world, [a]) = world(["a"]);
    for inside in [false, true] {
        let pool = pool(&world, 1);
        let spy = Statements::default();
        {
            let mut conn = pool.tenant(&a).unwrap();
            if inside {
                spy.note(conn.as_pg().unwrap());
            } else {
                spy.note(&mut conn);
            }
            titles(&mut conn).unwrap();
        }
        assert!(!spy.take().is_empty());
        titles(&mut pool.tenant(&a).unwrap()).unwrap();
        assert!(spy.take().is_empty(), "seen by the next, {inside}");
    }
}

#[test]
fn the_size_of_the_statement_cache() {
    let (world, [a]) = world(["a"]);
    let pool = pool(&world, 1);
    let prepared = |conn: &mut Lent| {
        titles(conn).unwrap();
        value(
            conn,
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%documents%'",
        )
    };
    assert_eq!(prepared(&mut pool.tenant(&a).unwrap()), "1");
    pool.tenant(&a)
        .unwrap()
        .set_prepared_statement_cache_size(CacheSize::Disabled);
    assert_eq!(prepared(&mut pool.tenant(&a).unwrap()), "1");
}

#[test]
fn a_notification_that_has_arrived() {
    let (world, [a]) = world(["a"]);
    let pool = pool(&world, 1);
    {
        let mut conn = pool.tenant(&a).unwrap();
        conn.batch_execute("LISTEN news").unwrap();
        world.run("NOTIFY news, 'of the last'");
        titles(&mut conn).unwrap();
    }
    let mut conn = pool.tenant(&a).unwrap();
    assert_eq!(conn.as_pg().unwrap().notifications_iter().count(), 0);
}

/// It would be told of each statement of the next borrower.
#[test]
fn what_hears_of_statements_is_told_of_none_of_the_next_in_a_transaction() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    let heard = Statements::default();
    let spy = heard.clone();
    pool.transaction(&a, |conn| {
        conn.set_instrumentation(|_: InstrumentationEvent<'_>| ());
        spy.note(conn);
        titles(conn)
    })
    .unwrap();
    let _ = heard.take();
    titles(&mut pool.tenant(&b).unwrap()).unwrap();
    assert!(heard.take().is_empty());
}
