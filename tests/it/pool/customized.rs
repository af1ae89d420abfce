//! What a customizer does to new connections, and what is set in its stead.

use diesel::connection::{CacheSize, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::r2d2::{CustomizeConnection, Error, TestCustomizer};
use multischema::RunQueryDsl;
use multischema_tests::tables::{documents, notes};
use multischema_tests::{titles, value};

use super::{build, world};

#[test]
fn in_a_test_transaction_nothing_is_committed_by_transactions_of_the_pools() {
    let (world, [a, b]) = world(["a", "b"]);
    let add = |title: &'static str| {
        diesel::insert_into(documents::table).values(documents::title.eq(title))
    };
    {
        let pool = build(&world, 1, |pool| pool.customizer(Box::new(TestCustomizer)));
        pool.transaction(&a, |conn| add("a 2").execute(conn))
            .unwrap();
        add("b 2").execute(&mut pool.tenant(&b).unwrap()).unwrap();
        assert_eq!(pool.transaction(&a, titles).unwrap(), ["a 1", "a 2"]);
        assert_eq!(
            titles(&mut pool.tenant(&b).unwrap()).unwrap(),
            ["b 1", "b 2"]
        );
    }
    assert_eq!(
        titles(&mut world.session().tenant(&a).unwrap()).unwrap(),
        ["a 1"]
    );
    assert_eq!(
        titles(&mut world.session().tenant(&b).unwrap()).unwrap(),
        ["b 1"]
    );
}

#[test]
fn a_test_transaction_lasts_when_a_schema_is_refused() {
    let (world, [a]) = world(["a"]);
    let pool = build(&world, 1, |pool| pool.customizer(Box::new(TestCustomizer)));
    pool.tenant(&"missing".parse().unwrap()).unwrap_err();
    let missing: QueryResult<()> =
        pool.transaction(&"missing".parse().unwrap(), |_| unreachable!());
    missing.unwrap_err();
    diesel::delete(notes::table)
        .execute(&mut pool.tenant(&a).unwrap())
        .unwrap();
    let missing: QueryResult<()> =
        pool.transaction(&"missing".parse().unwrap(), |_| unreachable!());
    missing.unwrap_err();
    pool.tenant(&"missing".parse().unwrap()).unwrap_err();
    assert_eq!(
        notes::table
            .count()
            .get_result(&mut pool.tenant(&a).unwrap()),
        Ok(0_i64)
    );
    assert_eq!(pool.stats().closed, 0);
}

#[derive(Debug)]
struct ReadOnly;

impl CustomizeConnection<PgConnection, Error> for ReadOnly {
    fn on_acquire(&self, pg: &mut PgConnection) -> Result<(), Error> {
        pg.batch_execute("SET default_transaction_read_only = on")
            .map_err(Error::QueryError)
    }
}

#[test]
fn where_nothing_may_be_written_one_can_read() {
    let (world, [a, b]) = world(["a", "b"]);
    let pool = build(&world, 1, |pool| pool.customizer(Box::new(ReadOnly)));
    for schema in [&a, &b] {
        let read = [format!("{schema} 1")];
        assert_eq!(titles(&mut pool.tenant(schema).unwrap()).unwrap(), read);
        assert_eq!(pool.transaction(schema, titles).unwrap(), read);
    }
    let written = pool.transaction(&a, |conn| diesel::delete(notes::table).execute(conn));
    written.unwrap_err();
}

#[test]
fn a_cache_that_is_disabled_stays_so_when_statements_are_forgotten() {
    let (world, [a]) = world(["a"]);
    let pool = build(&world, 1, |pool| pool.cache_size(CacheSize::Disabled));
    let prepared = || {
        let mut conn = pool.tenant(&a).unwrap();
        titles(&mut conn).unwrap();
        value(
            &mut conn,
            "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''",
        )
    };
    assert_eq!(prepared(), "0");
    pool.tenant(&a)
        .unwrap()
        .batch_execute("PREPARE x AS SELECT 1")
        .unwrap();
    assert_eq!(prepared(), "0");
}
