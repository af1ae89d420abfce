//! Names that are in the template and in a schema that all share.

use multischema::{Ids, Registry, Shadowed, SharedSchemata, TenantPool};
use multischema_tests::World;

use super::{asked, noted};

/// `table t (public)`.
fn words(found: &[Shadowed]) -> Vec<String> {
    let words = |it: &Shadowed| {
        let other = if it.is_overload { ", overloaded" } else { "" };
        format!("{} {} ({}{other})", it.kind, it.name, it.schema)
    };
    found.iter().map(words).collect()
}

fn world(template: &str) -> (World, Registry) {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, template);
    (world, registry)
}

#[test]
fn a_name_is_told_only_if_it_is_one_of_both() {
    let (world, registry) = world(
        r#"CREATE TABLE t (id bigserial PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS one; CREATE TYPE mood AS ENUM ('good');
        CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE INDEX same ON t (id)"#,
    );
    for schema in ["public", "__template__"] {
        world.run(&format!(
            "CREATE TABLE {schema}.__diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp)"
        ));
    }
    // Neither another's, nor a name in another case, nor a column, nor the name of an index.
    world.run(
        r#"CREATE TABLE "T" (v integer, f integer, mood integer); CREATE INDEX same ON "T" (v);
        CREATE SCHEMA other; CREATE TABLE other.t (); CREATE TYPE other.mood AS ENUM ('good')"#,
    );
    assert_eq!(registry.shadowed().unwrap(), []);
}

#[test]
fn relations_types_and_functions_that_are_there_twice_are_told() {
    let (world, registry) = world(
        r#"CREATE TABLE "O'dd ""t" (id bigint); CREATE VIEW titles AS SELECT 1 AS one; CREATE SEQUENCE numbers;
        CREATE MATERIALIZED VIEW sums AS SELECT 1 AS one; CREATE TABLE parts (id bigint) PARTITION BY LIST (id);
        CREATE TYPE mood AS ENUM ('good'); CREATE DOMAIN positive AS integer; CREATE TYPE pair AS (a integer, b integer);
        CREATE TYPE span AS RANGE (subtype = bigint, multirange_type_name = spans); CREATE TABLE row_type (id bigint);
        CREATE FUNCTION same(n integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION more(n integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION more(n text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
        CREATE PROCEDURE other(n integer) LANGUAGE sql AS 'SELECT 1';
        CREATE INDEX hidden ON "O'dd ""t" (id)"#,
    );
    world.run(
        r#"CREATE VIEW "O'dd ""t" AS SELECT 1 AS one; CREATE TABLE titles (); CREATE SEQUENCE numbers;
        CREATE TABLE sums (); CREATE VIEW parts AS SELECT 1 AS one;
        CREATE TYPE mood AS ENUM ('bad'); CREATE TYPE positive AS (a integer); CREATE DOMAIN pair AS text;
        CREATE TYPE span AS ENUM ('wide'); CREATE DOMAIN row_type AS text;
        CREATE FUNCTION same(m integer) RETURNS text LANGUAGE sql AS 'SELECT ''''';
        CREATE FUNCTION more(n text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION more(n date) RETURNS integer LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION other(n text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
        CREATE TABLE hidden ()"#,
    );
    assert_eq!(
        words(&registry.shadowed().unwrap()),
        [
            "table O'dd \"t (public)",
            "index hidden (public)",
            "type mood (public)",
            "function more (public)",
            "sequence numbers (public)",
            "function other (public, overloaded)",
            "type pair (public)",
            "table parts (public)",
            "type positive (public)",
            "type row_type (public)",
            "function same (public)",
            "type span (public)",
            "materialized view sums (public)",
            "view titles (public)",
        ]
    );
}

#[test]
fn all_shared_schemata_are_asked_in_the_order_of_the_path() {
    let (world, _) = world("CREATE TABLE t (); CREATE TABLE u ()");
    world.run("CREATE SCHEMA extra; CREATE TABLE extra.t (); CREATE TABLE public.u (); CREATE TABLE public.t ()");
    let registry = |shared: &[&str]| {
        let shared = SharedSchemata::new(shared.iter().copied()).unwrap();
        let pool = TenantPool::builder(world.url()).shared(shared);
        Registry::new(pool.build().unwrap())
    };
    let found = registry(&["extra", "public"]).shadowed().unwrap();
    assert_eq!(
        words(&found),
        ["table t (extra)", "table t (public)", "table u (public)"]
    );
    let found = registry(&["extra"]).shadowed().unwrap();
    assert_eq!(words(&found), ["table t (extra)"]);
}

#[test]
fn one_statement_finds_out_without_waiting() {
    let (world, _) = world("CREATE TABLE t ()");
    world.run("CREATE TABLE public.t ()");
    let mut migrator = world.pg();
    diesel::connection::SimpleConnection::batch_execute(
        &mut migrator,
        "BEGIN; LOCK TABLE __template__.t, public.t",
    )
    .unwrap();
    let (registry, noting) = noted(&world);
    assert_eq!(words(&registry.shadowed().unwrap()), ["table t (public)"]);
    assert_eq!(asked(&noting).len(), 1);
}
