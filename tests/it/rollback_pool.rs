//! The pool for tests: nothing is committed, and schemata can be switched all the same.

use diesel::prelude::*;
use multischema::{RunQueryDsl, SchemaName, Session, testing};
use multischema_tests::tables::{documents, notes};
use multischema_tests::{World, titles};

#[test]
fn borrowers_see_each_others_work_in_every_schema_and_nobody_else_ever_does() {
    let (world, [a, b]) = World::with(["a", "b"]);
    {
        let pool = testing::rollback_pool(world.url()).unwrap();
        for round in 2..4 {
            for schema in [&a, &b] {
                let mut session = Session::new(pool.get().unwrap());
                let mut conn = session.tenant(schema).unwrap();
                let title = format!("{schema} {round}");
                diesel::insert_into(documents::table)
                    .values(documents::title.eq(title))
                    .execute(&mut conn)
                    .unwrap();
            }
        }
        let mut session = Session::new(pool.get().unwrap());
        assert_eq!(
            titles(&mut session.tenant(&a).unwrap()).unwrap(),
            ["a 1", "a 2", "a 3"]
        );
        assert_eq!(
            titles(&mut session.tenant(&b).unwrap()).unwrap(),
            ["b 1", "b 2", "b 3"]
        );
        let before_the_end = titles(&mut world.session().tenant(&a).unwrap()).unwrap();
        assert_eq!(before_the_end, ["a 1"]);
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
fn an_error_in_a_savepoint_leaves_the_pool_usable() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let pool = testing::rollback_pool(world.url()).unwrap();
    {
        let mut session = Session::new(pool.get().unwrap());
        let mut conn = session.tenant(&a).unwrap();
        let failed = conn.transaction(|conn| {
            diesel::delete(notes::table).execute(conn)?;
            diesel::insert_into(documents::table)
                .values(documents::title.eq("a 1"))
                .execute(conn)
        });
        failed.unwrap_err();
        assert_eq!(notes::table.count().get_result::<i64>(&mut conn), Ok(1));
    }
    let mut session = Session::new(pool.get().unwrap());
    assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
}

#[test]
fn between_two_scopes_no_tenant_is_in_reach() {
    let (world, [a]) = World::with(["a"]);
    let pool = testing::rollback_pool(world.url()).unwrap();
    titles(&mut Session::new(pool.get().unwrap()).tenant(&a).unwrap()).unwrap();
    let read = diesel::RunQueryDsl::load::<i32>(
        documents::table.select(documents::id),
        &mut pool.get().unwrap(),
    );
    assert!(
        read.unwrap_err()
            .to_string()
            .contains("relation \"documents\" does not exist")
    );
}

#[test]
fn a_schema_made_in_it_can_be_entered_and_is_gone_after() {
    use diesel::connection::SimpleConnection;
    let world = World::new();
    let name: SchemaName = "fresh".parse().unwrap();
    {
        let pool = testing::rollback_pool(world.url()).unwrap();
        let mut pg = pool.get().unwrap();
        pg.batch_execute(
            "CREATE SCHEMA fresh; CREATE TABLE fresh.documents (id integer, title text)",
        )
        .unwrap();
        drop(pg);
        assert!(
            titles(&mut Session::new(pool.get().unwrap()).tenant(&name).unwrap())
                .unwrap()
                .is_empty()
        );
    }
    assert!(world.session().tenant(&name).is_err());
}

#[test]
fn an_error_outside_of_a_savepoint_ends_the_work_and_the_next_borrower_begins_anew() {
    let (world, [a, b]) = World::with(["a", "b"]);
    let pool = testing::rollback_pool(world.url()).unwrap();
    {
        let mut session = Session::new(pool.get().unwrap());
        let mut conn = session.tenant(&a).unwrap();
        diesel::delete(notes::table).execute(&mut conn).unwrap();
        let twice = diesel::insert_into(documents::table).values(documents::title.eq("a 1"));
        twice.execute(&mut conn).unwrap_err();
    }
    let mut session = Session::new(pool.get().unwrap());
    assert_eq!(titles(&mut session.tenant(&b).unwrap()).unwrap(), ["b 1"]);
    assert_eq!(
        notes::table
            .count()
            .get_result::<i64>(&mut session.tenant(&a).unwrap()),
        Ok(1)
    );
}
