//! Statements that were prepared before others changed the schema's tables or types.

use diesel::connection::{Connection, DefaultLoadingMode};
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::result::Error;
use multischema::{RunQueryDsl, SchemaName, ScopeError, Session};
use multischema_tests::tables::{documents, notes};
use multischema_tests::{World, scope_error, titles};

mod types;

/// A session that has prepared statements in `a`, whose table was then changed by somebody else.
fn with_stale_statements(test: impl FnOnce(&mut Session, &SchemaName)) {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    assert_eq!(titles(&mut session.tenant(&a).unwrap()).unwrap(), ["a 1"]);
    world.run("ALTER TABLE a.documents ALTER title TYPE varchar(60)");
    test(&mut session, &a);
    assert_eq!(titles(&mut session.tenant(&a).unwrap()).unwrap(), ["a 1"]);
    assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
}

fn is_stale(error: &ScopeError, schema: &SchemaName) -> bool {
    matches!(error, ScopeError::StalePlan { schema: Some(of), .. } if of == schema)
}

#[test]
fn outside_of_a_transaction_they_are_prepared_anew_without_a_word() {
    with_stale_statements(|session, a| {
        assert_eq!(titles(&mut session.tenant(a).unwrap()).unwrap(), ["a 1"]);
    });
}

#[test]
fn loaded_by_the_default_mode_of_an_iterator_too() {
    with_stale_statements(|session, a| {
        let mut conn = session.tenant(a).unwrap();
        let query = documents::table
            .select(documents::title)
            .order(documents::id);
        let rows = query
            .load_iter::<String, DefaultLoadingMode>(&mut conn)
            .unwrap();
        assert_eq!(rows.collect::<QueryResult<Vec<_>>>().unwrap(), ["a 1"]);
    });
}

#[test]
fn row_by_row_they_are_an_error_that_says_so_once() {
    with_stale_statements(|session, a| {
        let mut conn = session.tenant(a).unwrap();
        let query = || {
            documents::table
                .select(documents::title)
                .order(documents::id)
        };
        let error = scope_error(
            query()
                .load_iter::<String, PgRowByRowLoadingMode>(&mut conn)
                .map(|_| ()),
        );
        assert!(is_stale(&error, a), "{error:?}");
        let rows = query()
            .load_iter::<String, PgRowByRowLoadingMode>(&mut conn)
            .unwrap();
        assert_eq!(rows.collect::<QueryResult<Vec<_>>>().unwrap(), ["a 1"]);
    });
}

#[test]
fn in_a_transaction_they_are_an_error_that_names_the_schema() {
    with_stale_statements(|session, a| {
        let mut conn = session.tenant(a).unwrap();
        let mut attempt = || {
            conn.transaction(|conn| {
                diesel::update(notes::table)
                    .set(notes::body.eq("a changed"))
                    .execute(conn)?;
                titles(conn)
            })
        };
        let error = scope_error(attempt());
        assert!(is_stale(&error, a), "{error:?}");
        assert_eq!(
            error.to_string(),
            "schema `a` was changed while this connection had statements prepared for it; try again",
        );
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(source, "cached plan must not change result type");
        // As the message says.
        assert_eq!(attempt().unwrap(), ["a 1"]);
    });
}

#[test]
fn in_a_savepoint_they_fail_until_the_savepoint_is_rolled_back() {
    with_stale_statements(|session, a| {
        let mut conn = session.tenant(a).unwrap();
        conn.transaction(|conn| {
            let inner = conn.transaction(titles);
            assert!(is_stale(&scope_error(inner), a));
            // The statements are forgotten before the next one, which is in the outer transaction.
            assert_eq!(titles(conn)?, ["a 1"]);
            QueryResult::Ok(())
        })
        .unwrap();
    });
}

#[test]
fn in_a_transaction_begun_by_hand_they_are_not_sent_again() {
    use diesel::connection::SimpleConnection;
    with_stale_statements(|session, a| {
        let mut conn = session.tenant(a).unwrap();
        conn.batch_execute("BEGIN").unwrap();
        assert!(is_stale(&scope_error(titles(&mut conn)), a));
        conn.batch_execute("ROLLBACK").unwrap();
        assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
    });
}

#[test]
fn in_a_test_transaction_they_are_not_sent_again() {
    use diesel::connection::SimpleConnection;
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    pg.begin_test_transaction().unwrap();
    let mut session = Session::new(&mut pg);
    let mut conn = session.tenant(&a).unwrap();
    assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
    conn.batch_execute("ALTER TABLE documents ALTER title TYPE varchar(60)")
        .unwrap();
    assert!(is_stale(&scope_error(titles(&mut conn)), &a));
}

#[test]
fn a_command_that_returns_rows_is_done_once() {
    let (world, [a]) = World::with(["a"]);
    let mut session = world.session();
    let insert = |title: &'static str| {
        diesel::insert_into(documents::table)
            .values(documents::title.eq(title))
            .returning(documents::title)
    };
    let mut conn = session.tenant(&a).unwrap();
    assert_eq!(
        insert("a 2").get_result::<String>(&mut conn).unwrap(),
        "a 2"
    );
    world.run("ALTER TABLE a.documents ALTER title TYPE varchar(60)");
    assert_eq!(
        insert("a 3").get_result::<String>(&mut conn).unwrap(),
        "a 3"
    );
    assert_eq!(titles(&mut conn).unwrap(), ["a 1", "a 2", "a 3"]);
}

#[test]
fn an_error_that_is_not_about_staleness_is_returned_as_it_is_and_sent_once() {
    let (world, [a]) = World::with(["a"]);
    let (mut session, statements) = world.noted_session();
    let mut conn = session.tenant(&a).unwrap();
    let _ = statements.take();
    let insert = diesel::insert_into(documents::table).values(documents::title.eq("a 1"));
    let error = insert.execute(&mut conn).unwrap_err();
    assert!(matches!(
        error,
        Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _)
    ));
    assert_eq!(statements.take().len(), 1);
}

#[test]
fn in_a_transaction_begun_in_other_words_they_are_not_sent_again() {
    use diesel::connection::SimpleConnection;
    for as_query in [false, true] {
        with_stale_statements(|session, a| {
            let mut conn = session.tenant(a).unwrap();
            let begin = "start transaction isolation level serializable;";
            if as_query {
                diesel::RunQueryDsl::execute(diesel::sql_query(begin), &mut conn).unwrap();
            } else {
                conn.batch_execute(begin).unwrap();
            }
            assert!(is_stale(&scope_error(titles(&mut conn)), a));
        });
    }
}

#[test]
fn a_new_session_on_the_connection_has_them_no_more() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    titles(&mut Session::new(&mut pg).tenant(&a).unwrap()).unwrap();
    world.run("ALTER TABLE a.documents ALTER title TYPE varchar(60)");
    let mut attempt = || {
        let mut session = Session::new(&mut pg);
        let mut conn = session.tenant(&a).unwrap();
        conn.transaction(titles)
    };
    assert!(is_stale(&scope_error(attempt()), &a));
    assert_eq!(attempt().unwrap(), ["a 1"]);
}

#[test]
fn raw_sql_that_fails_in_their_words_is_done_once() {
    let (world, [a]) = World::with(["a"]);
    world.run(
        "CREATE PROCEDURE a.work() LANGUAGE plpgsql AS $$ BEGIN
             INSERT INTO a.notes (document_id, body) VALUES (1, 'a once');
             COMMIT;
             RAISE EXCEPTION 'cached plan must not change result type';
         END $$",
    );
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    diesel::RunQueryDsl::execute(diesel::sql_query("CALL work()"), &mut conn).unwrap_err();
    let done = notes::table.filter(notes::body.eq("a once")).count();
    assert_eq!(done.get_result::<i64>(&mut conn), Ok(1));
}

#[test]
fn raw_sql_that_fails_in_their_words_is_not_taken_for_them_row_by_row() {
    let (world, [a]) = World::with(["a"]);
    world.run(
        "CREATE FUNCTION a.fail() RETURNS text LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'cached plan must not change result type'; END $$",
    );
    #[derive(QueryableByName)]
    #[diesel(table_name = documents)]
    struct Title {
        #[expect(dead_code, reason = "there is none")]
        title: String,
    }
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    let query = diesel::sql_query("SELECT fail() AS title");
    let rows = diesel::RunQueryDsl::load_iter::<Title, PgRowByRowLoadingMode>(query, &mut conn);
    let error = rows.map(|_| ()).unwrap_err();
    assert!(matches!(error, Error::DatabaseError(_, _)), "{error:?}");
}
