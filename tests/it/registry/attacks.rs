//! What is in somebody's schema or session does not stand in for what is PostgreSQL's or ours.

use diesel::connection::{Connection, SimpleConnection};
use diesel::prelude::*;
use multischema_tests::World;

use super::{name, what_there_is};

#[test]
fn tables_functions_and_operators_of_others_are_not_used() {
    let world = World::new();
    let registry = world.registry();
    world.run(
        "CREATE SCHEMA evil;
         CREATE TABLE evil.schemas (LIKE multischema.schemas);
         CREATE FUNCTION evil.no(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT true';
         CREATE OPERATOR evil.= (FUNCTION = evil.no, LEFTARG = name, RIGHTARG = name);
         CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE sql AS $$SELECT 'evil'$$;
         CREATE FUNCTION evil.txid_current() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
    );
    let mut pg = world.pg();
    pg.transaction(|pg| -> QueryResult<()> {
        pg.batch_execute("SET LOCAL search_path = evil, pg_catalog")?;
        registry.create_in(pg, name("a")).unwrap();
        Ok(())
    })
    .unwrap();
    assert_eq!(what_there_is(&mut world.pg()), "a|a evil");
}

#[test]
fn a_connection_of_the_pool_carries_nothing_over_from_a_schema_that_was_made() {
    let world = World::new();
    let registry = world.registry();
    let work = "PERFORM set_config('work_mem', '7MB', false); PERFORM pg_advisory_lock(7); \
        CREATE TEMP TABLE IF NOT EXISTS left_over (); LISTEN something;";
    for schema in ["a", "b", "c", "d", "e", "f"] {
        world.when_made("index", schema, work);
        registry.create(name(schema)).unwrap();
        world.run("DROP EVENT TRIGGER when_made; DROP FUNCTION public.when_made");
    }
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(multischema_tests::value(&mut world.pg(), held), "0");
}
