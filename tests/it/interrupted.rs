//! COPY and row-by-row reading that end half-way.

use std::ops::DerefMut;
use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::{Connection, SimpleConnection};
use diesel::dsl::sql;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::Integer;
use multischema::{SchemaName, Session, SessionHandle, TenantConnection};
use multischema_tests::tables::{documents, plans};
use multischema_tests::{World, titles};

type Tenant<'a> = TenantConnection<&'a mut Session>;

/// Copies one line into `documents`.
fn copy(conn: &mut Tenant<'_>, line: &str) -> QueryResult<usize> {
    let raw = diesel::copy_from(documents::table).from_raw_data((documents::title,), |out| {
        writeln!(out, "{line}").map_err(|error| Error::DeserializationError(Box::new(error)))
    });
    ExecuteCopyFromDsl::execute(raw, conn)
}

/// The rows are those from before, in both schemata.
fn all_is_as_before<P>(session: &mut Session<P>, schemata: &[SchemaName; 2])
where
    P: DerefMut<Target = PgConnection> + Send,
{
    for schema in schemata.iter().rev() {
        let mut conn = session.tenant(schema).unwrap();
        assert_eq!(titles(&mut conn).unwrap(), [format!("{schema} 1")]);
    }
}

#[track_caller]
fn is_aborted<T: std::fmt::Debug>(result: QueryResult<T>) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains("transaction is aborted"), "{error}");
}

#[test]
fn an_error_of_copy_aborts_the_transaction_and_no_more() {
    let (world, schemata) = World::with(["a", "b"]);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&schemata[0]).unwrap();
        let result: QueryResult<()> = conn.transaction(|conn| {
            copy(conn, "a 2")?;
            copy(conn, "a 1").unwrap_err();
            is_aborted(titles(conn));
            Err(Error::RollbackTransaction)
        });
        assert_eq!(result, Err(Error::RollbackTransaction));
        assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
    }
    all_is_as_before(&mut session, &schemata);
}

#[test]
fn a_panic_in_the_callback_of_copy_copies_nothing() {
    let (world, schemata) = World::with(["a", "b"]);
    let mut session = world.session();
    let crash = catch_unwind(AssertUnwindSafe(|| {
        let mut conn = session.tenant(&schemata[0]).unwrap();
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
    all_is_as_before(&mut session, &schemata);
}

#[test]
fn copy_to_that_is_dropped_unread_leaves_the_connection_usable() {
    let (world, schemata) = World::with(["a", "b"]);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&schemata[0]).unwrap();
        let unread = diesel::copy_to(documents::table).load_raw(conn.as_pg().unwrap());
        drop(unread.unwrap());
        assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
    }
    all_is_as_before(&mut session, &schemata);
}

#[test]
fn a_row_by_row_iterator_that_is_leaked_does_not_outlast_the_session() {
    let (world, schemata) = World::with(["a", "b"]);
    let mut pg = world.pg();
    leak_rows(&mut Session::new(&mut pg).tenant(&schemata[0]).unwrap());
    all_is_as_before(&mut Session::new(&mut pg), &schemata);
}

#[test]
fn a_row_by_row_iterator_that_is_leaked_does_not_keep_others_from_reading() {
    let (world, schemata) = World::with(["a", "b"]);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&schemata[0]).unwrap();
        leak_rows(&mut conn);
        assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
    }
    all_is_as_before(&mut session, &schemata);
    {
        let mut conn = session.tenant(&schemata[0]).unwrap();
        conn.batch_execute("SET work_mem = '1MB'").unwrap();
        leak_rows(&mut conn);
    }
    all_is_as_before(&mut session, &schemata);
}

/// Begins to read and never ends.
fn leak_rows(conn: &mut TenantConnection<impl SessionHandle>) {
    let query = documents::table.select(documents::title);
    let rows = query.load_iter::<String, PgRowByRowLoadingMode>(conn);
    std::mem::forget(rows.unwrap());
}

#[test]
fn an_error_in_the_middle_of_reading_is_the_iterators_alone() {
    let (world, schemata) = World::with(["a", "b"]);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&schemata[0]).unwrap();
        let rolled_back: QueryResult<()> = conn.transaction(|conn| {
            assert_eq!(copy(conn, "a 2"), Ok(1));
            let divided = documents::table.select(sql::<Integer>("1 / (2 - id)"));
            let rows = divided
                .order(documents::id)
                .load_iter::<i32, PgRowByRowLoadingMode>(conn)?;
            let rows: Vec<_> = rows.collect();
            assert_eq!(rows[0], Ok(1));
            let error = rows[1].as_ref().unwrap_err().to_string();
            assert!(error.contains("division by zero"), "{error}");
            is_aborted(titles(conn));
            Err(Error::RollbackTransaction)
        });
        assert_eq!(rolled_back, Err(Error::RollbackTransaction));
        assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
    }
    all_is_as_before(&mut session, &schemata);
}

#[test]
fn a_connection_lost_in_a_savepoint_is_said_to_be_lost_and_not_just_the_transaction_broken() {
    let (world, [a]) = World::with(["a"]);
    let lose_all = || {
        world.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
    };
    let is_lost = |result: QueryResult<i64>| {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::DatabaseError(_, _)), "{error:?}");
    };

    let mut session = world.session();
    let mut conn = session.global().unwrap();
    is_lost(conn.transaction(|conn| {
        conn.transaction(|conn| {
            lose_all();
            multischema::RunQueryDsl::get_result(plans::table.count(), conn)
        })
    }));
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    is_lost(conn.build_transaction().read_only().run(|conn| {
        conn.transaction(|conn| {
            lose_all();
            documents::table.count().get_result(conn)
        })
    }));
}
