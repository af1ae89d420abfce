//! What the owner of a connection did to it before a session: transactions, role, cache.

use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, SimpleConnection, TransactionManager,
};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;
use diesel::result::Error;
use multischema::{RunQueryDsl, ScopeError, Session, SharedSchemata};
use multischema_tests::tables::{documents, notes};
use multischema_tests::{World, locks, moved, titles, value};

/// How many statements are kept prepared on the connection.
const PREPARED: &str = "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''";

/// A connection at schema `b` with a test transaction.
fn in_a_test_transaction(world: &World) -> PgConnection {
    let mut pg = world.pg();
    pg.batch_execute("SET search_path = b, public").unwrap();
    pg.begin_test_transaction().unwrap();
    pg
}

#[test]
fn a_test_transaction_that_is_rolled_back_in_a_scope_takes_its_path_along() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut pg = in_a_test_transaction(&world);
    let mut session = Session::new(&mut pg);
    {
        let mut conn = session.tenant(&a).unwrap();
        assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
        AnsiTransactionManager::rollback_transaction(&mut conn).unwrap();
        assert_eq!(moved(titles(&mut conn)), "b, public");
        let deleted = diesel::delete(notes::table).execute(&mut conn);
        assert_eq!(moved(deleted), "b, public");
    }
    assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    assert_eq!(titles(&mut session.tenant(&a).unwrap()).unwrap(), ["a 1"]);
}

#[test]
fn a_test_transaction_that_is_rolled_back_by_text_takes_its_path_along() {
    let (world, [a, _]) = World::with(["a", "b"]);
    for text in ["ROLLBACK", "ROLLBACK;", "abort work"] {
        for as_query in [false, true] {
            let mut pg = in_a_test_transaction(&world);
            {
                let mut session = Session::new(&mut pg);
                let mut conn = session.tenant(&a).unwrap();
                if as_query {
                    diesel::RunQueryDsl::execute(diesel::sql_query(text), &mut conn).unwrap();
                } else {
                    conn.batch_execute(text).unwrap();
                }
                let deleted = diesel::delete(notes::table).execute(&mut conn);
                assert_eq!(moved(deleted), "b, public", "after {text}");
            }
            let path = value(&mut pg, "current_setting('search_path')");
            assert_eq!(path, "\"\"", "given back");
        }
    }
}

#[test]
fn a_transaction_begun_by_hand_is_not_entered_and_goes_on() {
    let (world, [a]) = World::with(["a"]);
    for size in [CacheSize::Unbounded, CacheSize::Disabled] {
        let mut pg = world.pg();
        pg.set_prepared_statement_cache_size(size);
        pg.batch_execute("BEGIN; INSERT INTO public.plans (name) VALUES ('one')")
            .unwrap();
        {
            let mut session = Session::new(&mut pg).cache_size(size);
            for _ in 0..2 {
                let refused = session.tenant(&a).map(|_| ()).unwrap_err();
                assert!(
                    matches!(refused, ScopeError::InTransaction { .. }),
                    "{refused:?}"
                );
                let refused = session.global().map(|_| ()).unwrap_err();
                assert!(
                    matches!(refused, ScopeError::InTransaction { .. }),
                    "{refused:?}"
                );
            }
        }
        assert!(!pg.is_broken());
        // Nothing was committed or rolled back on the way.
        pg.batch_execute("INSERT INTO public.plans (name) VALUES ('two')")
            .unwrap();
        let plans = "SELECT count(*) FROM public.plans";
        assert_eq!(value(&mut pg, plans), "4");
        pg.batch_execute("ROLLBACK").unwrap();
        assert_eq!(value(&mut pg, plans), "2");
        let mut session = Session::new(&mut pg).cache_size(size);
        assert_eq!(titles(&mut session.tenant(&a).unwrap()).unwrap(), ["a 1"]);
    }
}

#[test]
fn a_transaction_that_diesel_has_given_up_on_is_not_entered() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    AnsiTransactionManager::begin_transaction(&mut pg).unwrap();
    AnsiTransactionManager::transaction_manager_status_mut(&mut pg).set_in_error();
    let refused = Session::new(&mut pg).tenant(&a).map(|_| ()).unwrap_err();
    assert!(
        matches!(
            &refused,
            ScopeError::Enter {
                source: Error::BrokenTransactionManager,
                ..
            }
        ),
        "{refused:?}"
    );
}

#[test]
fn a_savepoint_after_an_inner_scope_is_made_in_the_outer_one() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut pg = in_a_test_transaction(&world);
    let mut session = Session::new(&mut pg);
    let mut outer = session.tenant(&a).unwrap();
    for _ in 0..2 {
        assert_eq!(titles(&mut outer.tenant(&b).unwrap()).unwrap(), ["b 1"]);
        let read = outer.transaction(|conn| conn.transaction(titles));
        assert_eq!(read.unwrap(), ["a 1"]);
    }
}

#[test]
fn a_role_that_was_set_before_is_that_of_all_scopes() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut pg = world.pg();
    pg.batch_execute("GRANT USAGE ON SCHEMA a, b TO pg_monitor; SET ROLE pg_monitor")
        .unwrap();
    let mut session = Session::new(&mut pg);
    for schema in [&a, &b, &a] {
        // By raw SQL, so that the scope is cleaned.
        let mut conn = session.tenant(schema).unwrap();
        assert_eq!(value(&mut conn, "current_user"), "pg_monitor", "{schema}");
        conn.batch_execute("RESET ROLE").unwrap();
    }
    let mut conn = session.global().unwrap();
    let role = value(conn.as_pg().unwrap(), "current_user");
    assert_eq!(role, "pg_monitor");
}

#[test]
fn a_cache_size_that_the_session_was_told_is_kept() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    {
        let mut session = Session::new(&mut pg).cache_size(CacheSize::Disabled);
        session.tenant(&a).unwrap().as_pg().unwrap();
        session.forget_statements().unwrap();
        titles(&mut session.tenant(&a).unwrap()).unwrap();
    }
    let count = documents::table.count();
    pg.batch_execute("SET search_path = a, public").unwrap();
    let counted = diesel::RunQueryDsl::get_result::<i64>(count, &mut pg);
    assert_eq!(counted, Ok(1));
    assert_eq!(value(&mut pg, PREPARED), "0");
}

#[test]
fn without_a_cache_all_works_and_nothing_is_kept_prepared() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session().cache_size(CacheSize::Disabled);
    for (schema, other) in [(&a, &b), (&b, &a), (&a, &b)] {
        let mut conn = session.tenant(schema).unwrap();
        let own = [format!("{schema} 1")];
        assert_eq!(titles(&mut conn).unwrap(), own);
        assert_eq!(conn.transaction(titles).unwrap(), own);
        let inner = titles(&mut conn.tenant(other).unwrap()).unwrap();
        assert_eq!(inner, [format!("{other} 1")]);
        world.run_in(
            schema.as_str(),
            "ALTER TABLE documents ALTER title TYPE varchar(60)",
        );
        assert_eq!(titles(&mut conn).unwrap(), own);
        assert_eq!(value(&mut conn, PREPARED), "0");
        conn.batch_execute("SET search_path = public").unwrap();
        assert_eq!(moved(titles(&mut conn)), "public");
    }
}

#[test]
fn a_shared_schema_is_nobodys_own() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let shared = SharedSchemata::new(["a", "public"]).unwrap();
    let mut session = world.session().shared(shared.clone());
    let refused = session.tenant(&a).map(|_| ()).unwrap_err();
    assert!(
        matches!(&refused, ScopeError::Shared { schema } if *schema == a),
        "{refused:?}"
    );
    assert_eq!(
        refused.to_string(),
        "schema `a` is shared by all tenants and cannot be one's own"
    );
    let mut conn = session.tenant(&b).unwrap();
    let refused = conn.tenant(&a).map(|_| ()).unwrap_err();
    assert!(
        matches!(refused, ScopeError::Shared { .. }),
        "from within another"
    );
    assert_eq!(titles(&mut conn).unwrap(), ["b 1"]);
    let refused = world.session().shared(shared).into_tenant(&a);
    assert!(
        matches!(refused, Err(ScopeError::Shared { .. })),
        "for good"
    );
}

#[test]
fn a_savepoint_from_before_the_scope_takes_its_path_along() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut pg = in_a_test_transaction(&world);
    pg.batch_execute("SAVEPOINT before").unwrap();
    let mut session = Session::new(&mut pg);
    {
        let mut conn = session.tenant(&a).unwrap();
        conn.batch_execute("ROLLBACK TO SAVEPOINT before").unwrap();
        assert_eq!(moved(titles(&mut conn)), "b, public");
        assert_eq!(
            moved(diesel::delete(notes::table).execute(&mut conn)),
            "b, public"
        );
    }
    session
        .tenant(&a)
        .unwrap()
        .batch_execute("SAVEPOINT of_a")
        .unwrap();
    let mut conn = session.tenant(&b).unwrap();
    conn.batch_execute("ROLLBACK TO of_a").unwrap();
    assert_eq!(moved(titles(&mut conn)), "\"a\", \"public\", pg_temp");
}

#[test]
fn a_refused_scope_leaves_the_owners_transaction_locks_and_temporary_tables_alone() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    pg.batch_execute("BEGIN; CREATE TEMP TABLE mine (id integer); SELECT pg_advisory_lock(5)")
        .unwrap();
    let error = Session::new(&mut pg).tenant(&a).map(|_| ()).unwrap_err();
    assert!(matches!(error, ScopeError::InTransaction { .. }));
    assert_eq!(
        value(&mut pg, "to_regclass('pg_temp.mine') IS NOT NULL"),
        "true"
    );
    assert_eq!(locks(&mut pg), "1");
    assert_eq!(
        value(&mut pg, "current_setting('search_path')"),
        "\"$user\", public"
    );
}

#[test]
fn a_schema_that_is_not_there_costs_the_owner_no_settings() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    pg.batch_execute("SET work_mem = '77kB'").unwrap();
    {
        let mut session = Session::new(&mut pg);
        let missing = session.tenant(&"later".parse().unwrap()).map(|_| ());
        assert!(matches!(missing, Err(ScopeError::SchemaNotFound { .. })));
        assert_eq!(titles(&mut session.tenant(&a).unwrap()).unwrap(), ["a 1"]);
    }
    assert_eq!(value(&mut pg, "current_setting('work_mem')"), "77kB");
    let nobodys = value(&mut pg, "current_setting('search_path')");
    assert_eq!(nobodys, "\"\"");
}

#[test]
fn the_owners_role_is_given_back_after_raw_sql() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    pg.batch_execute("GRANT USAGE ON SCHEMA a TO pg_monitor; SET ROLE pg_monitor")
        .unwrap();
    Session::new(&mut pg)
        .tenant(&a)
        .unwrap()
        .batch_execute("SET work_mem = '1MB'")
        .unwrap();
    assert_eq!(value(&mut pg, "current_user"), "pg_monitor");
}

#[test]
fn a_transaction_that_is_chained_on_is_ended() {
    let (world, [a, b]) = World::with(["a", "b"]);
    for chained in ["COMMIT AND CHAIN", "COMMIT AND CHAIN/* go on */"] {
        let mut session = world.session();
        {
            let mut conn = session.tenant(&a).unwrap();
            conn.batch_execute("BEGIN").unwrap();
            conn.batch_execute(chained).unwrap();
        }
        let mut conn = session.tenant(&b).unwrap();
        let body = || notes::body.eq(format!("b after {chained}"));
        diesel::update(notes::table)
            .set(body())
            .execute(&mut conn)
            .unwrap();
        let kept = notes::table.filter(body()).count();
        let kept: i64 = kept
            .get_result(&mut world.session().tenant(&b).unwrap())
            .unwrap();
        assert_eq!(kept, 1, "after {chained}");
    }
}

#[test]
fn a_test_transaction_that_diesel_lost_track_of_is_not_ended_for_its_owner() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    pg.begin_test_transaction().unwrap();
    {
        let mut session = Session::new(&mut pg);
        let mut conn = session.tenant(&a).unwrap();
        conn.batch_execute("INSERT INTO documents (title) VALUES ('a 2')")
            .unwrap();
        AnsiTransactionManager::transaction_manager_status_mut(&mut conn).set_in_error();
    }
    assert_eq!(value(&mut pg, "SELECT count(*) FROM a.documents"), "2");
}
