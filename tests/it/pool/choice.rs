//! Which connection is lent, and what that costs.

use diesel::connection::{Connection, SimpleConnection};
use multischema::{RunQueryDsl, Verify};
use multischema_tests::tables::plans;
use multischema_tests::titles;

use diesel::prelude::*;

use super::{SHORT, build, noted, pid, pool, wait, world};

#[test]
fn each_schema_gets_a_connection_of_its_own_while_there_are_new_ones() {
    let (world, [a, b, c]) = world(["a", "b", "c"]);
    let pool = pool(&world, 3);
    let places = [&a, &b, &c].map(|schema| pid_of(&pool, schema));
    for (schema, place) in [&c, &a, &b, &a].into_iter().zip([2, 0, 1, 0]) {
        assert_eq!(pid_of(&pool, schema), places[place], "it is there");
    }
    assert_eq!(pool.stats().connects, 3);
    assert_eq!((pool.stats().switches, pool.stats().hits), (3, 4));
}

#[test]
fn what_nobody_asked_for_in_a_while_is_moved_first_by_one_that_knows_the_schema() {
    let (world, [a, b, c, d]) = world(["a", "b", "c", "d"]);
    let pool = build(&world, 3, |pool| pool.proof_ttl(SHORT));
    let [of_a, of_b, of_c] = [&a, &b, &c].map(|schema| pid_of(&pool, schema));
    wait();
    assert_eq!(pid_of(&pool, &c), of_c, "it is there, and proven anew");
    assert_eq!(pid_of(&pool, &d), of_a, "unused for longest");
    wait();
    assert_eq!(pid_of(&pool, &b), of_b, "it is there");
    assert_eq!(pid_of(&pool, &a), of_a, "it has been there");
    assert_eq!(pool.stats().connects, 3);
}

#[test]
fn where_more_schemata_are_in_use_than_connections_the_one_moved_last_is_moved_again() {
    let (world, [a, b, c, d, e]) = world(["a", "b", "c", "d", "e"]);
    let pool = pool(&world, 3);
    let [of_a, of_b, of_c] = [&a, &b, &c].map(|schema| pid_of(&pool, schema));
    for _ in 0..3 {
        assert_eq!(pid_of(&pool, &d), of_c);
        assert_eq!(pid_of(&pool, &e), of_c);
        // Both keep their places, whoever was used last.
        assert_eq!(pid_of(&pool, &b), of_b);
        assert_eq!(pid_of(&pool, &a), of_a);
        assert_eq!(pid_of(&pool, &c), of_c);
    }
}

#[test]
fn the_one_moved_last_is_left_when_it_knows_as_many_schemata_as_it_may() {
    let (world, [a, b, c, d]) = world(["a", "b", "c", "d"]);
    let pool = build(&world, 2, |pool| pool.max_schemas_per_connection(2));
    let [of_a, of_b] = [&a, &b].map(|schema| pid_of(&pool, schema));
    assert_eq!(pid_of(&pool, &c), of_b);
    assert_eq!(pid_of(&pool, &d), of_a, "the other has room");
    // From now on each goes round over the two that it knows.
    for _ in 0..2 {
        for (schema, known) in [(&a, of_a), (&b, of_b), (&c, of_b), (&d, of_a)] {
            assert_eq!(pid_of(&pool, schema), known, "{schema}");
        }
    }
}

fn pid_of(pool: &multischema::TenantPool, schema: &multischema::SchemaName) -> i32 {
    pid(&mut pool.tenant(schema).unwrap())
}

#[test]
fn of_two_that_are_there_the_one_that_came_back_last() {
    let (world, [a]) = world(["a"]);
    let pool = pool(&world, 2);
    let (mut one, mut two) = (pool.tenant(&a).unwrap(), pool.tenant(&a).unwrap());
    let last = pid(&mut one);
    pid(&mut two);
    drop(two);
    drop(one);
    assert_eq!(pid_of(&pool, &a), last);
}

#[test]
fn a_hit_sends_nothing_and_each_query_is_one_statement() {
    let (world, [a, b]) = world(["a", "b"]);
    let (pool, statements) = noted(&world, 2, |pool| pool);
    for schema in [&a, &b] {
        titles(&mut pool.tenant(schema).unwrap()).unwrap();
    }
    let _ = statements.take();
    for schema in [&a, &b, &b, &a] {
        let mut conn = pool.tenant(schema).unwrap();
        assert_eq!(statements.take(), [""; 0], "to be lent");
        for _ in 0..3 {
            titles(&mut conn).unwrap();
        }
        assert_eq!(statements.take().len(), 3);
        conn.transaction(titles).unwrap();
        assert_eq!(statements.take().len(), 3, "BEGIN, the query, COMMIT");
        drop(conn);
        assert_eq!(statements.take(), [""; 0], "to come back");
    }
    assert_eq!(pool.stats().hits, 4);
}

#[test]
fn a_proof_and_a_switch_are_one_statement() {
    let (world, [a, b]) = world(["a", "b"]);
    let (pool, statements) = noted(&world, 1, |pool| pool.proof_ttl(SHORT));
    drop(pool.tenant(&a).unwrap());
    let _ = statements.take();
    wait();
    drop(pool.tenant(&a).unwrap());
    assert_eq!(statements.take().len(), 1);
    drop(pool.tenant(&b).unwrap());
    assert_eq!(statements.take().len(), 1);
    let stats = pool.stats();
    assert_eq!((stats.hits, stats.proofs, stats.switches), (0, 1, 2));
}

#[test]
fn a_hit_does_not_make_a_proof_younger() {
    let (world, [a]) = world(["a"]);
    let pool = build(&world, 1, |pool| pool.proof_ttl(SHORT * 2));
    drop(pool.tenant(&a).unwrap());
    wait();
    drop(pool.tenant(&a).unwrap());
    wait();
    drop(pool.tenant(&a).unwrap());
    let stats = pool.stats();
    assert_eq!(stats.proofs, 1, "{stats:?}");
}

#[test]
fn the_shared_part_is_a_place_like_another_and_sees_no_tenants_table() {
    let (world, [a]) = world(["a"]);
    let (pool, statements) = noted(&world, 1, |pool| pool);
    titles(&mut pool.tenant(&a).unwrap()).unwrap();
    let names = plans::table.select(plans::name).order(plans::id);
    let read: Vec<String> = names.load(&mut pool.global().unwrap()).unwrap();
    assert_eq!(read, ["free", "paid"]);
    let _ = statements.take();
    let mut conn = pool.global().unwrap();
    assert_eq!(statements.take(), [""; 0]);
    // Prepared in `a`, under the same words.
    let table = multischema_tests::tables::documents::table;
    let read = diesel::RunQueryDsl::load::<i32>(
        table.select(multischema_tests::tables::documents::id),
        conn.as_pg().unwrap(),
    );
    let error = read.unwrap_err().to_string();
    assert!(error.contains("\"documents\" does not exist"), "{error}");
    drop(conn);
    assert_eq!(titles(&mut pool.tenant(&a).unwrap()).unwrap(), ["a 1"]);
}

#[test]
fn with_verify_every_each_statement_asks_where_it_is() {
    let (world, [a]) = world(["a"]);
    let (pool, statements) = noted(&world, 1, |pool| pool.verify(Verify::Every));
    drop(pool.tenant(&a).unwrap());
    let _ = statements.take();
    titles(&mut pool.tenant(&a).unwrap()).unwrap();
    assert_eq!(statements.take().len(), 2);
}

#[test]
fn nothing_is_sent_when_the_dsl_alone_comes_back() {
    let (world, [a]) = world(["a"]);
    let (pool, statements) = noted(&world, 1, |pool| pool);
    {
        let mut conn = pool.tenant(&a).unwrap();
        conn.transaction(titles).unwrap();
        let _ = statements.take();
    }
    let sent = statements.take();
    assert!(sent.is_empty(), "{sent:?}");
}

#[test]
fn one_message_is_sent_when_raw_sql_comes_back() {
    let (world, [a]) = world(["a"]);
    let (pool, statements) = noted(&world, 1, |pool| pool);
    {
        let mut conn = pool.tenant(&a).unwrap();
        conn.batch_execute("SELECT 1").unwrap();
        let _ = statements.take();
    }
    let sent = statements.take();
    assert_eq!(sent.len(), 1, "{sent:?}");
}
