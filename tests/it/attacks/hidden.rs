//! Raw SQL inside of what is else the DSL's: it moves nothing unseen, and what it leaves is undone.

use diesel::connection::Connection;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Text};
use multischema::{RunQueryDsl, Session, TenantConnection};
use multischema_tests::tables::notes;
use multischema_tests::{World, locks, moved, titles, value};

use super::in_a;

diesel::define_sql_function!(
    /// PostgreSQL's own, which can move the path.
    fn set_config(name: Text, value: Text, is_local: Bool) -> Text
);

const MOVE: &str = "set_config('search_path', 'b, public', false)";

/// What no word of its call gives away.
const LEAVE: &str = "
    CREATE FUNCTION public.leave() RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_lock(7);
        PERFORM set_config('statement_timeout', '77s', false);
        RETURN '';
    END $$";

/// Runs `hide` with expressions that move the path or leave something behind.
fn is_found(hide: fn(&mut TenantConnection<&mut Session>, &str)) {
    in_a(|conn| {
        hide(conn, MOVE);
        assert_eq!(moved(titles(conn)), "b, public");
        let deleted = diesel::delete(notes::table).execute(conn);
        assert_eq!(moved(deleted), "b, public");
    });
    let (world, [a, b]) = World::with(["a", "b"]);
    world.run(LEAVE);
    let mut session = world.session();
    hide(&mut session.tenant(&a).unwrap(), "public.leave()");
    let mut conn = session.tenant(&b).unwrap();
    assert_eq!(locks(&mut conn), "0");
    let timeout = value(&mut conn, "current_setting('statement_timeout')");
    assert_eq!(timeout, "0");
}

#[test]
fn in_an_update() {
    is_found(|conn, expression| {
        let set = notes::body.eq(sql::<Text>(expression));
        diesel::update(notes::table).set(set).execute(conn).unwrap();
    });
}

#[test]
fn in_a_boxed_update() {
    is_found(|conn, expression| {
        diesel::update(notes::table)
            .set(notes::document_id.eq(1))
            .into_boxed()
            .filter(sql::<Bool>(&format!("{expression} IS NOT NULL")))
            .execute(conn)
            .unwrap();
    });
}

#[test]
fn in_an_insert_from_a_boxed_select() {
    is_found(|conn, expression| {
        notes::table
            .select((notes::document_id, sql::<Text>(expression)))
            .into_boxed()
            .insert_into(notes::table)
            .into_columns((notes::document_id, notes::body))
            .execute(conn)
            .unwrap();
    });
}

#[test]
fn in_a_boxed_expression() {
    is_found(|conn, expression| {
        let body: Box<dyn BoxableExpression<notes::table, Pg, SqlType = Text>> =
            Box::new(sql::<Text>(expression));
        let set = diesel::update(notes::table).set(notes::body.eq(body));
        set.execute(conn).unwrap();
    });
}

#[test]
fn in_an_upsert() {
    is_found(|conn, expression| {
        diesel::insert_into(notes::table)
            .values((
                notes::id.eq(1),
                notes::document_id.eq(1),
                notes::body.eq(""),
            ))
            .on_conflict(notes::id)
            .do_update()
            .set(notes::body.eq(sql::<Text>(expression)))
            .execute(conn)
            .unwrap();
    });
}

#[test]
fn in_a_savepoint() {
    in_a(|conn| {
        let result: QueryResult<()> = conn.transaction(|conn| {
            conn.transaction(|conn| {
                diesel::update(notes::table)
                    .set(notes::document_id.eq(1))
                    .into_boxed()
                    .filter(sql::<Bool>(&format!("{MOVE} IS NOT NULL")))
                    .execute(conn)
            })?;
            diesel::delete(notes::table).execute(conn)?;
            Ok(())
        });
        assert_eq!(moved(result), "b, public");
        assert_eq!(notes::table.count().get_result::<i64>(conn), Ok(1));
    });
}

#[test]
fn set_config_as_a_function_of_the_dsls() {
    in_a(|conn| {
        let set = || set_config("search_path", "b, public", false);
        diesel::select(set()).execute(conn).unwrap();
        assert_eq!(moved(titles(conn)), "b, public");
    });
    in_a(|conn| {
        let set = notes::body.eq(set_config("search_path", "b, public", false));
        diesel::update(notes::table).set(set).execute(conn).unwrap();
        assert_eq!(moved(titles(conn)), "b, public");
    });
    in_a(|conn| {
        let role = set_config("role", "pg_monitor", false);
        diesel::select(role).execute(conn).unwrap();
        assert_eq!(moved(titles(conn)), "\"a\", \"public\", pg_temp");
    });
}

#[test]
fn a_query_of_the_users_own_that_sets_the_path() {
    #[derive(QueryId)]
    struct SetPath;

    impl QueryFragment<Pg> for SetPath {
        fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
            pass.push_sql("SET search_path = b, public");
            Ok(())
        }
    }

    impl<C> diesel::RunQueryDsl<C> for SetPath {}

    in_a(|conn| {
        diesel::RunQueryDsl::execute(SetPath, conn).unwrap();
        for _ in 0..2 {
            assert_eq!(moved(titles(conn)), "b, public");
        }
        let again = diesel::RunQueryDsl::execute(SetPath, conn);
        assert_eq!(moved(again), "b, public", "nor is it sent once more");
    });
}
