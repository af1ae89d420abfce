//! What is leaked, or arrives late, or is taken away behind Diesel's back.

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;
use multischema::{SchemaName, Session};
use multischema_tests::tables::documents;
use multischema_tests::{World, locks, moved, titles, value};

/// Leaks the scope of `schema` with raw SQL in it.
fn leak(session: &mut Session<&mut PgConnection>, schema: &SchemaName) {
    let mut conn = session.tenant(schema).unwrap();
    conn.batch_execute(
        "SELECT pg_advisory_lock(7); CREATE TEMP TABLE left_over (); SET ROLE pg_monitor",
    )
    .unwrap();
    std::mem::forget(conn);
}

#[test]
fn a_leaked_scope_is_cleaned_when_its_session_ends() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    leak(&mut Session::new(&mut pg), &a);
    assert!(!pg.is_broken());
    assert_eq!(value(&mut pg, "current_user = session_user"), "true");
    assert_eq!(value(&mut pg, "current_setting('search_path')"), "\"\"");
    assert_eq!(
        value(&mut pg, "to_regclass('pg_temp.left_over') IS NULL"),
        "true"
    );
    assert_eq!(locks(&mut pg), "0");
}

#[test]
fn a_leaked_scope_is_cleaned_when_the_next_is_entered() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut pg = world.pg();
    let mut session = Session::new(&mut pg);
    for schema in [&b, &a, &b] {
        leak(&mut session, &a);
        let mut conn = session.tenant(schema).unwrap();
        assert_eq!(titles(&mut conn).unwrap(), [format!("{schema} 1")]);
        assert_eq!(locks(&mut conn), "0");
    }
    leak(&mut session, &a);
    session.global().unwrap().verify().unwrap();
}

#[test]
fn a_leaked_scope_is_cleaned_when_the_next_is_entered_for_good() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut pg = world.pg();
    let mut session = Session::new(&mut pg);
    leak(&mut session, &a);
    let mut conn = session.into_tenant(&b).unwrap();
    assert_eq!(titles(&mut conn).unwrap(), ["b 1"]);
    assert_eq!(locks(&mut conn), "0");
}

#[test]
fn a_leaked_scopes_transaction_is_rolled_back_when_its_session_ends() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    {
        let mut session = Session::new(&mut pg);
        let mut conn = session.tenant(&a).unwrap();
        AnsiTransactionManager::begin_transaction(&mut conn).unwrap();
        diesel::delete(documents::table.filter(documents::id.eq(7)))
            .execute(&mut conn)
            .unwrap();
        std::mem::forget(conn);
    }
    let depth = AnsiTransactionManager::transaction_manager_status_mut(&mut pg).transaction_depth();
    assert_eq!(depth, Ok(None));
    assert_eq!(value(&mut pg, "current_setting('search_path')"), "\"\"");
    documents::table
        .select(documents::title)
        .load::<String>(&mut pg)
        .unwrap_err();
}

#[test]
fn a_notification_that_arrived_in_one_schema_is_not_read_in_the_next() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    let mut payloads = Vec::new();
    let mut read = |pg: &mut PgConnection| {
        let arrived = pg.notifications_iter().map(|it| it.unwrap().payload);
        payloads.push(arrived.collect::<Vec<_>>());
    };
    for reads in [true, false] {
        let mut conn = session.tenant(&a).unwrap();
        conn.batch_execute("LISTEN news").unwrap();
        world.run("NOTIFY news, 'of a'");
        assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
        if reads {
            read(conn.as_pg().unwrap());
        }
    }
    read(session.tenant(&b).unwrap().as_pg().unwrap());
    assert_eq!(payloads, [vec!["of a".to_owned()], Vec::new()]);
}

#[test]
fn a_notification_does_not_reach_the_connections_owner() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    {
        let mut session = Session::new(&mut pg);
        let mut conn = session.tenant(&a).unwrap();
        conn.batch_execute("LISTEN news").unwrap();
        world.run("NOTIFY news, 'of a'");
        titles(&mut conn).unwrap();
    }
    assert_eq!(pg.notifications_iter().count(), 0);
}

#[test]
fn statements_that_were_deallocated_on_the_connection_inside_are_prepared_anew() {
    let (world, [a]) = World::with(["a"]);
    let mut session = world.session();
    let mut conn = session.tenant(&a).unwrap();
    for text in ["DEALLOCATE ALL", "DISCARD PLANS; DEALLOCATE ALL"] {
        conn.verify().unwrap();
        assert_eq!(titles(&mut conn).unwrap(), ["a 1"]);
        conn.as_pg().unwrap().batch_execute(text).unwrap();
        assert_eq!(titles(&mut conn).unwrap(), ["a 1"], "after {text}");
        conn.verify().unwrap();
    }
    conn.as_pg().unwrap().batch_execute("DISCARD ALL").unwrap();
    assert_eq!(moved(titles(&mut conn)), "\"$user\", public");
}

#[test]
fn a_row_by_row_iterator_that_is_leaked_costs_one_failed_entry() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&a).unwrap();
        let query = documents::table.select(documents::title);
        let rows = query.load_iter::<String, diesel::pg::PgRowByRowLoadingMode>(&mut conn);
        std::mem::forget(rows.unwrap());
    }
    let _ = session.tenant(&b).map(|_| ());
    assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
}
