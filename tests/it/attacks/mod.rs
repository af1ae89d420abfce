//! Attacks on the state: whatever moves a connection from its schema, no statement runs elsewhere.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use multischema::{RunQueryDsl, ScopeError, Session, TenantConnection, UnscopedExt, Verify};
use multischema_tests::tables::documents;
use multischema_tests::{World, moved, scope_error, titles};

mod hidden;
mod transactions;

diesel::define_sql_function!(
    /// Moves the search path from inside of the server.
    fn move_to(schema: Text) -> Text
);

const MOVE_TO: &str = "
    CREATE FUNCTION public.move_to(schema text) RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM set_config('search_path', schema || ', public, pg_temp', false);
        RETURN schema;
    END $$";

/// A connection in schema `a`, beside a schema `b`.
fn in_a(attack: impl FnOnce(&mut TenantConnection<&mut Session>)) {
    let (world, [a, b]) = World::with(["a", "b"]);
    world.run(MOVE_TO);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&a).unwrap();
        assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
        attack(&mut conn);
    }
    // Whatever it was, the next scope is clean.
    assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    assert_eq!(titles(&mut session.tenant(&a).unwrap()).unwrap(), ["a 1"]);
}

/// Runs `sql` as one statement and as a batch, and expects each query after it to be refused.
fn is_refused(sql: &str, found: &str) {
    in_a(|conn| {
        sql_query(conn, sql).unwrap();
        for _ in 0..2 {
            assert_eq!(moved(titles(conn)), found, "after sql_query {sql:?}");
        }
    });
    in_a(|conn| {
        conn.batch_execute(sql).unwrap();
        assert_eq!(moved(titles(conn)), found, "after batch_execute {sql:?}");
        assert_eq!(
            moved(conn.batch_execute("DELETE FROM notes")),
            found,
            "raw text after {sql:?}"
        );
        assert_eq!(
            moved(sql_query(conn, "DELETE FROM notes")),
            found,
            "raw query after {sql:?}"
        );
        assert_eq!(
            moved(diesel::delete(documents::table).execute(conn)),
            found,
            "DELETE after {sql:?}"
        );
    });
}

fn sql_query(conn: &mut TenantConnection<&mut Session>, sql: &str) -> QueryResult<usize> {
    diesel::sql_query(sql).unscoped().execute(conn)
}

#[test]
fn set_search_path() {
    is_refused("SET search_path = b", "b");
    is_refused("set SEARCH_PATH to \"b\"", "b");
    is_refused("/* harmless */ SET search_path = b", "b");
}

#[test]
fn set_schema_which_is_search_path_by_another_name() {
    is_refused("SET SCHEMA 'b'", "b");
}

#[test]
fn a_path_that_only_adds_to_the_schemas_own() {
    is_refused("SET search_path = a, b", "a, b");
    is_refused("SET search_path = mine, a, public", "mine, a, public");
}

#[test]
fn a_do_block() {
    is_refused(
        "DO $$ BEGIN PERFORM set_config('search_path', 'b', false); END $$",
        "b",
    );
}

#[test]
fn set_config_in_a_select() {
    is_refused("SELECT set_config('search_path', 'b', false)", "b");
    is_refused(
        "WITH x AS (SELECT pg_catalog.SET_CONFIG('search_path', 'b', false)) SELECT * FROM x",
        "b",
    );
}

#[test]
fn an_update_of_the_settings() {
    is_refused(
        "UPDATE pg_settings SET setting = 'b' WHERE name = 'search_path'",
        "b",
    );
}

#[test]
fn reset_all_and_discard_all() {
    is_refused("RESET ALL", "\"$user\", public");
    is_refused("RESET search_path", "\"$user\", public");
    in_a(|conn| {
        // It also takes away the statements that Diesel holds to be prepared.
        conn.batch_execute("DISCARD ALL").unwrap();
        assert_eq!(moved(titles(conn)), "\"$user\", public");
    });
}

#[test]
fn a_second_statement_behind_a_harmless_one() {
    in_a(|conn| {
        conn.batch_execute("SELECT 1; SET search_path = b").unwrap();
        assert_eq!(moved(titles(conn)), "b");
    });
}

#[test]
fn another_role() {
    for sql in [
        "SET ROLE pg_monitor",
        "SET SESSION AUTHORIZATION pg_monitor",
    ] {
        in_a(|conn| {
            sql_query(conn, sql).unwrap();
            match scope_error(titles(conn)) {
                ScopeError::Moved { expected, found } => {
                    assert_eq!(found.role(), "pg_monitor", "after {sql}");
                    assert_ne!(expected.role(), "pg_monitor");
                    assert_eq!(expected.current_schema(), Some("a"));
                }
                other => panic!("{other:?} after {sql}"),
            }
        });
    }
}

#[test]
fn a_function_that_moves_the_path_is_undone_when_the_scope_is_left() {
    in_a(|conn| {
        // What a function does is not seen before (`in_a` looks after).
        diesel::select(move_to("b")).execute(conn).unwrap();
        assert_eq!(conn.schema().as_str(), "a");
        let error = conn.verify().unwrap_err();
        assert!(
            matches!(&error, ScopeError::Moved { found, .. } if found.search_path() == "b, public, pg_temp")
        );
        assert!(error.to_string().contains("expected schema `a`"), "{error}");
        assert!(error.to_string().contains("found schema `b`"), "{error}");
    });
}

#[test]
fn a_function_that_moves_the_path_is_found_at_once_by_verify_every() {
    let (world, [a, _]) = World::with(["a", "b"]);
    world.run(MOVE_TO);
    let mut session = world.session().verify(Verify::Every);
    let mut conn = session.tenant(&a).unwrap();
    diesel::select(move_to("b")).execute(&mut conn).unwrap();
    assert_eq!(moved(titles(&mut conn)), "b, public, pg_temp");
}

#[test]
fn verify_every_takes_no_snapshot() {
    let (world, [a]) = World::with(["a"]);
    let mut session = world.session().verify(Verify::Every);
    let mut conn = session.tenant(&a).unwrap();
    conn.transaction(|conn| {
        // An error if any query ran before it in the transaction.
        conn.batch_execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")?;
        titles(conn)
    })
    .unwrap();
}

#[test]
fn the_connection_inside() {
    in_a(|conn| {
        conn.as_pg()
            .unwrap()
            .batch_execute("SET search_path = b")
            .unwrap();
        assert_eq!(moved(titles(conn)), "b");
        assert!(
            matches!(conn.as_pg(), Err(ScopeError::Moved { .. })),
            "nor is it handed out again"
        );
    });
    in_a(|conn| {
        let id: i32 = diesel::RunQueryDsl::first(
            documents::table.select(documents::id),
            conn.as_pg().unwrap(),
        )
        .unwrap();
        assert_eq!(id, 1);
        assert_eq!(titles(conn).unwrap(), ["a 1"], "used as it should be");
    });
}

#[test]
fn statements_deallocated_behind_diesels_back_are_prepared_anew() {
    for sql in ["DEALLOCATE ALL", "DISCARD PLANS; DEALLOCATE ALL"] {
        in_a(|conn| {
            conn.batch_execute("SELECT 1").unwrap();
            assert_eq!(titles(conn).unwrap(), ["a 1"]);
            conn.batch_execute(sql).unwrap();
            assert_eq!(titles(conn).unwrap(), ["a 1"], "after {sql}");
        });
    }
}

#[test]
fn the_scope_that_a_function_moved_is_entered_again() {
    let (world, [a, _]) = World::with(["a", "b"]);
    world.run(MOVE_TO);
    let mut session = world.session();
    diesel::select(move_to("b"))
        .execute(&mut session.tenant(&a).unwrap())
        .unwrap();
    assert_eq!(titles(&mut session.tenant(&a).unwrap()).unwrap(), ["a 1"]);
}

#[test]
fn an_inner_scope_that_was_left_does_not_show_in_the_outer_one() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    let mut outer = session.tenant(&a).unwrap();
    let count = documents::table.filter(documents::title.eq("a 1")).count();

    assert_eq!(titles(&mut outer.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    assert_eq!(
        outer.transaction(|conn| count.get_result::<i64>(conn)),
        Ok(1),
        "a transaction"
    );
    assert_eq!(titles(&mut outer.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    let copied =
        diesel::copy_from(documents::table).from_insertable(vec![(documents::title.eq("a copy"),)]);
    assert_eq!(
        ExecuteCopyFromDsl::execute(copied, &mut outer),
        Ok(1),
        "COPY"
    );
    assert_eq!(titles(&mut outer.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    let inside = diesel::RunQueryDsl::get_result::<i64>(count, outer.as_pg().unwrap());
    assert_eq!(inside, Ok(1), "the connection inside");
}

#[test]
fn two_connections_inside_exchanged() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let (mut one, mut other) = (world.session(), world.session());
    {
        let (mut in_a, mut in_b) = (one.tenant(&a).unwrap(), other.tenant(&b).unwrap());
        std::mem::swap(in_a.as_pg().unwrap(), in_b.as_pg().unwrap());
        assert_eq!(moved(titles(&mut in_a)), "\"b\", \"public\", pg_temp");
        assert_eq!(moved(titles(&mut in_b)), "\"a\", \"public\", pg_temp");
    }
    assert_eq!(titles(&mut one.tenant(&a).unwrap()).unwrap(), ["a 1"]);
    assert_eq!(titles(&mut other.tenant(&b).unwrap()).unwrap(), ["b 1"]);
}

#[test]
fn a_path_set_from_outside_is_reported_by_its_whole_name() {
    let (world, [a, _]) = World::with(["a", "alpha"]);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    conn.batch_execute("SET search_path = alpha, public")
        .unwrap();
    match scope_error(titles(&mut conn)) {
        ScopeError::Moved { found, .. } => assert_eq!(found.current_schema(), Some("alpha")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_schema_dropped_under_a_connection_that_runs_raw_sql() {
    let (world, [a]) = World::with(["a"]);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    world.run("DROP SCHEMA a CASCADE");
    conn.batch_execute("CREATE TABLE IF NOT EXISTS public.log ()")
        .unwrap();
    match scope_error(conn.batch_execute("CREATE TABLE stray ()")) {
        ScopeError::Moved { found, .. } => assert_eq!(found.current_schema(), Some("public")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_global_connection_that_was_moved_is_refused_as_well() {
    use multischema_tests::tables::plans;
    let (world, [_]) = World::with(["a"]);
    let mut session = world.session();
    let mut conn = session.global().unwrap();
    conn.as_pg()
        .unwrap()
        .batch_execute("SET search_path = a, public")
        .unwrap();
    let count = plans::table.count().get_result::<i64>(&mut conn);
    assert_eq!(moved(count), "a, public");
    let sub_select = plans::table.filter(plans::id.eq_any(documents::table.select(documents::id)));
    assert_eq!(
        moved(sub_select.count().get_result::<i64>(&mut conn)),
        "a, public"
    );
}
