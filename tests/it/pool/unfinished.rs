//! Work that ends half-way: the connection comes back whole, or not at all.

use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::result::Error;
use multischema::RunQueryDsl;
use multischema_tests::tables::{documents, notes};
use multischema_tests::{World, titles};

use super::{Lent, is_clean, pool, world};

/// Many more rows than come at once.
fn fill(world: &World) {
    world.run_in(
        "a",
        "INSERT INTO notes (document_id, body) SELECT 1, repeat('a', 500) FROM generate_series(1, 2000)",
    );
}

/// Reads one row of many and gives up.
fn read_one(conn: &mut Lent) -> QueryResult<()> {
    let mut rows = notes::table
        .select(notes::body)
        .load_iter::<String, PgRowByRowLoadingMode>(conn)?;
    rows.next().unwrap()?;
    Err(Error::NotFound)
}

#[test]
fn rows_that_were_read_half() {
    let (world, [a, b]) = world(["a", "b"]);
    fill(&world);
    let pool = pool(&world, 1);
    for next in [&a, &b] {
        read_one(&mut pool.tenant(&a).unwrap()).unwrap_err();
        is_clean(&mut pool.tenant(next).unwrap(), next);
        let result = pool.tenant(&a).unwrap().transaction(read_one);
        assert_eq!(result, Err(Error::NotFound));
        is_clean(&mut pool.tenant(next).unwrap(), next);
        let result = pool.transaction(&a, read_one);
        assert_eq!(result, Err(Error::NotFound));
        is_clean(&mut pool.tenant(next).unwrap(), next);
    }
}

#[test]
fn rows_whose_iterator_was_leaked() {
    let (world, [a, b]) = world(["a", "b"]);
    fill(&world);
    let pool = pool(&world, 1);
    for next in [&a, &b] {
        {
            let mut conn = pool.tenant(&a).unwrap();
            let mut rows = notes::table
                .select(notes::body)
                .load_iter::<String, PgRowByRowLoadingMode>(&mut conn)
                .unwrap();
            rows.next().unwrap().unwrap();
            std::mem::forget(rows);
        }
        is_clean(&mut pool.tenant(next).unwrap(), next);
    }
}

#[test]
fn a_copy_that_panics() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    for next in [&a, &b] {
        let mut conn = pool.tenant(&a).unwrap();
        let crash = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let raw = diesel::copy_from(documents::table).from_raw_data(
                (documents::title,),
                |out| -> QueryResult<()> {
                    out.write_all(b"a 2\n").unwrap();
                    panic!("in the middle of COPY");
                },
            );
            ExecuteCopyFromDsl::execute(raw, &mut conn)
        }));
        assert!(crash.is_err());
        drop(conn);
        is_clean(&mut pool.tenant(next).unwrap(), next);
    }
}

#[test]
fn a_copy_that_is_not_read() {
    let (world, [a, b]) = world(["a", "b"]);
    fill(&world);
    let pool = pool(&world, 1);
    for next in [&a, &b] {
        {
            let mut conn = pool.tenant(&a).unwrap();
            let unread = diesel::copy_to(notes::table).load_raw(conn.as_pg().unwrap());
            std::mem::forget(unread.unwrap());
        }
        is_clean(&mut pool.tenant(next).unwrap(), next);
    }
}

#[test]
fn a_statement_that_is_cancelled() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    for next in [&a, &b] {
        {
            let mut conn = pool.tenant(&a).unwrap();
            let pid = super::pid(&mut conn);
            std::thread::scope(|threads| {
                threads.spawn(|| {
                    let cancel = format!("SELECT pg_cancel_backend({pid})");
                    for _ in 0..3 {
                        std::thread::sleep(super::SHORT);
                        world.run(&cancel);
                    }
                });
                let error = conn
                    .batch_execute("BEGIN; SELECT pg_sleep(10)")
                    .unwrap_err();
                assert!(error.to_string().contains("canceling"), "{error}");
            });
        }
        is_clean(&mut pool.tenant(next).unwrap(), next);
    }
}

#[test]
fn a_connection_in_an_aborted_transaction() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    for next in [&a, &b] {
        {
            let mut conn = pool.tenant(&a).unwrap();
            conn.batch_execute("BEGIN; SELECT 1 / 0").unwrap_err();
            titles(&mut conn).unwrap_err();
        }
        is_clean(&mut pool.tenant(next).unwrap(), next);
    }
}

#[test]
fn a_scope_within_the_scope_that_is_leaked() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    for next in [&a, &b] {
        {
            let mut outer = pool.tenant(&a).unwrap();
            let mut inner = outer.tenant(&b).unwrap();
            inner.batch_execute("SET work_mem = '1MB'; BEGIN").unwrap();
            std::mem::forget(inner);
        }
        is_clean(&mut pool.tenant(next).unwrap(), next);
    }
}

#[test]
fn a_test_transaction_of_the_borrowers_ends_with_the_loan() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = pool(&world, 1);
    for next in [&a, &b] {
        let mut conn = pool.tenant(&a).unwrap();
        conn.begin_test_transaction().unwrap();
        diesel::delete(notes::table).execute(&mut conn).unwrap();
        drop(conn);
        is_clean(&mut pool.tenant(next).unwrap(), next);
        assert_eq!(
            notes::table
                .count()
                .get_result(&mut pool.tenant(&a).unwrap()),
            Ok(1_i64)
        );
    }
}
