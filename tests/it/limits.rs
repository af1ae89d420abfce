//! Transactions whose statements may not take long.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::Text;
use multischema::{RunQueryDsl, ScopedConnection, TransactionLimits, UnscopedExt};
use multischema_tests::tables::{documents, plans};
use multischema_tests::{World, titles};

/// How long statements may take, and how they are planned.
fn settings(conn: &mut impl ScopedConnection) -> String {
    let settings = diesel::dsl::sql::<Text>(SETTINGS);
    let query = diesel::select(settings).unscoped();
    RunQueryDsl::get_result(query, conn).unwrap()
}

const SETTINGS: &str =
    "concat_ws(' ', current_setting('statement_timeout'), current_setting('plan_cache_mode'))";
const USUAL: &str = "0 auto";

#[test]
fn limits_hold_in_the_transaction_and_end_with_it() {
    let (world, [a]) = World::with(["a"]);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    let limits = TransactionLimits::new(Duration::from_millis(1500));
    for (limits, expected) in [
        (limits, "1500ms auto"),
        (limits.plan_anew(), "1500ms force_custom_plan"),
    ] {
        let found = conn.transaction_within(limits, |conn| {
            assert_eq!(titles(conn)?, ["a 1"]);
            QueryResult::Ok(settings(conn))
        });
        assert_eq!(found.unwrap(), expected);
        assert_eq!(settings(&mut conn), USUAL);
    }
    drop(conn);
    let mut conn = session.global().unwrap();
    let found = conn.transaction_within(limits, |conn| {
        plans::table.count().get_result::<i64>(conn)?;
        QueryResult::Ok(settings(conn))
    });
    assert_eq!(found.unwrap(), "1500ms auto");
    assert_eq!(settings(&mut conn), USUAL);
}

#[test]
fn what_takes_longer_is_rolled_back() {
    let (world, [a]) = World::with(["a"]);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    let limits = TransactionLimits::new(Duration::from_millis(100));
    let slow = conn.transaction_within(limits, |conn| {
        diesel::update(documents::table)
            .set(documents::title.eq("other"))
            .execute(conn)?;
        conn.batch_execute("SELECT pg_sleep(30)")
    });
    let slow = slow.unwrap_err().to_string();
    assert!(slow.contains("statement timeout"), "{slow}");

    let mut other = world.pg();
    other
        .batch_execute("BEGIN; LOCK a.documents IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let waiting: Result<(), Error> = conn.transaction_within(limits, |conn| titles(conn).map(drop));
    let waiting = waiting.unwrap_err().to_string();
    assert!(waiting.contains("timeout"), "{waiting}");
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
    assert_eq!(settings(&mut conn), USUAL);
}

#[test]
fn in_a_transaction_it_is_a_savepoint() {
    let (world, [a]) = World::with(["a"]);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    let limits = TransactionLimits::new(Duration::from_secs(7));
    conn.transaction(|conn| {
        let given_up: QueryResult<()> = conn.transaction_within(limits, |conn| {
            diesel::update(documents::table)
                .set(documents::title.eq("other"))
                .execute(conn)?;
            Err(Error::RollbackTransaction)
        });
        assert_eq!(given_up, Err(Error::RollbackTransaction));
        assert_eq!(titles(conn)?, ["a 1"]);
        // They go with the savepoint that set them.
        assert_eq!(settings(conn), USUAL);
        conn.transaction_within(limits, |conn| titles(conn).map(drop))?;
        assert_eq!(settings(conn), "7s auto");
        QueryResult::Ok(())
    })
    .unwrap();
    assert_eq!(settings(&mut conn), USUAL);
}
