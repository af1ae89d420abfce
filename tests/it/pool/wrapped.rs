//! A pool around one that others use as well.

use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use multischema::{CheckoutError, RunQueryDsl, ScopeError, SearchPathCustomizer, TenantPool};
use multischema_tests::tables::{documents, notes};
use multischema_tests::{World, titles, value};

use super::{SHORT, in_transaction, wait, world};

type R2d2 = Pool<ConnectionManager<PgConnection>>;

fn r2d2(world: &World, max_size: u32, customizer: SearchPathCustomizer) -> R2d2 {
    Pool::builder()
        .max_size(max_size)
        .connection_timeout(Duration::from_secs(3))
        .connection_customizer(Box::new(customizer))
        .build(ConnectionManager::new(world.url()))
        .unwrap()
}

fn wrap(r2d2: &R2d2) -> TenantPool {
    TenantPool::wrap(r2d2.clone())
        .proof_ttl(SHORT)
        .build()
        .unwrap()
}

fn path(pg: &mut PgConnection) -> String {
    value(pg, "current_setting('search_path')")
}

/// Sets a path, and a setting that is to stay.
#[derive(Debug)]
struct Theirs;

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for Theirs {
    fn on_acquire(&self, pg: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        pg.batch_execute("SET search_path TO a, public; SET application_name TO 'theirs'")
            .map_err(diesel::r2d2::Error::QueryError)
    }
}

#[test]
fn others_find_connections_with_an_empty_path() {
    let (world, [a, b]) = world(["a", "b"]);
    let r2d2 = r2d2(&world, 2, SearchPathCustomizer::new());
    let pool = wrap(&r2d2);
    for schema in [&a, &b] {
        drop([pool.tenant(schema).unwrap(), pool.tenant(schema).unwrap()]);
        assert_eq!(pool.stats().parked, 2);
        let start = Instant::now();
        let mut others = [r2d2.get().unwrap(), r2d2.get().unwrap()];
        assert!(start.elapsed() < SHORT * 10, "{:?}", start.elapsed());
        for pg in &mut others {
            assert_eq!(path(pg), "\"\"");
            let read = documents::table.select(documents::id);
            diesel::RunQueryDsl::load::<i32>(read, &mut **pg).unwrap_err();
        }
    }
    assert_eq!(pool.stats().closed, 0);
}

#[test]
fn a_customizers_path_is_emptied_and_the_rest_stays() {
    let (world, [b]) = world(["b"]);
    let _ = world.register("a");
    for pool in [
        wrap(&r2d2(
            &world,
            1,
            SearchPathCustomizer::and(Box::new(Theirs)),
        )),
        TenantPool::builder(world.url())
            .customizer(Box::new(Theirs))
            .max_size(1)
            .build()
            .unwrap(),
    ] {
        let mut conn = pool.tenant(&b).unwrap();
        assert_eq!(titles(&mut conn).unwrap(), ["b 1"]);
        let name = value(&mut conn, "current_setting('application_name')");
        assert_eq!(name, "theirs");
    }
    let r2d2 = r2d2(&world, 1, SearchPathCustomizer::and(Box::new(Theirs)));
    assert_eq!(path(&mut r2d2.get().unwrap()), "\"\"");
    let bare = Pool::builder()
        .max_size(1)
        .connection_customizer(Box::new(Theirs))
        .build(ConnectionManager::new(world.url()))
        .unwrap();
    // Theirs alone is not emptied before it was lent.
    let pool = wrap(&bare);
    assert_eq!(titles(&mut pool.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    assert_eq!(path(&mut bare.get().unwrap()), "\"\"");
}

#[test]
fn what_others_prepared_and_left_is_not_used() {
    let (world, [a, b]) = world(["a", "b"]);
    world.run("ALTER TABLE b.documents ALTER title TYPE varchar(60)");
    let r2d2 = r2d2(&world, 1, SearchPathCustomizer::new());
    let pool = wrap(&r2d2);
    for schema in [&a, &b, &a] {
        {
            let mut pg = r2d2.get().unwrap();
            pg.batch_execute("SET search_path TO a").unwrap();
            let read = documents::table.select(documents::title);
            let read: Vec<String> = diesel::RunQueryDsl::load(read, &mut *pg).unwrap();
            assert_eq!(read, ["a 1"]);
        }
        assert_eq!(
            titles(&mut pool.tenant(schema).unwrap()).unwrap(),
            [format!("{schema} 1")]
        );
    }
}

#[test]
fn as_long_as_others_hold_all_there_is_none() {
    let (world, [a]) = world(["a"]);
    let r2d2 = r2d2(&world, 1, SearchPathCustomizer::new());
    let timeout = SHORT * 3;
    let pool = TenantPool::wrap(r2d2.clone())
        .checkout_timeout(timeout)
        .build()
        .unwrap();
    let theirs = r2d2.get().unwrap();
    let start = Instant::now();
    let error = pool.tenant(&a).unwrap_err();
    let took = start.elapsed();
    assert!(
        matches!(error, CheckoutError::Exhausted { .. }),
        "{error:?}"
    );
    assert_eq!(error.schema(), Some(&a));
    assert!(took >= timeout && took < timeout * 4, "{took:?}");
    assert_eq!(pool.stats().timeouts, 1);

    thread::scope(|threads| {
        let waiting = threads.spawn(|| titles(&mut pool.tenant(&a).unwrap()).unwrap());
        thread::sleep(SHORT / 2);
        drop(theirs);
        assert_eq!(waiting.join().unwrap(), ["a 1"]);
    });
}

#[test]
fn who_waits_for_others_also_gets_what_comes_back_to_the_pool() {
    let (world, [a, b]) = world(["a", "b"]);
    let r2d2 = r2d2(&world, 2, SearchPathCustomizer::new());
    let pool = TenantPool::wrap(r2d2.clone())
        .proof_ttl(super::LONG)
        .build()
        .unwrap();
    let (_theirs, ours) = (r2d2.get().unwrap(), pool.tenant(&a).unwrap());
    thread::scope(|threads| {
        let start = Instant::now();
        let waiting = threads.spawn(|| titles(&mut pool.tenant(&b).unwrap()).unwrap());
        thread::sleep(SHORT);
        drop(ours);
        assert_eq!(waiting.join().unwrap(), ["b 1"]);
        assert!(start.elapsed() < Duration::from_secs(1));
    });
}

#[test]
fn a_connection_in_somebodys_transaction_is_refused_and_does_not_stay() {
    let (world, [a]) = world(["a"]);
    let r2d2 = r2d2(&world, 1, SearchPathCustomizer::new());
    let pool = wrap(&r2d2);
    for by_transaction in [false, true] {
        // Diesel, and so r2d2, does not know of it.
        r2d2.get().unwrap().batch_execute("BEGIN").unwrap();
        let error = if by_transaction {
            let error = pool.transaction(&a, titles).unwrap_err();
            CheckoutError::of(&error).unwrap().to_string()
        } else {
            let error = pool.tenant(&a).unwrap_err();
            let CheckoutError::Scope(ScopeError::InTransaction { .. }) = &error else {
                panic!("{error:?}")
            };
            error.to_string()
        };
        assert!(error.contains("`a`"), "{error}");
        assert_eq!(titles(&mut pool.tenant(&a).unwrap()).unwrap(), ["a 1"]);
        wait();
        thread::sleep(SHORT);
        assert!(!in_transaction(&mut *r2d2.get().unwrap()));
    }
}

#[test]
fn the_pool_for_tests_works_in_scopes_and_in_transactions_and_commits_nothing() {
    let (world, [a, b]) = world(["a", "b"]);
    let add = |title: &'static str| {
        diesel::insert_into(documents::table).values(documents::title.eq(title))
    };
    {
        let r2d2 = multischema::testing::rollback_pool(world.url()).unwrap();
        let pool = wrap(&r2d2);
        add("a 2").execute(&mut pool.tenant(&a).unwrap()).unwrap();
        pool.transaction(&b, |conn| add("b 2").execute(conn))
            .unwrap();
        pool.transaction(&b, |conn| {
            add("b 3").execute(conn)?;
            QueryResult::<()>::Err(diesel::result::Error::RollbackTransaction)
        })
        .unwrap_err();
        wait();
        assert_eq!(
            titles(&mut pool.tenant(&a).unwrap()).unwrap(),
            ["a 1", "a 2"]
        );
        assert_eq!(pool.transaction(&b, titles).unwrap(), ["b 1", "b 2"]);
        assert_eq!(pool.stats().closed, 0);
    }
    let pool = super::pool(&world, 1);
    for schema in [&a, &b] {
        assert_eq!(
            titles(&mut pool.tenant(schema).unwrap()).unwrap(),
            [format!("{schema} 1")]
        );
    }
}

#[test]
fn in_the_pool_for_tests_an_error_outside_of_a_savepoint_ends_the_work_and_the_next_begins_anew() {
    let (world, [a, b]) = world(["a", "b"]);
    for next in [&a, &b] {
        let r2d2 = multischema::testing::rollback_pool(world.url()).unwrap();
        let pool = TenantPool::wrap(r2d2).build().unwrap();
        {
            let mut conn = pool.tenant(&a).unwrap();
            diesel::delete(notes::table).execute(&mut conn).unwrap();
            let twice = diesel::insert_into(documents::table).values(documents::title.eq("a 1"));
            twice.execute(&mut conn).unwrap_err();
        }
        let mut conn = pool.tenant(next).unwrap();
        assert_eq!(titles(&mut conn).unwrap(), [format!("{next} 1")]);
        assert_eq!(notes::table.count().get_result::<i64>(&mut conn), Ok(1));
    }
}

#[test]
fn with_no_ttl_they_go_back_at_once() {
    let (world, [a]) = world(["a"]);
    let r2d2 = r2d2(&world, 1, SearchPathCustomizer::new());
    let pool = TenantPool::wrap(r2d2.clone())
        .proof_ttl(Duration::ZERO)
        .build()
        .unwrap();
    for _ in 0..2 {
        assert_eq!(titles(&mut pool.tenant(&a).unwrap()).unwrap(), ["a 1"]);
        assert_eq!(pool.stats().parked, 0);
        assert_eq!(path(&mut r2d2.try_get().unwrap()), "\"\"");
    }
}

#[test]
fn with_the_pool_go_its_connections_back() {
    let (world, [a]) = world(["a"]);
    let r2d2 = r2d2(&world, 1, SearchPathCustomizer::new());
    let pool = TenantPool::wrap(r2d2.clone())
        .proof_ttl(super::LONG)
        .build()
        .unwrap();
    titles(&mut pool.tenant(&a).unwrap()).unwrap();
    drop(pool);
    assert_eq!(path(&mut r2d2.get().unwrap()), "\"\"");
}

#[test]
fn who_waits_for_others_is_served_when_one_of_the_pools_is_closed() {
    let (world, [a, b]) = world(["a", "b"]);
    let r2d2 = Pool::builder()
        .max_size(2)
        .min_idle(Some(0))
        .connection_timeout(Duration::from_secs(3))
        .connection_customizer(Box::new(SearchPathCustomizer::new()))
        .build(ConnectionManager::new(world.url()))
        .unwrap();
    let pool = TenantPool::wrap(r2d2.clone())
        .proof_ttl(super::LONG)
        .build()
        .unwrap();
    let (_theirs, mut ours) = (r2d2.get().unwrap(), pool.tenant(&a).unwrap());
    ours.set_prepared_statement_cache_size(diesel::connection::CacheSize::Disabled);
    thread::scope(|threads| {
        let start = Instant::now();
        let waiting = threads.spawn(|| pool.tenant(&b).map(|mut conn| titles(&mut conn).unwrap()));
        thread::sleep(SHORT);
        drop(ours);
        assert_eq!(waiting.join().unwrap().unwrap(), ["b 1"]);
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
    });
}
