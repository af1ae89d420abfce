//! Schemata that are migrated while a pool has statements prepared for them.

use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel_migrations::MigrationHarness as _;
use multischema::{NewSchema, Registry, TenantPool};
use multischema_tests::{World, value};

use super::{Steps, migrator, rust, step, value_in};

diesel::table! {
    /// Of each schema.
    letters (id) {
        /// Counts from 1.
        id -> Integer,
        /// Whatever its type is in the database.
        body -> Text,
    }
}

multischema::tables! { tenant: [letters]; global: [] }

fn bodies(
    conn: &mut impl diesel::connection::LoadConnection<Backend = diesel::pg::Pg>,
) -> QueryResult<Vec<String>> {
    RunQueryDsl::load(letters::table.select(letters::body), conn)
}

#[test]
fn a_transaction_after_a_migration_meets_no_stale_statement() {
    let world = World::new();
    let first = || {
        step(
            "1",
            "CREATE TABLE letters (id integer PRIMARY KEY, body varchar(20) NOT NULL)",
        )
    };
    let before = migrator([], [first()]);
    assert!(before.run(world.url()).unwrap().is_ok());
    let ttl = Duration::from_millis(50);
    let pool = TenantPool::builder(world.url())
        .max_size(1)
        .proof_ttl(ttl)
        .build()
        .unwrap();
    let registry = Registry::new(pool.clone());
    let schema = registry
        .create(NewSchema::new("a".parse().unwrap()))
        .unwrap();
    assert_eq!(bodies(&mut pool.tenant(&schema.name).unwrap()), Ok(vec![]));

    let second = step("2", "ALTER TABLE letters ALTER body TYPE text");
    let after = migrator([], [first(), second]);
    assert!(after.run(world.url()).unwrap().is_ok());
    let migrated = registry.get(&schema.name).unwrap();
    assert_eq!(migrated.generation, schema.generation + 1);

    thread::sleep(ttl);
    let mut conn = pool.tenant(&schema.name).unwrap();
    let found = conn.transaction(bodies);
    assert_eq!(
        found,
        Ok(vec![]),
        "not `StalePlan`: the pool has read that there is a new generation"
    );

    drop(conn);
    // A run with nothing to do changes nothing.
    assert!(after.run(world.url()).unwrap().is_ok());
    assert_eq!(registry.get(&schema.name).unwrap(), migrated);
}

/// A run that is killed after the transaction of a migration has nothing to say any more.
#[test]
fn a_migration_and_the_new_generation_are_there_together() {
    let world = super::fleet(["a", "b"]);
    let generation = |schema: &str| {
        let select = format!("SELECT generation FROM multischema.schemas WHERE name = '{schema}'");
        value_in(&world, "public", &select)
    };
    // The generation as it is for others while the next migration runs.
    let url = world.url().to_owned();
    let seen = rust("2_seen", move |pg| {
        let mut other = PgConnection::establish(&url)?;
        let schema = value(pg, "current_schema()");
        let seen = value(
            &mut other,
            &format!(
                "SELECT coalesce(max(generation), 0) FROM multischema.schemas WHERE name = '{schema}'"
            ),
        );
        pg.batch_execute(&format!(
            "CREATE TABLE seen AS SELECT '{seen}' AS generation"
        ))?;
        Ok(())
    });
    let letters = step("1_letters", "CREATE TABLE letters ()");
    assert!(super::run(&world, [], [letters.clone(), seen.clone()]).is_ok());
    for schema in ["a", "b"] {
        assert_eq!(value_in(&world, schema, "SELECT generation FROM seen"), "2");
        assert_eq!(generation(schema), "3");
    }

    // Nor has one that somebody else runs, or that is killed before it has noted what ran in no transaction.
    let index = || {
        step(
            "3_index",
            "CREATE INDEX CONCURRENTLY by_ctid ON letters ((1))",
        )
        .in_no_transaction()
    };
    let mut pg = world.pg();
    pg.batch_execute("SET search_path TO a").unwrap();
    pg.run_pending_migrations(Steps(vec![index()])).unwrap();
    let all = || [letters.clone(), seen.clone(), index()];
    for _ in 0..2 {
        assert!(super::run(&world, [], all()).is_ok());
        assert_eq!((generation("a"), generation("b")), ("4".into(), "4".into()));
    }
}
