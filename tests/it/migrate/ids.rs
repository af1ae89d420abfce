//! Ids are unique across schemata also where a later migration makes the table or the column.

use std::sync::Mutex;

use diesel::connection::SimpleConnection;
use multischema::testing::Server;
use multischema::{Ids, Migrator, Registry, SchemaName, Template, TenantPool};
use multischema_tests::{World, value};

use super::{Steps, migrator, run, rust, step};

fn registry(world: &World) -> Registry {
    Registry::new(TenantPool::builder(world.url()).build().unwrap())
}

fn name(name: &str) -> SchemaName {
    name.parse().unwrap()
}

const FIRST: &str = "CREATE TABLE documents (id bigserial PRIMARY KEY, st varchar CHECK (st IN ('a', 'b')), at timestamptz DEFAULT now())";
const SECOND: &str = "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, short serial, document bigint REFERENCES documents);
    ALTER TABLE documents ADD number bigserial, ADD small smallserial;
    CREATE INDEX ON documents (upper(st)) WHERE st IN ('a', 'b')";

/// Invariants 9 and 10
#[test]
fn a_schema_that_was_migrated_and_one_that_was_copied_are_equal_and_their_ids_are_their_own() {
    let world = World::new();
    let first = || [step("1", FIRST)];
    let both = || [step("1", FIRST), step("2", SECOND)];
    assert!(run(&world, [], first()).is_ok());
    let registry = registry(&world);
    registry.create(name("migrated")).unwrap();
    world.run("INSERT INTO migrated.documents (st) VALUES ('a')");
    assert!(run(&world, [], both()).is_ok());
    registry.create(name("copied")).unwrap();

    let pg = &mut world.pg();
    for schema in ["migrated", "copied"] {
        let differences = Template::new().verify(pg, &name(schema)).unwrap();
        assert!(differences.is_empty(), "{schema}: {differences:#?}");
        pg.batch_execute(&format!("INSERT INTO {schema}.documents (st) VALUES ('b'); INSERT INTO {schema}.notes DEFAULT VALUES")).unwrap();
    }
    for schema in ["migrated", "copied"] {
        let number = registry.get(&name(schema)).unwrap().id.to_string();
        for id in [
            "max(id) FROM {}.documents",
            "max(number) FROM {}.documents",
            "max(id) FROM {}.notes",
        ] {
            let id = id.replace("{}", schema);
            assert_eq!(
                value(
                    pg,
                    &format!("(SELECT (max - 1) >> 32 FROM (SELECT {id}) m)")
                ),
                number,
                "{id}"
            );
        }
    }
    // Columns that are too narrow for a block draw from one sequence of all.
    for column in ["short FROM {}.notes", "small FROM {}.documents"] {
        let [a, b] = ["migrated", "copied"].map(|schema| column.replace("{}", schema));
        let twice = format!(
            "(SELECT count(*) - count(DISTINCT n) FROM (SELECT {a} UNION ALL SELECT {b}) AS all_of_them (n))"
        );
        assert_eq!(value(pg, &twice), "0", "{column}");
    }
    // And neither is equal to one of which something is not.
    world.run("ALTER TABLE migrated.documents DROP CONSTRAINT documents_st_check, ADD CONSTRAINT documents_st_check CHECK (st IN ('a', 'b', 'c'))");
    let differences = Template::new().verify(pg, &name("migrated")).unwrap();
    assert_eq!(differences.len(), 1, "{differences:#?}");
    assert!(
        differences[0].to_string().contains("documents_st_check"),
        "{}",
        differences[0]
    );
}

#[test]
fn a_migration_that_makes_a_narrow_identity_is_refused_and_undone() {
    let world = World::new();
    let narrow = "CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY)";
    let error = migrator([], [step("1", narrow)])
        .run(world.url())
        .unwrap_err();
    assert!(
        matches!(error, multischema::MigrateError::Ids { .. }),
        "{error:?}"
    );
    assert_eq!(
        value(&mut world.pg(), "to_regclass('__template__.t') IS NULL"),
        "true"
    );
    let per_schema =
        Migrator::new(Steps(Vec::new()), Steps(vec![step("1", narrow)])).ids(Ids::PerSchema);
    assert!(per_schema.run(world.url()).unwrap().is_ok());
}

#[test]
fn a_migration_for_whose_locks_there_is_no_room_is_refused_by_name() {
    use std::fmt::Write;

    // Of its own, as others would run out of locks.
    let server = Server::start().unwrap();
    let world = World::on(&server);
    assert!(
        run(
            &world,
            [],
            [step("1", "CREATE TABLE t (id bigserial PRIMARY KEY)")]
        )
        .is_ok()
    );
    registry(&world).create(name("a")).unwrap();
    let mut many = String::new();
    for i in 0..60 {
        let _ = write!(
            many,
            "CREATE TABLE t{i} (id bigserial PRIMARY KEY, a text UNIQUE);"
        );
    }
    let steps = || {
        [
            step("1", "CREATE TABLE t (id bigserial PRIMARY KEY)"),
            step("2", &many),
        ]
    };
    let mut other = world.pg();
    let free = "(SELECT current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int - count(*) FROM pg_locks WHERE NOT fastpath)";
    let free: i64 = value(&mut other, free).parse().unwrap();
    // As soon as the template is migrated, somebody takes most of them.
    let taken = Mutex::new(Some(other));
    let take = rust("3", move |_| {
        if let Some(mut other) = taken.lock().unwrap().take() {
            other.batch_execute(&format!(
                "SELECT pg_advisory_lock(i, 9) FROM generate_series(1, {}) i",
                free - 150
            ))?;
            // Until the server ends.
            std::mem::forget(other);
        }
        Ok(())
    });
    let [one, two] = steps();
    let report = migrator([], [one, two, take]).run(world.url()).unwrap();
    let multischema::Outcome::Failed { error, .. } = super::outcome(&report, "a") else {
        panic!("{report}")
    };
    let multischema::MigrateError::Locks {
        needed: Some(needed),
        free,
        capacity,
        migration,
        ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert!(
        *needed > *free && *free < 200 && *capacity > 1_000 && migration.starts_with('2'),
        "{error}"
    );
    assert!(
        error.to_string().contains("max_locks_per_transaction"),
        "{error}"
    );
    assert!(!super::has(&world, "a", "t0"));
    let [one, two] = steps();
    server.restart().unwrap();
    assert!(
        migrator([], [one, two, step("3", "SELECT 1")])
            .run(world.url())
            .unwrap()
            .is_ok()
    );
}

#[test]
fn a_schema_that_is_copied_while_all_are_migrated_is_not_left_behind() {
    let world = World::new();
    let one = || step("1", "CREATE TABLE t (id bigserial PRIMARY KEY)");
    assert!(run(&world, [], [one()]).is_ok());
    for it in ["a", "b", "c"] {
        registry(&world).create(name(it)).unwrap();
    }
    let url = world.url().to_owned();
    let copies = rust("2", move |pg| {
        pg.batch_execute("ALTER TABLE t ADD more text")?;
        if value(pg, "current_schema()") == "b" {
            // `c` is not migrated yet.
            let registry = Registry::new(TenantPool::builder(&url).build()?);
            registry.clone_schema(&name("c"), name("d"), multischema::WithData::No)?;
        }
        Ok(())
    });
    let report = migrator([], [one(), copies]).run(world.url()).unwrap();
    assert!(report.is_ok(), "{report}");
    world.run("UPDATE d.t SET more = 'x'");
    assert_eq!(super::applied(&world, "d"), "1 2");
}

/// What makes no ids in the template is not looked at in each schema, so it is found out if it does there.
#[test]
fn ids_that_a_migration_makes_in_one_schema_only_are_kept_apart_there() {
    let world = World::new();
    let things = step("1_things", "CREATE TABLE things (n integer)");
    let differs = rust("2_differs", |pg| {
        let in_b = "DO $$ BEGIN IF current_schema() = 'b' THEN \
            ALTER TABLE things ADD id bigint GENERATED BY DEFAULT AS IDENTITY; END IF; END $$; PREPARE one AS SELECT 1";
        Ok(SimpleConnection::batch_execute(pg, in_b)?)
    });
    assert!(
        migrator([], [things.clone()])
            .run(world.url())
            .unwrap()
            .is_ok()
    );
    for name in ["a", "b", "c"] {
        world
            .empty_registry()
            .create(name.parse::<SchemaName>().unwrap())
            .unwrap();
    }
    let report = migrator([], [things, differs]).run(world.url()).unwrap();
    assert!(report.is_ok(), "{report}");
    let start =
        "SELECT seqstart >> 32 FROM pg_sequence WHERE seqrelid = 'b.things_id_seq'::regclass";
    let id = "SELECT id FROM multischema.schemas WHERE name = 'b'";
    assert_eq!(
        super::value_in(&world, "public", start),
        super::value_in(&world, "public", id)
    );
}
