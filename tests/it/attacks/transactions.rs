//! A transaction's end undoes what was set inside of it.

use diesel::connection::{AnsiTransactionManager, SimpleConnection};
use diesel::prelude::*;
use diesel::result::Error;
use multischema::{RunQueryDsl, ScopeError, Session, TenantConnection};
use multischema_tests::tables::{documents, notes};
use multischema_tests::{World, moved, scope_error, titles};

use super::{in_a, sql_query};

/// Sets the path of schema `a` to the letter.
const PUT_RIGHT: &str = r#"SELECT set_config('search_path', '"a", "public", pg_temp', false)"#;

#[test]
fn a_rollback_that_brings_the_wrong_path_back() {
    in_a(|conn| {
        let inside = conn.as_pg().unwrap();
        inside.batch_execute("SET search_path = b").unwrap();
        inside
            .batch_execute(&format!("BEGIN; {PUT_RIGHT}"))
            .unwrap();
        assert_eq!(titles(conn).unwrap(), ["a 1"], "put right");
        conn.batch_execute("ROLLBACK").unwrap();
        assert_eq!(moved(titles(conn)), "b", "and undone");
    });
}

#[test]
fn a_commit_that_ends_a_local_path() {
    in_a(|conn| {
        let put_right_for_now = PUT_RIGHT.replace("false", "true");
        conn.batch_execute(&format!("BEGIN; SET search_path = b; {put_right_for_now}"))
            .unwrap();
        assert_eq!(titles(conn).unwrap(), ["a 1"], "for now");
        conn.batch_execute("COMMIT").unwrap();
        assert_eq!(moved(titles(conn)), "b");
    });
}

#[test]
fn a_rollback_over_a_set_heals_the_scope() {
    in_a(|conn| {
        let rolled_back: QueryResult<()> = conn.transaction(|conn| {
            conn.batch_execute("SET search_path = b")?;
            assert_eq!(moved(titles(conn)), "b");
            Err(Error::RollbackTransaction)
        });
        assert_eq!(rolled_back, Err(Error::RollbackTransaction));
        assert_eq!(titles(conn).unwrap(), ["a 1"]);
    });
}

#[test]
fn a_rollback_to_a_savepoint_over_a_set_heals_the_scope() {
    in_a(|conn| {
        conn.transaction(|conn| {
            let inner: QueryResult<()> = conn.transaction(|conn| {
                conn.batch_execute("SET LOCAL search_path = b")?;
                assert_eq!(moved(titles(conn)), "b");
                Err(Error::RollbackTransaction)
            });
            inner.unwrap_err();
            assert_eq!(titles(conn)?, ["a 1"]);
            QueryResult::Ok(())
        })
        .unwrap();
    });
}

#[test]
fn a_transaction_in_which_the_path_was_moved_is_not_committed_elsewhere() {
    in_a(|conn| {
        let result: QueryResult<()> = conn.transaction(|conn| {
            conn.batch_execute("SET search_path = b")?;
            diesel::delete(documents::table).execute(conn)?;
            Ok(())
        });
        assert_eq!(moved(result), "b");
        assert_eq!(titles(conn).unwrap(), ["a 1"]);
    });
}

#[test]
fn an_aborted_transaction_is_postgresqls_to_refuse_and_ours_to_let_end() {
    in_a(|conn| {
        conn.transaction(|conn| {
            conn.batch_execute("SAVEPOINT mine; SET LOCAL work_mem = '1MB'")?;
            conn.batch_execute("SELECT 1 / 0").unwrap_err();
            let refused = titles(conn).unwrap_err();
            assert!(
                refused
                    .to_string()
                    .contains("current transaction is aborted"),
                "{refused:?}"
            );
            conn.batch_execute("ROLLBACK TO SAVEPOINT mine")?;
            assert_eq!(titles(conn)?, ["a 1"]);
            QueryResult::Ok(())
        })
        .unwrap();
    });
}

#[test]
fn text_that_rolls_back_and_goes_on_is_not_sent_unproven() {
    in_b_is_kept(|conn| {
        let aborted: QueryResult<()> = conn.transaction(|conn| {
            let text = "SET LOCAL search_path = b, public; SAVEPOINT mine; SELECT 1 / 0";
            conn.batch_execute(text).unwrap_err();
            let text = "ROLLBACK TO SAVEPOINT mine; DELETE FROM notes";
            let error = scope_error(conn.batch_execute(text));
            assert!(matches!(error, ScopeError::Verify { .. }), "{error:?}");
            Err(Error::RollbackTransaction)
        });
        assert_eq!(aborted, Err(Error::RollbackTransaction));
    });
}

#[test]
fn text_that_rolls_back_to_where_it_was_before_is_not_sent_unproven() {
    in_b_is_kept(|conn| {
        let inside = conn.as_pg().unwrap();
        inside.batch_execute("SET search_path = b").unwrap();
        inside
            .batch_execute(&format!("BEGIN; {PUT_RIGHT}"))
            .unwrap();
        conn.batch_execute("SELECT 1 / 0").unwrap_err();
        let text = "ROLLBACK; DELETE FROM notes";
        conn.batch_execute(text).unwrap_err();
    });
}

#[test]
fn a_transaction_begun_by_hand_ends_however_it_is_spelt() {
    let spellings = [
        "ROLLBACK",
        "rollback;",
        " Rollback Work ; ",
        "ROLLBACK TRANSACTION",
        "ABORT",
        "COMMIT",
        "END;",
        "\n\tcommit\n",
    ];
    for text in spellings {
        for as_query in [false, true] {
            in_a(|conn| {
                conn.batch_execute("BEGIN").unwrap();
                conn.batch_execute("SELECT 1 / 0").unwrap_err();
                let ended = if as_query {
                    sql_query(conn, text).map(|_| ())
                } else {
                    conn.batch_execute(text)
                };
                assert_eq!(ended, Ok(()), "{text:?}");
                assert_eq!(titles(conn).unwrap(), ["a 1"], "after {text:?}");
                let begun = conn.transaction(titles);
                assert_eq!(begun.unwrap(), ["a 1"], "after {text:?}");
            });
        }
    }
}

#[test]
fn the_isolation_level_can_be_set_after_raw_sql() {
    for (text, as_query) in [
        ("SELECT 1", true),
        ("SELECT 1", false),
        ("SET work_mem = '1MB'", false),
    ] {
        in_a(|conn| {
            if as_query {
                sql_query(conn, text).unwrap();
            } else {
                conn.batch_execute(text).unwrap();
            }
            let read = conn.transaction(|conn| {
                // An error if any query ran before it in the transaction.
                conn.batch_execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")?;
                titles(conn)
            });
            assert_eq!(read.unwrap(), ["a 1"], "after {text}");
        });
    }
}

#[test]
fn a_begin_that_failed_began_nothing() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    let nonsense = "BEGIN TRANSACTION ISOLATION LEVEL NONSENSE";
    AnsiTransactionManager::begin_transaction_sql(&mut conn, nonsense).unwrap_err();
    assert_eq!(titles(&mut conn.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
}

#[test]
fn a_commit_that_failed_ended_the_transaction() {
    let (world, [a, b]) = World::with(["a", "b"]);
    world.run("ALTER TABLE a.documents ADD UNIQUE (plan_id) DEFERRABLE INITIALLY DEFERRED");
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    let twice = (documents::title.eq("a 2"), documents::plan_id.eq(1));
    let insert = diesel::insert_into(documents::table).values(twice);
    conn.batch_execute("BEGIN").unwrap();
    insert.execute(&mut conn).unwrap();
    conn.batch_execute("COMMIT").unwrap_err();
    assert_eq!(titles(&mut conn.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    conn.transaction(|conn| insert.execute(conn)).unwrap_err();
    assert_eq!(titles(&mut conn.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
}

/// Runs `attack` in schema `a`; the notes of both schemata are there after it.
fn in_b_is_kept(attack: impl FnOnce(&mut TenantConnection<&mut Session>)) {
    let (world, schemata) = World::with(["a", "b"]);
    let mut session = world.session();
    attack(&mut session.tenant(&schemata[0]).unwrap());
    for schema in &schemata {
        let kept = notes::table.count();
        let kept = kept.get_result::<i64>(&mut session.tenant(schema).unwrap());
        assert_eq!(kept, Ok(1), "in {schema}");
    }
}
