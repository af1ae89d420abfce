//! What `DROP SCHEMA __template__ CASCADE` would take besides the template.

use diesel::connection::SimpleConnection;
use multischema::{Dependent, Ids};
use multischema_tests::World;

use super::{asked, name, noted};

/// One of each that has its parts elsewhere, or none of whose parts is in a schema.
const TEMPLATE: &str = r#"
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE TYPE span AS RANGE (subtype = bigint);
    CREATE DOMAIN positive AS integer CHECK (value > 0);
    CREATE COLLATION plain FROM pg_catalog."C";
    CREATE FUNCTION half(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n / 2';
    CREATE FUNCTION number(m mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
    CREATE CAST (mood AS integer) WITH FUNCTION number(mood);
    CREATE CAST (public.color AS mood) WITH INOUT;
    CREATE OPERATOR ~~~ (leftarg = integer, rightarg = integer, function = int4pl);
    CREATE TEXT SEARCH CONFIGURATION words (COPY = pg_catalog.english);
    CREATE TABLE t (id bigserial PRIMARY KEY, n positive, m mood, body text COLLATE plain, plan integer REFERENCES public.plans,
        parent bigint REFERENCES t, CHECK (half(n) > 0));
    CREATE TABLE p (id integer, PRIMARY KEY (id)) PARTITION BY LIST (id);
    CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
    CREATE VIEW v AS SELECT * FROM t;
    CREATE MATERIALIZED VIEW w AS SELECT * FROM v;
    CREATE TRIGGER stamp BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stamp();
    CREATE POLICY good ON t USING (m = 'good');
    CREATE RULE quiet AS ON DELETE TO t DO ALSO NOTIFY quiet;
    CREATE STATISTICS of_both ON n, m FROM t;
    CREATE PUBLICATION all_of_it FOR TABLE t;
    ALTER DEFAULT PRIVILEGES IN SCHEMA __template__ GRANT SELECT ON TABLES TO PUBLIC;
"#;

fn world() -> World {
    let world = World::new();
    world.run("CREATE TYPE color AS ENUM ('good', 'bad')");
    world
}

/// `a view in x`, or wherever it is.
fn objects(found: &[Dependent]) -> Vec<&str> {
    found.iter().map(|it| &*it.object).collect()
}

#[test]
fn the_template_and_its_copies_depend_on_nobody_elses() {
    let world = world();
    let registry = world.registry_with(Ids::Unique, TEMPLATE);
    assert_eq!(registry.dependents_of_template().unwrap(), []);
    // Not all of it can be copied.
    world.run_in(
        "__template__",
        "DROP PUBLICATION all_of_it; DROP TEXT SEARCH CONFIGURATION words; DROP FUNCTION watch()",
    );
    registry.create_many([name("a"), name("b")]).unwrap();
    registry.archive(&name("b")).unwrap();
    assert_eq!(registry.dependents_of_template().unwrap(), []);
}

#[test]
fn whatever_would_go_with_the_template_is_told_from_what_is_its_own() {
    let world = world();
    let registry = world.registry_with(Ids::Unique, TEMPLATE);
    world.run(
        r#"CREATE SCHEMA "O'dd ""x"; SET search_path TO "O'dd ""x";
        CREATE VIEW "V w" AS SELECT id, m FROM __template__.t;
        CREATE MATERIALIZED VIEW m AS SELECT id FROM __template__.v;
        CREATE VIEW of_view AS SELECT id FROM "V w";
        CREATE TABLE c (id bigint DEFAULT nextval('__template__.t_id_seq'), m __template__.mood, t bigint REFERENCES __template__.t,
            n integer CHECK (__template__.half(1) = 0));
        CREATE TABLE p2 PARTITION OF __template__.p FOR VALUES IN (2);
        CREATE TABLE child (own integer) INHERITS (__template__.t);
        CREATE TRIGGER x BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION __template__.stamp();
        CREATE POLICY y ON c USING (EXISTS (SELECT FROM __template__.t));
        CREATE RULE z AS ON DELETE TO c DO ALSO DELETE FROM __template__.t;
        CREATE INDEX i ON c (__template__.half(n));
        CREATE VIEW named AS SELECT '__template__'::regnamespace AS name;
        CREATE TYPE wrapped AS (m __template__.mood);
        CREATE FUNCTION uses(__template__.t) RETURNS integer LANGUAGE sql AS 'SELECT 1';
        CREATE TYPE own AS ENUM ('good', 'bad');
        CREATE CAST (__template__.mood AS own) WITH INOUT;
        CREATE FUNCTION says_it() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM __template__.t';
        CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION __template__.watch();
        ALTER EVENT TRIGGER e DISABLE;"#,
    );
    let found = registry.dependents_of_template().unwrap();
    let odd = r#""O'dd ""x"."#;
    let expected = [
        "cast (__template__.mood AS {})own",
        "composite type column {}wrapped.m",
        "default value for {}c.id",
        "default value for {}child.id",
        "function {}uses(__template__.t)",
        "index {}i",
        "materialized view {}m",
        "policy y on {}c",
        "rule z on {}c",
        "table {}child",
        "table {}p2",
        "table column {}c.m",
        "table column {}child.body",
        "table column {}child.m",
        "table column {}child.n",
        "table constraint c_check on {}c",
        "table constraint c_t_fkey on {}c",
        "table constraint t_n_check on {}child",
        "trigger x on {}c",
        "view {}\"V w\"",
        "view {}named",
        "event trigger e",
    ];
    let expected = expected.map(|it| match it {
        "cast (__template__.mood AS {})own" => format!("cast (__template__.mood AS {odd}own)"),
        it => it.replace("{}", odd),
    });
    assert_eq!(objects(&found), expected);
    let of = |object: &str| found.iter().find(|it| it.object.contains(object)).unwrap();
    assert_eq!(of("V w").schema.as_deref(), Some("O'dd \"x"));
    assert_eq!(of("V w").registered, None);
    assert_eq!(
        of("V w").on,
        ["table __template__.t", "type __template__.mood"]
    );
    assert_eq!(of("event").schema, None);
    assert_eq!(of("named").on, ["schema __template__"]);
}

#[test]
fn what_is_in_a_schema_of_the_registry_is_found_by_the_name_that_it_has_there() {
    let world = world();
    let registry = world.registry_with(Ids::Unique, "CREATE TABLE t (id bigint)");
    registry
        .create_many(["a", "put_away", "other"].map(name))
        .unwrap();
    for schema in ["a", "put_away"] {
        world.run_in(schema, "CREATE VIEW v AS SELECT id FROM __template__.t");
    }
    world.run("CREATE VIEW public.v AS SELECT id FROM __template__.t");
    registry.archive(&name("put_away")).unwrap();
    let found = registry.dependents_of_template().unwrap();
    assert_eq!(
        objects(&found),
        ["view a.v", "view __trash_2.v", "view public.v"]
    );
    let registered: Vec<_> = found.iter().map(|it| it.registered.clone()).collect();
    assert_eq!(registered, [Some(name("a")), Some(name("put_away")), None]);
    // A schema that has taken the name meanwhile is not the one that was put away.
    world.run("CREATE SCHEMA put_away; CREATE VIEW put_away.v AS SELECT id FROM __template__.t");
    let found = registry.dependents_of_template().unwrap();
    assert_eq!(found[3].object, "view put_away.v");
    assert_eq!(found[3].registered, None);
}

#[test]
fn nobodys_temporary_view_is_told_of_and_one_statement_finds_out_without_waiting() {
    let world = world();
    drop(world.registry_with(Ids::Unique, TEMPLATE));
    let mut other = world.pg();
    other
        .batch_execute("CREATE TEMP VIEW v AS SELECT * FROM __template__.t")
        .unwrap();
    world.run("CREATE SCHEMA x; CREATE VIEW x.v AS SELECT id FROM __template__.t");
    let mut migrator = world.pg();
    migrator
        .batch_execute("BEGIN; LOCK TABLE __template__.t, x.v")
        .unwrap();
    let (registry, noting) = noted(&world);
    let found = registry.dependents_of_template().unwrap();
    assert_eq!(objects(&found), ["view x.v"]);
    assert_eq!(asked(&noting).len(), 1);
}

#[test]
fn a_database_without_a_template_has_nothing_that_depends_on_it() {
    let world = world();
    let registry = world.registry_with(Ids::Unique, "");
    world.run("SET client_min_messages TO error; DROP SCHEMA __template__ CASCADE");
    assert_eq!(registry.dependents_of_template().unwrap(), []);
    assert_eq!(registry.shadowed().unwrap(), []);
    assert!(registry.foreign_ids(|_| true).unwrap().is_ok());
}
