//! A plan is kept as long as the template is what it was, and used in few statements.

use std::thread;
use std::time::Duration;

use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;
use multischema::testing::Server;
use multischema::{CreateError, Ids, SchemaName, Template, TemplateError, TemplateIssue};
use multischema_tests::{World, value};

fn name(name: &str) -> SchemaName {
    name.parse().unwrap()
}

const TABLES: &str = "
    CREATE TYPE mood AS ENUM ('ok');
    CREATE DOMAIN price AS integer;
    CREATE FUNCTION f() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE TABLE t (id bigserial PRIMARY KEY, n integer DEFAULT f() CHECK (n > 0), m mood);
    CREATE TABLE u (id bigserial PRIMARY KEY, t bigint REFERENCES t, plan integer REFERENCES public.plans);
    CREATE INDEX t_n ON t (n);
    CREATE VIEW v AS SELECT n FROM t;
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TRIGGER note BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
    CREATE POLICY p ON t USING (true);
    COMMENT ON TABLE t IS 'one';";

/// All that somebody could do by hand.
const CHANGES: [&str; 42] = [
    "CREATE TABLE more (n integer)",
    "DROP TABLE more",
    "ALTER TABLE t ADD c integer",
    "ALTER TABLE t RENAME c TO d",
    "ALTER TABLE t ALTER d SET DEFAULT 5",
    "ALTER TABLE t ALTER d SET DEFAULT 6",
    "ALTER TABLE t ALTER d DROP DEFAULT",
    "ALTER TABLE t ALTER d SET NOT NULL",
    "ALTER TABLE t ALTER d TYPE bigint",
    "ALTER TABLE t DROP d",
    "ALTER TABLE t ADD CONSTRAINT small CHECK (n < 10)",
    "ALTER TABLE t DROP CONSTRAINT small",
    "CREATE UNIQUE INDEX more ON u (t, id)",
    "ALTER INDEX more RENAME TO more_of_it",
    "DROP INDEX more_of_it",
    "CREATE OR REPLACE FUNCTION f() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2'",
    "ALTER FUNCTION f() STABLE",
    "CREATE FUNCTION g() RETURNS integer LANGUAGE sql AS 'SELECT 3'",
    "ALTER TYPE mood ADD VALUE 'bad'",
    "CREATE OR REPLACE VIEW v AS SELECT n + 0 AS n FROM t",
    "CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.n := 7; RETURN NEW; END $$",
    "ALTER TABLE t DISABLE TRIGGER note",
    "DROP TRIGGER note ON t",
    "ALTER POLICY p ON t USING (n > 1)",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "COMMENT ON TABLE t IS 'two'",
    "COMMENT ON COLUMN t.n IS 'a number'",
    "GRANT SELECT ON t TO PUBLIC",
    "GRANT USAGE ON SCHEMA __template__ TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA __template__ GRANT SELECT ON TABLES TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA __template__ GRANT INSERT ON TABLES TO PUBLIC",
    "ALTER DEFAULT PRIVILEGES GRANT UPDATE ON TABLES TO PUBLIC",
    "ALTER FOREIGN TABLE far OPTIONS (SET table_name 'other')",
    "ALTER SEQUENCE t_id_seq INCREMENT 2",
    "ALTER SEQUENCE t_id_seq OWNED BY NONE",
    "ALTER SEQUENCE t_id_seq OWNED BY t.id",
    "ALTER DOMAIN price ADD CONSTRAINT positive CHECK (VALUE > 0)",
    "ALTER DOMAIN price RENAME CONSTRAINT positive TO above_zero",
    "ALTER DOMAIN price DROP CONSTRAINT above_zero",
    "ALTER TABLE u DROP CONSTRAINT u_plan_fkey",
    "ALTER TABLE t SET (fillfactor = 50)",
    "CREATE STATISTICS s ON id, n FROM t",
];

#[test]
fn what_is_done_to_the_template_by_hand_is_in_the_next_schema() {
    let world = World::new();
    world.run(
        "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing",
    );
    let far = "CREATE FOREIGN TABLE far (n integer) SERVER nowhere OPTIONS (table_name 'one')";
    let registry = world.registry_with(Ids::Unique, &format!("{TABLES}{far}"));
    registry.create(name("first")).unwrap();
    let mut pg = world.pg();
    pg.batch_execute("SET search_path TO __template__, public")
        .unwrap();
    for (i, change) in CHANGES.iter().enumerate() {
        pg.batch_execute(change)
            .unwrap_or_else(|error| panic!("{change}: {error}"));
        let made = registry.create(name(&format!("s{i}"))).unwrap();
        let differences = Template::new().verify(&mut world.pg(), &made.name).unwrap();
        assert!(differences.is_empty(), "{change}: {differences:#?}");
    }
    // The schema from before is told apart from what the template is now.
    let differences = Template::new().verify(&mut pg, &name("first")).unwrap();
    assert!(differences.len() > 10, "{differences:#?}");
}

#[test]
fn a_rename_of_what_is_elsewhere_is_noticed_as_well() {
    let world = World::new();
    world.run("CREATE FUNCTION public.next_no() RETURNS integer LANGUAGE sql AS 'SELECT 1'");
    let numbered = "CREATE TABLE numbered (n integer DEFAULT public.next_no(), m text)";
    let registry = world.registry_with(Ids::Unique, &format!("{TABLES}{numbered}"));
    registry.create(name("a")).unwrap();
    // What the kept plan names is another table now.
    world.run("ALTER TABLE public.plans RENAME TO tariffs; CREATE TABLE public.plans (id integer PRIMARY KEY)");
    registry.create(name("b")).unwrap();
    world.run("CREATE SCHEMA shared; ALTER TABLE public.tariffs SET SCHEMA shared; CREATE TABLE public.tariffs (id integer PRIMARY KEY)");
    registry.create(name("c")).unwrap();
    let referenced = "(SELECT string_agg(confrelid::regclass::text, ' ') FROM pg_constraint WHERE conname = 'u_plan_fkey')";
    assert_eq!(
        value(&mut world.pg(), referenced),
        ["shared.tariffs"; 4].join(" ")
    );
    // The same of a function, of which PostgreSQL keeps no more in a default than which it is.
    world.run(
        "ALTER FUNCTION public.next_no RENAME TO first_no;
         CREATE FUNCTION public.next_no() RETURNS integer LANGUAGE sql AS 'SELECT 2'",
    );
    registry.create(name("d")).unwrap();
    world.run("INSERT INTO d.numbered (m) VALUES ('x')");
    assert_eq!(value(&mut world.pg(), "(SELECT n FROM d.numbered)"), "1");
}

#[test]
fn one_schema_takes_at_most_twelve_statements_however_many_tables() {
    let world = World::new();
    let _ = world.registry_with(Ids::Unique, TABLES);
    let few = world.sent_for_a_schema(["first", "second"]);
    assert!(few.len() <= 12, "{few:#?}");
    let mut many = String::new();
    for i in 0..40 {
        many += &format!(
            "CREATE TABLE t{i} (id bigserial PRIMARY KEY, plan integer REFERENCES public.plans);"
        );
    }
    world.run_in("__template__", &many);
    let many = world.sent_for_a_schema(["third", "fourth"]);
    assert_eq!(many.len(), few.len());
}

#[test]
fn a_template_that_is_changed_and_not_committed_is_waited_for() {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, TABLES);
    registry.create(name("a")).unwrap();
    let mut other = world.pg();
    other.batch_execute("BEGIN; ALTER TABLE __template__.t ADD later text; ALTER TABLE __template__.u ADD later text").unwrap();
    thread::scope(|scope| {
        let made = scope.spawn(|| registry.create(name("b")));
        thread::sleep(Duration::from_millis(1_200));
        assert!(!made.is_finished(), "{:?}", made.join());
        other.batch_execute("COMMIT").unwrap();
        made.join().unwrap().unwrap();
    });
    assert_eq!(
        value(
            &mut world.pg(),
            "(SELECT count(*) FROM information_schema.columns WHERE table_schema = 'b' AND column_name = 'later')"
        ),
        "2"
    );
}

/// 29
#[test]
fn what_cannot_be_copied_is_told_before_anything_is_made() {
    let world = World::new();
    let registry = world.registry_with(Ids::Unique, "
        CREATE TABLE t (id bigserial PRIMARY KEY, o oid, c regclass);
        CREATE FUNCTION named() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM __template__.t';
        CREATE FUNCTION by_string(n text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'TRUNCATE ' || '__template__' || '.' || n; END $$;
        CREATE FUNCTION fine() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t -- not __template__.t';
        CREATE TABLE narrow (id integer GENERATED ALWAYS AS IDENTITY);
        INSERT INTO t (o, c) VALUES (lo_create(0), NULL);
        CREATE TYPE base;
        CREATE TABLE by_name (n bigint DEFAULT nextval('__template__.t_id_seq'::text), ts tsvector, title text, named text DEFAULT 'see __template__.t');
        CREATE TRIGGER words BEFORE INSERT ON by_name FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(ts, '__template__.words', title);
        CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);");
    let issues = Template::new().issues(&mut world.pg()).unwrap();
    let of = |found: fn(&TemplateIssue) -> bool| issues.iter().filter(|it| found(it)).count();
    assert_eq!(
        of(|it| matches!(it, TemplateIssue::FunctionNamesSchema { .. })),
        2,
        "{issues:#?}"
    );
    assert_eq!(
        of(|it| matches!(it, TemplateIssue::NarrowIdentity { .. })),
        1,
        "{issues:#?}"
    );
    assert_eq!(
        of(|it| matches!(it, TemplateIssue::LargeObjects { .. })),
        1,
        "{issues:#?}"
    );
    assert_eq!(
        of(|it| matches!(it, TemplateIssue::Unsupported { .. })),
        1,
        "{issues:#?}"
    );
    // A sequence and a text search configuration that are looked up by name; a word in a text is no name.
    assert_eq!(
        of(|it| matches!(it, TemplateIssue::StringNamesSchema { .. })),
        2,
        "{issues:#?}"
    );
    assert_eq!(issues.len(), 7, "{issues:#?}");
    let error = registry.create(name("a")).unwrap_err();
    let CreateError::Clone {
        source: TemplateError::Issues {
            issues: refused, ..
        },
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(*refused, issues);
    let left = "(SELECT count(*) FROM pg_namespace WHERE nspname IN ('a') OR nspname LIKE 'multischema_scratch%')";
    assert_eq!(value(&mut world.pg(), left), "0");
}

#[test]
fn an_extension_in_the_template_is_refused_by_name() {
    let world = World::new();
    let pg = &mut world.pg();
    let available = value(
        pg,
        "(SELECT string_agg(name, ' ') FROM pg_available_extensions WHERE name IN ('citext', 'hstore', 'pgcrypto'))",
    );
    let extension = available.split_whitespace().next();
    let extension = extension.expect("the server has its contributed modules");
    let registry = world.registry_with(
        Ids::Unique,
        &format!("CREATE TABLE t (id bigserial); CREATE EXTENSION {extension} SCHEMA __template__"),
    );
    let issues = Template::new().issues(pg).unwrap();
    assert!(
        issues.iter().any(
            |it| matches!(it, TemplateIssue::Extension { extension: it } if it.contains(extension))
        ),
        "{issues:#?}"
    );
    registry.create(name("a")).unwrap_err();
    world.run(&format!("ALTER EXTENSION {extension} SET SCHEMA public"));
    registry.create(name("a")).unwrap();
}

/// 32
#[test]
fn a_thousand_tables_are_copied_or_there_is_a_clear_error() {
    let server = Server::start().unwrap();
    let world = World::on(&server);
    let mut tables = String::new();
    for i in 0..1_000 {
        tables += &format!("CREATE TABLE t{i} (id bigint PRIMARY KEY, a text);");
    }
    let registry = world.registry_with(Ids::Unique, "CREATE TABLE one (id bigserial)");
    for part in tables.split_inclusive(';').collect::<Vec<_>>().chunks(100) {
        world.run_in("__template__", &part.concat());
    }
    registry.create(name("a")).unwrap();
    assert_eq!(
        value(
            &mut world.pg(),
            "(SELECT count(*) FROM pg_tables WHERE schemaname = 'a')"
        ),
        "1001"
    );
    // With room for fewer locks.
    let mut pg = PgConnection::establish(server.url()).unwrap();
    pg.batch_execute("ALTER SYSTEM SET max_locks_per_transaction = 10")
        .unwrap();
    drop(pg);
    server.restart().unwrap();
    let registry = world.empty_registry();
    let error = registry.create(name("b")).unwrap_err();
    let CreateError::Clone {
        source:
            TemplateError::Locks {
                needed,
                free,
                capacity,
                ..
            },
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert!(
        needed > free && *capacity == 2_000 && *needed < 12_000,
        "{error:?}"
    );
    assert_eq!(
        value(&mut world.pg(), "to_regnamespace('b') IS NULL"),
        "true"
    );
    assert!(registry.archive(&name("a")).is_ok());
    assert!(registry.purge(&name("a")).unwrap());
}

#[test]
fn tables_and_indexes_lie_where_those_of_the_template_do() {
    let server = Server::start().unwrap();
    let world = World::on(&server);
    let mut pg = world.pg();
    // By itself, as it is for no transaction.
    for sql in [
        "SET allow_in_place_tablespaces = on",
        "CREATE TABLESPACE \"My space\" LOCATION ''",
    ] {
        pg.batch_execute(sql).unwrap();
    }
    let tables = "CREATE TABLE t (id integer PRIMARY KEY USING INDEX TABLESPACE \"My space\", n integer) TABLESPACE \"My space\";
        CREATE INDEX t_n ON t (n) WITH (fillfactor = 50) TABLESPACE \"My space\" WHERE n > 0;
        CREATE INDEX elsewhere ON t (n)";
    let registry = world.registry_with(Ids::Unique, tables);
    registry.create(name("a")).unwrap();
    let there = "(SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c \
                 JOIN pg_tablespace s ON s.oid = c.reltablespace \
                 WHERE c.relnamespace = 'a'::regnamespace AND s.spcname = 'My space')";
    assert_eq!(value(&mut pg, there), "t t_n t_pkey");
}
