//! What raw SQL leaves on a connection does not reach the next scope.

use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use multischema::{RunQueryDsl, ScopeError, Session, TenantConnection};
use multischema_tests::tables::{documents, notes};
use multischema_tests::{World, titles, value};

/// Runs `leave` in schema `a` and returns the value of `expression` before it, and after it in `b`.
fn before_and_after(leave: &str, expression: &str) -> (String, String) {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    let before = value(&mut session.tenant(&a).unwrap(), expression);
    {
        let mut conn = session.tenant(&a).unwrap();
        conn.batch_execute(leave).unwrap();
    }
    (before, value(&mut session.tenant(&b).unwrap(), expression))
}

#[track_caller]
fn is_undone(leave: &str, expression: &str) {
    let (before, after) = before_and_after(leave, expression);
    assert_eq!(before, after, "{expression} after {leave}");
}

#[test]
fn settings() {
    is_undone(
        "SET statement_timeout = '7s'",
        "current_setting('statement_timeout')",
    );
    is_undone(
        "SET work_mem = '1MB'; SET timezone = 'Asia/Tokyo'",
        "current_setting('timezone')",
    );
    is_undone(
        "SET client_encoding = 'LATIN1'",
        "current_setting('client_encoding')",
    );
    is_undone(
        "SET default_transaction_read_only = on",
        "current_setting('default_transaction_read_only')",
    );
}

#[test]
fn what_diesel_sets_at_connect_is_set_again() {
    let (world, [a, b]) = World::with(["a", "b"]);
    world.run(
        "DO $$ BEGIN
             EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'Asia/Tokyo');
             EXECUTE format('ALTER DATABASE %I SET client_encoding = %L', current_database(), 'LATIN1');
         END $$",
    );
    let mut session = world.session();
    session
        .tenant(&a)
        .unwrap()
        .batch_execute("SET timezone = 'Europe/Paris'")
        .unwrap();
    let mut conn = session.tenant(&b).unwrap();
    assert_eq!(value(&mut conn, "current_setting('timezone')"), "UTC");
    assert_eq!(
        value(&mut conn, "current_setting('client_encoding')"),
        "UTF8"
    );
}

#[test]
fn role_and_session_user() {
    is_undone("SET ROLE pg_monitor", "current_user");
    is_undone("SET SESSION AUTHORIZATION pg_monitor", "session_user");
}

#[test]
fn advisory_locks() {
    is_undone(
        "SELECT pg_advisory_lock(7)",
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
    );
}

#[test]
fn listening() {
    is_undone(
        "LISTEN news",
        "SELECT count(*) FROM pg_listening_channels()",
    );
}

#[test]
fn cursors() {
    is_undone(
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        "SELECT count(*) FROM pg_cursors WHERE name = 'c'",
    );
}

#[test]
fn temporary_tables() {
    is_undone(
        "CREATE TEMP TABLE left_over (id integer)",
        "SELECT count(*) FROM pg_class WHERE relname = 'left_over'",
    );
}

#[test]
fn temporary_tables_made_inside_a_function() {
    let (world, [a, b]) = World::with(["a", "b"]);
    world.run(
        "CREATE FUNCTION public.leave() RETURNS integer LANGUAGE plpgsql AS
         $$ BEGIN CREATE TEMP TABLE left_over (id integer); RETURN 1; END $$",
    );
    let mut session = world.session();
    // A plain SELECT, which looks harmless.
    let _ = value(&mut session.tenant(&a).unwrap(), "public.leave()");
    let found = value(
        &mut session.tenant(&b).unwrap(),
        "to_regclass('left_over') IS NULL",
    );
    assert_eq!(found, "true");
}

#[test]
fn prepared_statements() {
    is_undone(
        "PREPARE mine AS SELECT title FROM documents",
        "SELECT count(*) FROM pg_prepared_statements WHERE name = 'mine'",
    );
}

#[test]
fn a_transaction_begun_by_hand() {
    let (world, [a, b]) = World::with(["a", "b"]);
    for begin in ["BEGIN", "START TRANSACTION", "SELECT 1; BEGIN"] {
        let mut session = world.session();
        {
            let mut conn = session.tenant(&a).unwrap();
            conn.batch_execute(begin).unwrap();
            diesel::delete(notes::table).execute(&mut conn).unwrap();
        }
        {
            let mut conn = session.tenant(&b).unwrap();
            assert_eq!(titles(&mut conn).unwrap(), ["b 1"]);
            diesel::update(notes::table)
                .set(notes::body.eq("b kept"))
                .execute(&mut conn)
                .unwrap();
        }
        drop(session);
        let mut other = world.session();
        let count =
            |conn: &mut TenantConnection<_>| notes::table.count().get_result::<i64>(conn).unwrap();
        assert_eq!(
            count(&mut other.tenant(&a).unwrap()),
            1,
            "{begin}: rolled back in a"
        );
        let bodies: Vec<String> = notes::table
            .select(notes::body)
            .load(&mut other.tenant(&b).unwrap())
            .unwrap();
        assert_eq!(bodies, ["b kept"], "{begin}: committed in b");
    }
}

#[test]
fn an_aborted_transaction_begun_by_hand() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&a).unwrap();
        conn.batch_execute("BEGIN").unwrap();
        conn.batch_execute("SELECT 1 / 0").unwrap_err();
    }
    assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
}

#[test]
fn a_caught_panic_in_a_transaction() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    let crash = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut conn = session.tenant(&a).unwrap();
        conn.transaction(|conn| {
            conn.transaction(|conn| -> QueryResult<()> {
                diesel::delete(notes::table).execute(conn)?;
                panic!("two levels deep");
            })
        })
    }));
    assert!(crash.is_err());
    assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    let kept: i64 = notes::table
        .count()
        .get_result(&mut session.tenant(&a).unwrap())
        .unwrap();
    assert_eq!(kept, 1);
}

#[test]
fn statements_that_diesel_shares_between_schemata_are_forgotten() {
    let (world, [a, b]) = World::with(["a", "b"]);
    world.run("ALTER TABLE b.documents ALTER title TYPE varchar(60)");
    let mut session = world.session();
    for schema in [&a, &b, &a] {
        let mut conn = session.tenant(schema).unwrap();
        let read: Vec<String> = diesel::RunQueryDsl::load(
            documents::table.select(documents::title),
            conn.as_pg().unwrap(),
        )
        .unwrap();
        assert_eq!(read, [format!("{schema} 1")]);
    }
}

#[test]
fn nothing_is_sent_after_a_scope_in_which_only_the_dsl_ran() {
    let (world, [a]) = World::with(["a"]);
    let (mut session, statements) = world.noted_session();
    {
        let mut conn = session.tenant(&a).unwrap();
        conn.transaction(|conn| {
            diesel::update(documents::table)
                .set(documents::title.eq("a 1"))
                .execute(conn)?;
            diesel::insert_into(notes::table)
                .values(vec![
                    (notes::document_id.eq(1), notes::body.eq("a one")),
                    (notes::document_id.eq(1), notes::body.eq("a two")),
                ])
                .execute(conn)
        })
        .unwrap();
        let _ = statements.take();
    }
    let sent = statements.take();
    assert!(sent.is_empty(), "{sent:?}");
}

#[test]
fn a_scope_entered_within_another_does_not_see_what_functions_left_in_it() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    let mut outer = session.tenant(&a).unwrap();
    let _ = value(&mut outer, "pg_advisory_lock(7)");
    {
        let mut inner = outer.tenant(&b).unwrap();
        let locks = value(
            &mut inner,
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
        );
        assert_eq!(locks, "0");
        inner.batch_execute("SET search_path = b").unwrap();
    }
    assert_eq!(titles(&mut outer).unwrap(), ["a 1"]);
    outer.batch_execute("SET work_mem = '1MB'").unwrap();
    let error = outer.tenant(&b).unwrap_err();
    assert!(matches!(error, ScopeError::Unclean { .. }), "{error:?}");
}

#[test]
fn a_test_transaction_can_switch_schemata_and_is_rolled_back() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut pg = world.pg();
    pg.begin_test_transaction().unwrap();
    {
        let mut session = Session::new(&mut pg);
        for schema in [&a, &b, &a] {
            let mut conn = session.tenant(schema).unwrap();
            diesel::delete(notes::table).execute(&mut conn).unwrap();
            let rolled_back: QueryResult<()> = conn.transaction(|conn| {
                diesel::delete(notes::table).execute(conn)?;
                assert!(
                    matches!(conn.tenant(&b), Err(ScopeError::InTransaction { .. })),
                    "in a savepoint"
                );
                Err(diesel::result::Error::RollbackTransaction)
            });
            rolled_back.unwrap_err();
            assert_eq!(titles(&mut conn).unwrap(), [format!("{schema} 1")]);
            conn.batch_execute("SET LOCAL work_mem = '1MB'; CREATE TEMP TABLE left_over ()")
                .unwrap();
        }
    }
    drop(pg);
    for schema in [&a, &b] {
        let kept: i64 = notes::table
            .count()
            .get_result(&mut world.session().tenant(schema).unwrap())
            .unwrap();
        assert_eq!(kept, 1, "in {schema}");
    }
}

#[test]
fn an_aborted_test_transaction_is_its_owners_to_roll_back() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    pg.begin_test_transaction().unwrap();
    {
        let mut session = Session::new(&mut pg);
        let mut conn = session.tenant(&a).unwrap();
        let twice = diesel::insert_into(documents::table).values(documents::title.eq("a 1"));
        twice.execute(&mut conn).unwrap_err();
    }
    use diesel::connection::{AnsiTransactionManager, TransactionManager};
    AnsiTransactionManager::rollback_transaction(&mut pg).unwrap();
    let read = documents::table.select(documents::id);
    let read = diesel::RunQueryDsl::load::<i32>(read, &mut pg).unwrap_err();
    assert!(
        read.to_string()
            .contains("relation \"documents\" does not exist"),
        "nobody's tables are in reach: {read}"
    );
}

#[test]
fn a_test_transaction_begun_in_a_scope_ends_with_it() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&a).unwrap();
        conn.begin_test_transaction().unwrap();
        diesel::delete(notes::table).execute(&mut conn).unwrap();
    }
    assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    let kept: i64 = notes::table
        .count()
        .get_result(&mut session.tenant(&a).unwrap())
        .unwrap();
    assert_eq!(kept, 1);
}
