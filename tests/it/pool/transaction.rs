//! `TenantPool::transaction`: one transaction in one schema, whatever is done in it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::thread;

use diesel::connection::{
    AnsiTransactionManager, Connection, SimpleConnection, TransactionManager,
};
use diesel::prelude::*;
use diesel::result::Error;
use multischema::{CheckoutError, RunQueryDsl, SchemaName, ScopeError, TenantPool, Verify};
use multischema_tests::tables::documents;
use multischema_tests::{moved, scope_error, titles, value};

use super::{LONG, Lent, build, in_transaction, is_clean, noted, pool, world};

fn add(conn: &mut Lent, title: &str) -> QueryResult<usize> {
    diesel::insert_into(documents::table)
        .values(documents::title.eq(title))
        .execute(conn)
}

fn read(pool: &TenantPool, schema: &SchemaName) -> Vec<String> {
    titles(&mut pool.tenant(schema).unwrap()).unwrap()
}

#[test]
fn it_is_committed_or_rolled_back() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    for before in [&a, &b] {
        let title = format!("a by {before}");
        drop(pool.tenant(before).unwrap());
        let added = pool.transaction(&a, |conn| {
            assert!(in_transaction(conn));
            add(conn, &title)
        });
        assert_eq!(added, Ok(1));
        let result: QueryResult<()> = pool.transaction(&a, |conn| {
            add(conn, "a not")?;
            Err(Error::RollbackTransaction)
        });
        assert_eq!(result, Err(Error::RollbackTransaction));
        let crash = catch_unwind(AssertUnwindSafe(|| {
            pool.transaction(&a, |conn| -> QueryResult<()> {
                add(conn, "a not")?;
                panic!("in the transaction");
            })
        }));
        assert!(crash.is_err());
    }
    assert_eq!(read(&pool, &a), ["a 1", "a by a", "a by b"]);
    assert_eq!(read(&pool, &b), ["b 1"]);
    assert_eq!(pool.stats().transactions, 6);
}

#[test]
fn a_panic_that_is_caught_within_it_undoes_its_savepoint_and_no_more() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    let result = pool.transaction(&a, |conn| {
        add(conn, "a yes")?;
        let crash = catch_unwind(AssertUnwindSafe(|| {
            conn.transaction(|conn| -> QueryResult<()> {
                add(conn, "a not")?;
                panic!("in a savepoint");
            })
        }));
        assert!(crash.is_err());
        QueryResult::Ok(())
    });
    assert_eq!(result, Ok(()));
    is_clean(&mut pool.tenant(&b).unwrap(), &b);
    assert_eq!(read(&pool, &a), ["a 1", "a yes"]);
}

#[test]
fn the_path_goes_with_it() {
    let (world, [a, b]) = world(["a", "b"]);
    let path = |conn: &mut Lent| value(conn, "current_setting('search_path')");
    for (before, below) in [
        (None, ""),
        (Some(&b), ""),
        (Some(&a), "\"a\", \"public\", pg_temp"),
    ] {
        let pool = pool(&world, 1);
        if let Some(schema) = before {
            drop(pool.tenant(schema).unwrap());
        }
        let seen = pool.transaction(&a, |conn| {
            let seen = path(conn);
            conn.batch_execute("COMMIT")?;
            let pg = conn.as_pg().map_err(Error::from);
            let found = match pg {
                Ok(pg) => value(pg, "current_setting('search_path')"),
                Err(error) => moved::<()>(Err(error)),
            };
            conn.batch_execute("BEGIN")?;
            QueryResult::Ok((seen, found))
        });
        if let Ok((seen, found)) = seen {
            assert_eq!(seen, "\"a\", \"public\", pg_temp");
            assert_eq!(found.trim_matches('"'), below.trim_matches('"'));
        }
        is_clean(&mut pool.tenant(&b).unwrap(), &b);
    }
}

#[test]
fn after_a_commit_by_hand_what_follows_is_refused_or_runs_in_the_same_schema() {
    let (world, [a, b]) = world(["a", "b"]);
    let ways_out = [
        "COMMIT",
        "ROLLBACK",
        "END;",
        "COMMIT; BEGIN",
        "COMMIT AND CHAIN",
        "ABORT",
    ];
    for before in [&a, &b] {
        for way_out in ways_out {
            let pool = pool(&world, 1);
            drop(pool.tenant(before).unwrap());
            let result: QueryResult<()> = pool.transaction(&a, |conn| {
                conn.batch_execute(way_out)?;
                let after = titles(conn);
                if before == &a {
                    assert_eq!(after.unwrap(), ["a 1"], "after {way_out}");
                } else {
                    assert_eq!(moved(after), "\"\"", "after {way_out}");
                    let _ = moved(add(conn, "a stray"));
                }
                Ok(())
            });
            let _ = result;
            is_clean(&mut pool.tenant(&b).unwrap(), &b);
            is_clean(&mut pool.tenant(&a).unwrap(), &a);
        }
    }
}

#[test]
fn a_commit_by_diesels_own_means_is_no_way_round() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    drop(pool.tenant(&b).unwrap());
    let result: QueryResult<()> = pool.transaction(&a, |conn| {
        add(conn, "a 2")?;
        AnsiTransactionManager::commit_transaction(conn)?;
        let _ = moved(titles(conn));
        AnsiTransactionManager::begin_transaction(conn)?;
        let _ = moved(titles(conn));
        Ok(())
    });
    let _ = result;
    assert_eq!(read(&pool, &a), ["a 1", "a 2"]);
    is_clean(&mut pool.tenant(&b).unwrap(), &b);
}

#[test]
fn after_a_commit_by_hand_another_schema_can_be_entered_and_left() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    let result = pool.transaction(&a, |conn| {
        AnsiTransactionManager::commit_transaction(conn)?;
        assert_eq!(titles(&mut conn.tenant(&b).unwrap())?, ["b 1"]);
        assert_eq!(titles(conn)?, ["a 1"]);
        QueryResult::Ok(())
    });
    result.unwrap_err();
    is_clean(&mut pool.tenant(&b).unwrap(), &b);
    is_clean(&mut pool.tenant(&a).unwrap(), &a);
}

#[test]
fn another_schema_cannot_be_entered_within_it() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    let read = pool.transaction(&a, |conn| {
        for error in [
            conn.tenant(&b).map(|_| ()).unwrap_err(),
            conn.global().map(|_| ()).unwrap_err(),
        ] {
            assert!(
                matches!(error, ScopeError::InTransaction { .. }),
                "{error:?}"
            );
        }
        titles(conn)
    });
    assert_eq!(read.unwrap(), ["a 1"]);
}

#[test]
fn a_schema_that_cannot_be_used_is_refused_before_the_work_begins() {
    let (world, [a, gone, _]) = world(["a", "gone", "closed"]);
    world.run(
        "DROP SCHEMA gone CASCADE;
         UPDATE multischema.schemas SET status = 'suspended' WHERE name = 'closed'",
    );
    let pool = pool(&world, 1);
    for warm in [false, true] {
        for (name, word) in [
            ("nobody", "does not exist"),
            ("gone", "does not exist"),
            ("closed", "suspended"),
            ("__template__", "no tenant's schema"),
        ] {
            if warm {
                drop(pool.tenant(&a).unwrap());
            }
            let schema = match name {
                "__template__" => SchemaName::template(),
                name => name.parse().unwrap(),
            };
            let result: QueryResult<()> = pool.transaction(&schema, |_| unreachable!("{name}"));
            let error = result.unwrap_err();
            let error = CheckoutError::of(&error).unwrap();
            assert!(error.to_string().contains(word), "{error}");
            is_clean(&mut pool.tenant(&a).unwrap(), &a);
        }
    }
    drop(gone);
}

#[test]
fn a_begin_that_fails_leaves_nothing_open_and_says_for_which_schema() {
    let (world, [a, b]) = world(["a", "b"]);
    let signature = "(text, name, integer, integer)";
    for before in [None, Some(&a), Some(&b)] {
        let pool = pool(&world, 1);
        if let Some(before) = before {
            drop(pool.tenant(before).unwrap());
        }
        world.run(&format!(
            "ALTER FUNCTION multischema.assert_active{signature} RENAME TO hidden"
        ));
        let result: QueryResult<()> = pool.transaction(&a, |_| unreachable!("it has not begun"));
        world.run(&format!(
            "ALTER FUNCTION multischema.hidden{signature} RENAME TO assert_active"
        ));
        let error = result.unwrap_err();
        let error = CheckoutError::of(&error).unwrap();
        assert_eq!(error.schema(), Some(&a), "{error:?}");
        assert_eq!(pool.stats().lent, 0);
        assert_eq!(pool.transaction(&a, titles).unwrap(), ["a 1"]);
        is_clean(&mut pool.tenant(&b).unwrap(), &b);
    }
}

#[test]
fn a_commit_that_fails_is_an_error_and_nothing_stays_open() {
    let (world, [a, b]) = world(["a", "b"]);
    world.run(
        "ALTER TABLE a.notes DROP CONSTRAINT notes_document_id_fkey;
         ALTER TABLE a.notes ADD FOREIGN KEY (document_id) REFERENCES a.documents DEFERRABLE INITIALLY DEFERRED",
    );
    let pool = pool(&world, 1);
    let result = pool.transaction(&a, |conn| diesel::delete(documents::table).execute(conn));
    result.unwrap_err();
    assert_eq!(read(&pool, &a), ["a 1"]);
    is_clean(&mut pool.tenant(&b).unwrap(), &b);
}

#[test]
fn one_message_comes_before_the_first_statement_and_one_after_the_last() {
    let (world, [a, b]) = world(["a", "b"]);
    let (pool, statements) = noted(&world, 1, |pool| pool);
    for schema in [&a, &b] {
        pool.transaction(schema, titles).unwrap();
    }
    let _ = statements.take();
    for schema in [&a, &b, &b, &a] {
        pool.transaction(schema, titles).unwrap();
        let sent = statements.take();
        assert_eq!(sent.len(), 3, "{sent:?}");
        assert!(sent[0].starts_with("BEGIN; "), "{sent:?}");
        assert_eq!(sent[2], "COMMIT");
    }
}

/// As behind a pooler in transaction mode: one session of PostgreSQL, another client with each transaction.
#[test]
fn clients_who_take_turns_on_one_connection_read_and_write_their_own() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = build(&world, 1, |pool| pool.proof_ttl(LONG));
    let turn = Barrier::new(2);
    thread::scope(|threads| {
        for schema in [&a, &b] {
            let (pool, turn) = (&pool, &turn);
            threads.spawn(move || {
                let mut expected = vec![format!("{schema} 1")];
                for round in 2..40 {
                    turn.wait();
                    let title = format!("{schema} {round:03}");
                    let read = pool.transaction(schema, |conn| {
                        add(conn, &title)?;
                        titles(conn)
                    });
                    expected.push(title);
                    assert_eq!(read.unwrap(), expected);
                }
            });
        }
    });
    let stats = pool.stats();
    assert_eq!((stats.connects, stats.switches), (1, 0));
}

#[test]
fn an_error_within_it_is_not_the_pools() {
    let (world, [a]) = world(["a"]);
    let pool = pool(&world, 1);
    let error = pool.transaction(&a, |conn| add(conn, "a 1")).unwrap_err();
    assert!(CheckoutError::of(&error).is_none(), "{error:?}");
    let within: QueryResult<()> = pool.transaction(&a, |conn| {
        conn.batch_execute("SET search_path TO public")?;
        titles(conn).map(|_| ())
    });
    assert!(matches!(scope_error(within), ScopeError::Moved { .. }));
    is_clean(&mut pool.tenant(&a).unwrap(), &a);
}

#[test]
fn with_verify_every_each_statement_in_it_is_checked() {
    let (world, [a, b]) = world(["a", "b"]);
    world.run(
        "CREATE FUNCTION public.move() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM set_config('search_path', 'b', false); RETURN NULL; END $$;
         CREATE TRIGGER move AFTER INSERT ON a.documents EXECUTE FUNCTION public.move()",
    );
    let pool = build(&world, 1, |pool| pool.verify(Verify::Every));
    let within = pool.transaction(&a, |conn| {
        assert_eq!(titles(conn)?, ["a 1"]);
        add(conn, "a 2")?;
        titles(conn)
    });
    assert_eq!(moved(within), "b");
    let failed = pool.transaction(&a, |conn| {
        diesel::delete(documents::table).execute(conn)?;
        titles(conn)
    });
    assert!(
        matches!(failed, Err(Error::DatabaseError(..))),
        "{failed:?}"
    );
    assert_eq!(read(&pool, &a), ["a 1"]);
    is_clean(&mut pool.tenant(&b).unwrap(), &b);
}
