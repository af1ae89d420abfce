//! What a trigger does shows in no text: it is put right by the next proof, and until then it is there.

use diesel::prelude::*;
use multischema::RunQueryDsl;
use multischema_tests::tables::notes;
use multischema_tests::{locks, titles, value};

use super::{LONG, SHORT, TEMPORARY, build, is_clean, pool, wait, world};

#[test]
fn what_it_leaves_is_put_right_by_the_next_proof() {
    let (world, [a, b]) = world(["a", "b"]);
    world.run(
        "CREATE FUNCTION public.move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             PERFORM set_config('search_path', 'b', false), pg_advisory_lock(9);
             CREATE TEMP TABLE documents AS SELECT 1 AS id, 'of another'::text AS title;
             RETURN NEW;
         END $$;
         CREATE TRIGGER move BEFORE INSERT ON a.notes FOR EACH ROW EXECUTE FUNCTION public.move()",
    );
    let note = (notes::document_id.eq(1), notes::body.eq("a new"));
    for (ttl, next) in [(SHORT, &a), (LONG, &b)] {
        let pool = build(&world, 1, |pool| pool.proof_ttl(ttl));
        diesel::insert_into(notes::table)
            .values(note)
            .execute(&mut pool.tenant(&a).unwrap())
            .unwrap();
        wait();
        is_clean(&mut pool.tenant(next).unwrap(), next);
    }
}

#[test]
fn what_it_leaves_does_not_reach_a_transaction_of_the_pools() {
    let (world, [a, b]) = world(["a", "b"]);
    world.run(
        "CREATE FUNCTION public.move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             PERFORM set_config('search_path', 'b', false), pg_advisory_lock(9);
             CREATE TEMP TABLE work AS SELECT 'of a'::text AS title;
             PERFORM set_config('role', 'pg_monitor', false);
             RETURN NULL;
         END $$;
         CREATE TRIGGER move AFTER INSERT ON a.notes FOR EACH ROW EXECUTE FUNCTION public.move();
         GRANT USAGE ON SCHEMA b, multischema TO pg_monitor; GRANT SELECT ON ALL TABLES IN SCHEMA b, multischema TO pg_monitor",
    );
    let note = (notes::document_id.eq(1), notes::body.eq("a new"));
    for by_transaction in [false, true] {
        let pool = pool(&world, 1);
        let insert = diesel::insert_into(notes::table).values(note);
        // Known already, so that nothing else is asked.
        pool.transaction(&b, titles).unwrap();
        if by_transaction {
            pool.transaction(&a, |conn| insert.execute(conn)).unwrap();
        } else {
            insert.execute(&mut pool.tenant(&a).unwrap()).unwrap();
        }
        pool.transaction(&b, |conn| {
            let found = (
                value(conn, "current_user = session_user"),
                locks(conn),
                value(conn, TEMPORARY),
            );
            assert_eq!(
                found,
                ("true".into(), "0".into(), "0".into()),
                "{by_transaction}"
            );
            QueryResult::Ok(())
        })
        .unwrap();
        is_clean(&mut pool.tenant(&b).unwrap(), &b);
    }
}

#[test]
fn the_user_of_a_session_that_it_changed_is_put_right_by_a_transaction_of_the_pools() {
    let (world, [a, b]) = world(["a", "b"]);
    world.run(
        "CREATE FUNCTION public.become() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             SET SESSION AUTHORIZATION pg_monitor; RETURN NULL;
         END $$;
         CREATE TRIGGER become AFTER INSERT ON a.notes EXECUTE FUNCTION public.become()",
    );
    let note = (notes::document_id.eq(1), notes::body.eq("a new"));
    let insert = diesel::insert_into(notes::table).values(note);
    for known in [false, true] {
        let pool = pool(&world, 1);
        if known {
            pool.transaction(&b, titles).unwrap();
        }
        insert.execute(&mut pool.tenant(&a).unwrap()).unwrap();
        assert_eq!(pool.transaction(&b, titles).unwrap(), ["b 1"]);
        is_clean(&mut pool.tenant(&b).unwrap(), &b);
    }
}
