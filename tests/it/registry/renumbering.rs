//! What is renumbered when a schema is copied with its rows, and what stays.

use multischema::{CreateError, Ids, Registry, WithData};
use multischema_tests::{World, value};

use super::name;

#[test]
fn rows_whose_partition_depends_on_their_id_find_the_right_one() {
    let world = World::new();
    let registry = world.registry_with(
        Ids::Unique,
        "CREATE TABLE t (id bigint NOT NULL, n integer) PARTITION BY HASH (id)",
    );
    world.run_in(
        "__template__",
        "CREATE SEQUENCE s; ALTER TABLE t ALTER id SET DEFAULT nextval('s'), ADD PRIMARY KEY (id);
         CREATE TABLE t_0 PARTITION OF t FOR VALUES WITH (MODULUS 3, REMAINDER 0);
         CREATE TABLE t_1 PARTITION OF t FOR VALUES WITH (MODULUS 3, REMAINDER 1);
         CREATE TABLE t_2 PARTITION OF t FOR VALUES WITH (MODULUS 3, REMAINDER 2)",
    );
    registry.create(name("a")).unwrap();
    world.run_in(
        "a",
        "INSERT INTO t (n) SELECT i FROM generate_series(1, 50) i",
    );
    for (copy, data) in [("b", WithData::NewIds), ("c", WithData::SameIds)] {
        registry.clone_schema(&name("a"), name(copy), data).unwrap();
        let all = format!("(SELECT count(DISTINCT n) FROM {copy}.t)");
        assert_eq!(value(&mut world.pg(), &all), "50");
    }
}

#[test]
fn a_uuid_that_is_no_key_says_who_and_stays() {
    let world = World::new();
    world.run("CREATE FUNCTION public.current_actor() RETURNS uuid LANGUAGE sql AS $$ SELECT '00000000-0000-0000-0000-00000000000f'::uuid $$");
    let registry = world.registry_with(
        Ids::Unique,
        "CREATE TABLE t (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, author uuid DEFAULT public.current_actor(), token uuid DEFAULT gen_random_uuid());
         CREATE TABLE actors (id uuid DEFAULT public.current_actor() PRIMARY KEY)",
    );
    registry.create(name("a")).unwrap();
    world.run("INSERT INTO a.t (author) SELECT gen_random_uuid() FROM generate_series(1, 3); INSERT INTO a.actors SELECT author FROM a.t");
    registry
        .clone_schema(&name("a"), name("b"), WithData::NewIds)
        .unwrap();
    let pg = &mut world.pg();
    for (same, of) in [("author", "t"), ("token", "t"), ("id", "actors")] {
        let all = |schema: &str| {
            format!("(SELECT string_agg({same}::text, ' ' ORDER BY {same}) FROM {schema}.{of})")
        };
        assert_eq!(value(pg, &all("b")), value(pg, &all("a")), "{same}");
    }
    assert_eq!(
        value(pg, "(SELECT count(*) FROM a.t JOIN b.t USING (id))"),
        "0"
    );
}

#[test]
fn tables_that_inherit_are_renumbered_together() {
    let world = World::new();
    let registry = world.registry_with(
        Ids::PerSchema,
        "CREATE TABLE parent (id bigserial PRIMARY KEY); CREATE TABLE child (n integer) INHERITS (parent)",
    );
    registry.create(name("a")).unwrap();
    world.run("INSERT INTO a.parent VALUES (5), (6); INSERT INTO a.child VALUES (2, 1)");
    registry
        .clone_schema(&name("a"), name("b"), WithData::NewIds)
        .unwrap();
    let ids = "(SELECT string_agg(id::text, ' ' ORDER BY id) FROM b.parent)";
    assert_eq!(value(&mut world.pg(), ids), "1 2 3");
}

#[test]
fn where_triggers_fire_with_the_same_ids_what_they_draw_comes_behind_and_rules_do_not_interfere() {
    let world = World::new();
    let registry = world.registry_with(
        Ids::PerSchema,
        "CREATE TABLE t (id bigserial PRIMARY KEY, s text); CREATE TABLE log (id bigserial PRIMARY KEY, s text);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log (s) VALUES (NEW.s); RETURN NEW; END $$;
         CREATE TRIGGER note AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
         CREATE TABLE closed (n integer); CREATE RULE closed AS ON INSERT TO closed DO INSTEAD NOTHING",
    );
    registry.create(name("a")).unwrap();
    world.run_in("a", "INSERT INTO t (s) VALUES ('x'), ('y'); ALTER TABLE closed DISABLE RULE closed; INSERT INTO closed VALUES (1); ALTER TABLE closed ENABLE RULE closed");
    registry
        .clone_schema(&name("a"), name("b"), WithData::SameIds.firing_triggers())
        .unwrap();
    let pg = &mut world.pg();
    assert_eq!(
        value(
            pg,
            "(SELECT string_agg(id || s, ' ' ORDER BY id) FROM b.log)"
        ),
        "1x 2y 3x 4y"
    );
    assert_eq!(value(pg, "(SELECT count(*) FROM b.closed)"), "1");
}

#[test]
fn no_schema_takes_the_name_of_one_that_all_share() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    let shared = multischema::SharedSchemata::new(["public", "extensions"]).unwrap();
    let pool = multischema::TenantPool::builder(world.url())
        .shared(shared)
        .build()
        .unwrap();
    let registry = Registry::new(pool);
    let error = registry.create(name("extensions")).unwrap_err();
    assert!(matches!(error, CreateError::Shared { .. }), "{error:?}");
    let error = registry
        .clone_schema(&name("a"), name("extensions"), WithData::No)
        .unwrap_err();
    assert!(matches!(error, CreateError::Shared { .. }), "{error:?}");
    registry
        .rename(&name("a"), &name("extensions"))
        .unwrap_err();
}
