//! Scopes within scopes and transactions (BEHAVIOURS C 38, 39, 47).

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::dsl::exists;
use diesel::pg::PgMetadataLookup;
use diesel::prelude::*;
use diesel::result::Error;
use multischema::{RunQueryDsl, SchemaName, ScopeError, Session, SessionHandle, TenantConnection};
use multischema_tests::tables::{notes, plans};
use multischema_tests::{World, titles, value};

#[test]
fn a_scope_within_a_scope_ends_in_the_outer_one() {
    let (world, [a, b, c]) = World::with(["a", "b", "c"]);
    let mut session = world.session();
    let mut outer = session.tenant(&a).unwrap();
    {
        let mut middle = outer.tenant(&b).unwrap();
        {
            let mut inner = middle.tenant(&c).unwrap();
            assert_eq!(titles(&mut inner).unwrap(), ["c 1"]);
        }
        assert_eq!(titles(&mut middle).unwrap(), ["b 1"]);
    }
    assert_eq!(titles(&mut outer).unwrap(), ["a 1"]);
}

#[test]
fn an_error_or_a_panic_in_an_inner_scope_ends_in_the_outer_one() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    let mut outer = session.tenant(&a).unwrap();

    let failed: QueryResult<()> = outer.tenant(&b).unwrap().transaction(|conn| {
        diesel::delete(notes::table).execute(conn)?;
        Err(Error::RollbackTransaction)
    });
    assert_eq!(failed, Err(Error::RollbackTransaction));
    assert_eq!(titles(&mut outer).unwrap(), ["a 1"]);

    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut inner = outer.tenant(&b).unwrap();
        inner.transaction(|conn| -> QueryResult<()> {
            diesel::delete(notes::table).execute(conn)?;
            panic!("in the middle of a transaction of b");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(titles(&mut outer).unwrap(), ["a 1"]);
    drop(outer);
    let kept: i64 = notes::table
        .count()
        .get_result(&mut session.tenant(&b).unwrap())
        .unwrap();
    assert_eq!(kept, 1, "what the panic left open was rolled back");
}

#[test]
fn a_function_that_enters_scopes_may_call_itself() {
    // One type for every depth.
    fn visit(
        conn: &mut TenantConnection<&mut Session>,
        rest: &[SchemaName],
        seen: &mut Vec<String>,
    ) {
        if let Some((next, rest)) = rest.split_first() {
            visit(&mut conn.tenant(next).unwrap(), rest, seen);
        }
        seen.extend(titles(conn).unwrap());
    }

    let (world, schemata) = World::with(["a", "b", "c", "d"]);
    let mut seen = Vec::new();
    visit(
        &mut world.session().tenant(&schemata[0]).unwrap(),
        &schemata[1..],
        &mut seen,
    );
    assert_eq!(seen, ["d 1", "c 1", "b 1", "a 1"]);
}

#[test]
fn no_scope_is_entered_while_a_transaction_is_open() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    let mut outer = session.tenant(&a).unwrap();

    outer
        .transaction(|conn| {
            let error = conn.tenant(&b).unwrap_err();
            assert!(
                matches!(&error, ScopeError::InTransaction { schema: Some(schema) } if *schema == b)
            );
            conn.transaction(|conn| {
                assert!(matches!(
                    conn.tenant(&b),
                    Err(ScopeError::InTransaction { .. })
                ));
                QueryResult::Ok(())
            })
        })
        .unwrap();
    outer.batch_execute("BEGIN").unwrap();
    assert!(
        matches!(outer.tenant(&b), Err(ScopeError::InTransaction { .. })),
        "begun by hand"
    );
    outer.batch_execute("ROLLBACK").unwrap();
    assert_eq!(titles(&mut outer.tenant(&b).unwrap()).unwrap(), ["b 1"]);
}

#[test]
fn a_transaction_of_the_connections_owner_is_not_entered_either() {
    let (world, [a]) = World::with(["a"]);
    let mut pg = world.pg();
    pg.transaction(|pg| {
        let error = Session::new(&mut *pg).tenant(&a).unwrap_err();
        assert!(matches!(error, ScopeError::InTransaction { .. }));
        QueryResult::Ok(())
    })
    .unwrap();
}

#[test]
fn a_cursor_keeps_its_tenant_and_is_not_there_for_the_next() {
    #[derive(Debug, QueryableByName)]
    #[diesel(table_name = multischema_tests::tables::documents)]
    struct Title {
        title: String,
    }

    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    {
        let mut conn = session.tenant(&a).unwrap();
        conn.batch_execute("DECLARE held CURSOR WITH HOLD FOR SELECT title FROM documents")
            .unwrap();
        assert!(
            matches!(conn.tenant(&b), Err(ScopeError::Unclean { .. })),
            "a switch while it is open"
        );
        let fetch = diesel::sql_query("FETCH 1 FROM held");
        let fetched: Title = diesel::RunQueryDsl::get_result(fetch, &mut conn).unwrap();
        assert_eq!(fetched.title, "a 1");
    }
    let mut conn = session.tenant(&b).unwrap();
    let fetched = diesel::RunQueryDsl::execute(diesel::sql_query("FETCH 1 FROM held"), &mut conn);
    assert!(
        fetched
            .unwrap_err()
            .to_string()
            .contains("cursor \"held\" does not exist")
    );
}

#[test]
fn each_scope_looks_types_up_in_its_own_schema() {
    let (world, [a, b]) = World::with(["a", "b"]);
    for schema in ["a", "b"] {
        world.run_in(schema, "CREATE TYPE status AS ENUM ('open')");
    }
    fn oid<H: SessionHandle>(conn: &mut TenantConnection<H>) -> u32 {
        conn.lookup_type("status", None).oid().unwrap()
    }
    let mut session = world.session();
    let mut outer = session.tenant(&a).unwrap();
    let in_a = oid(&mut outer);
    let in_b = oid(&mut outer.tenant(&b).unwrap());
    assert_ne!(in_a, in_b);
    assert_eq!(oid(&mut outer), in_a, "known from before");
    assert_eq!(oid(&mut outer.tenant(&b).unwrap()), in_b, "there, too");
}

#[test]
fn from_a_tenant_to_what_all_share_and_back() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    let mut outer = session.tenant(&a).unwrap();
    for _ in 0..2 {
        let mut global = outer.global().unwrap();
        assert_eq!(plans::table.count().get_result::<i64>(&mut global), Ok(2));
        let in_reach = plans::table
            .filter(exists(notes::table.select(notes::id)))
            .count();
        let error = in_reach.get_result::<i64>(&mut global).unwrap_err();
        assert!(error.to_string().contains("\"notes\" does not exist"));
        assert_eq!(titles(&mut global.tenant(&b).unwrap()).unwrap(), ["b 1"]);
        in_reach.get_result::<i64>(&mut global).unwrap_err();
        drop(global);
        assert_eq!(titles(&mut outer).unwrap(), ["a 1"]);
    }
}

#[test]
fn no_scope_is_entered_while_a_global_transaction_is_open() {
    let (world, [a]) = World::with(["a"]);
    let mut session = world.session();
    let mut global = session.global().unwrap();
    let refused = global.transaction(|global| {
        let error = global.tenant(&a).map(|_| ()).unwrap_err();
        assert!(matches!(error, ScopeError::InTransaction { .. }));
        plans::table.count().get_result::<i64>(global)
    });
    assert_eq!(refused, Ok(2));
    let mut conn = global.tenant(&a).unwrap();
    let refused = conn.transaction(|conn| {
        assert!(matches!(
            conn.global(),
            Err(ScopeError::InTransaction { schema: None })
        ));
        titles(conn)
    });
    assert_eq!(refused.unwrap(), ["a 1"]);
}

#[test]
fn each_scope_tells_the_path_that_was_set() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut session = world.session();
    let mut outer = session.tenant(&a).unwrap();
    let path = |schema: &str| format!("\"{schema}\", \"public\", pg_temp");
    {
        let mut global = outer.global().unwrap();
        assert_eq!(global.search_path().as_str(), "\"public\", pg_temp");
        assert_eq!(global.search_path().schema(), None);
        let mut inner = global.tenant(&b).unwrap();
        assert_eq!(inner.search_path().as_str(), path("b"));
        assert_eq!(
            value(&mut inner, "current_setting('search_path')"),
            path("b")
        );
    }
    assert_eq!(outer.search_path().as_str(), path("a"));
    assert_eq!(outer.search_path().schema(), Some(&a));
    assert_eq!(
        value(&mut outer, "current_setting('search_path')"),
        path("a")
    );
}

#[test]
fn savepoints_that_are_gone_do_not_keep_one_from_the_next_scope() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let mut pg = world.pg();
    pg.begin_test_transaction().unwrap();
    {
        let mut session = Session::new(&mut pg);
        {
            let mut conn = session.tenant(&a).unwrap();
            AnsiTransactionManager::begin_transaction(&mut conn).unwrap();
            AnsiTransactionManager::begin_transaction(&mut conn).unwrap();
            conn.batch_execute("RELEASE SAVEPOINT diesel_savepoint_2")
                .unwrap();
        }
        assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
        assert_eq!(titles(&mut session.tenant(&a).unwrap()).unwrap(), ["a 1"]);
    }
    AnsiTransactionManager::rollback_transaction(&mut pg).unwrap();
}
