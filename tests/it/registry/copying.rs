//! A schema is copied with its rows.

use std::thread;

use diesel::connection::SimpleConnection;
use multischema::{CreateError, Ids, NewSchema, Registry, Template, TemplateError, WithData};
use multischema_tests::{World, value};

use super::{chain, name, what_there_is};

/// Keys of every shape: to itself, in a circle, one to one, of several columns, to and in a partitioned table, by a unique
/// column, from a narrow one, and as a `uuid`.
const TABLES: &str = "
    CREATE TYPE mood AS ENUM ('ok', 'bad');
    CREATE DOMAIN ref AS bigint;
    CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, boss bigint REFERENCES people,
        mood mood DEFAULT 'ok', moods mood[], loud text GENERATED ALWAYS AS (upper(name)) STORED);
    CREATE TABLE passports (person bigint PRIMARY KEY REFERENCES people, no text);
    CREATE TABLE stamps (passport ref REFERENCES passports, n integer, PRIMARY KEY (passport, n));
    CREATE TABLE teams (id bigserial PRIMARY KEY, code bigserial UNIQUE, lead bigint);
    CREATE TABLE members (id bigserial PRIMARY KEY, team bigint NOT NULL REFERENCES teams, person bigint NOT NULL REFERENCES people,
        code bigint REFERENCES teams (code), UNIQUE (team, person));
    ALTER TABLE teams ADD FOREIGN KEY (id, lead) REFERENCES members (team, person) DEFERRABLE INITIALLY DEFERRED;
    CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY, day integer, team bigint REFERENCES teams, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
    CREATE TABLE a_note (id bigserial PRIMARY KEY, event bigint, day integer, FOREIGN KEY (event, day) REFERENCES events);
    CREATE TABLE keys (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, plan integer REFERENCES public.plans);
    CREATE TABLE uses (key uuid REFERENCES keys, n integer);
    CREATE TABLE countries (code text PRIMARY KEY);
    CREATE SEQUENCE invoice_no;
    CREATE MATERIALIZED VIEW names AS SELECT name FROM people;
    CREATE TABLE log (id bigserial PRIMARY KEY, line text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log (line) VALUES (NEW.name || coalesce((SELECT max(name) FROM plans), '')); RETURN NEW; END $$;
    CREATE TRIGGER note AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION note();";

const ROWS: &str = "
    INSERT INTO people (name) SELECT 'p' || i FROM generate_series(1, 5) i;
    UPDATE people SET boss = (SELECT min(id) FROM people), moods = '{bad,ok}' WHERE name <> 'p1';
    UPDATE people SET boss = (SELECT max(id) FROM people) WHERE name = 'p1';
    INSERT INTO passports SELECT id, 'no ' || name FROM people WHERE name > 'p2';
    INSERT INTO stamps SELECT person, 7 FROM passports;
    INSERT INTO teams (lead) VALUES (NULL), (NULL);
    INSERT INTO members (team, person, code) SELECT t.id, p.id, t.code FROM teams t, people p;
    UPDATE teams SET lead = (SELECT max(id) FROM people);
    INSERT INTO events (day, team) SELECT d, (SELECT max(id) FROM teams) FROM generate_series(8, 12) d;
    INSERT INTO a_note (event, day) SELECT id, day FROM events;
    INSERT INTO keys (plan) SELECT min(id) FROM public.plans;
    INSERT INTO uses SELECT id, 1 FROM keys;
    INSERT INTO countries VALUES ('de'), ('ch');
    SELECT nextval('invoice_no'), nextval('invoice_no');
    REFRESH MATERIALIZED VIEW names;";

/// What the rows say, without a word of ids: who is joined to whom.
const STORY: &str = "concat_ws(E'\\n',
    (SELECT string_agg(p.name || ' ' || b.name || ' ' || p.loud || ' ' || p.mood || ' ' || coalesce(p.moods::text, ''), ',' ORDER BY p.name) FROM people p JOIN people b ON b.id = p.boss),
    (SELECT string_agg(p.name || s.no || t.n, ',' ORDER BY p.name) FROM people p JOIN passports s ON s.person = p.id JOIN stamps t ON t.passport = s.person),
    (SELECT string_agg(p.name || '/' || l.name, ',' ORDER BY m.id) FROM members m JOIN teams t ON t.id = m.team AND t.code = m.code JOIN people p ON p.id = m.person JOIN people l ON l.id = t.lead),
    (SELECT string_agg(e.tableoid::regclass || ' ' || e.day, ',' ORDER BY e.day) FROM a_note n JOIN events e ON e.id = n.event AND e.day = n.day JOIN teams t ON t.id = e.team),
    (SELECT count(*) FROM keys k JOIN uses u ON u.key = k.id JOIN public.plans p ON p.id = k.plan),
    (SELECT string_agg(code, ',' ORDER BY code) FROM countries),
    (SELECT string_agg(name, ',' ORDER BY name) FROM names))";

fn story(world: &World, schema: &str) -> String {
    let mut pg = world.pg();
    pg.batch_execute(&format!("SET search_path TO {schema}, public"))
        .unwrap();
    value(&mut pg, STORY)
}

fn prepared(ids: Ids) -> (World, Registry) {
    let world = World::new();
    let registry = world.registry_with(ids, TABLES);
    registry.create(name("a")).unwrap();
    world.run_in("a", ROWS);
    (world, registry)
}

const IDS: &str = "SELECT id FROM people UNION ALL SELECT id FROM teams UNION ALL SELECT code FROM teams UNION ALL \
    SELECT id FROM members UNION ALL SELECT id FROM events UNION ALL SELECT id FROM a_note UNION ALL SELECT boss FROM people \
    UNION ALL SELECT person FROM passports UNION ALL SELECT passport FROM stamps UNION ALL SELECT lead FROM teams";

fn goes_on(world: &World, schema: &str) {
    world.run_in(
        schema,
        "INSERT INTO people (name) VALUES ('new'); INSERT INTO teams DEFAULT VALUES; INSERT INTO members (team, person) SELECT max(t.id), max(p.id) FROM teams t, people p;
         INSERT INTO events (day) VALUES (3); INSERT INTO a_note DEFAULT VALUES; INSERT INTO log DEFAULT VALUES",
    );
}

#[test]
fn with_new_ids_all_that_refers_to_each_other_still_does() {
    let (world, registry) = prepared(Ids::Unique);
    let before = story(&world, "a");
    assert_eq!(before.lines().count(), 7, "{before}");
    let new = NewSchema::new(name("b")).label("Copy");
    let made = registry
        .clone_schema(&name("a"), new, WithData::NewIds)
        .unwrap();
    assert_eq!((made.id, &*made.label), (2, "Copy"));
    assert_eq!(story(&world, "b"), before);
    assert_eq!(story(&world, "a"), before);

    // Each id is in the new schema's block, and none is left of the other's.
    let pg = &mut world.pg();
    pg.batch_execute("SET search_path TO b").unwrap();
    assert_eq!(
        value(
            pg,
            &format!(
                "(SELECT string_agg(DISTINCT (id >> 32)::text, ' ') FROM ({IDS}) i WHERE id IS NOT NULL)"
            )
        ),
        "2"
    );
    assert_eq!(
        value(pg, "(SELECT count(*) FROM b.keys JOIN a.keys USING (id))"),
        "0"
    );
    assert_eq!(value(pg, "(SELECT last_value FROM b.invoice_no)"), "2");
    // In the order of the old ones.
    assert_eq!(
        value(
            pg,
            "(SELECT string_agg(name, ' ' ORDER BY id) FROM b.people)"
        ),
        "p1 p2 p3 p4 p5"
    );
    // No trigger wrote what it had written already.
    assert_eq!(value(pg, "(SELECT count(*) FROM b.log)"), "5");
    assert_eq!(Template::new().verify(pg, &name("b")).unwrap(), []);
    goes_on(&world, "b");
    goes_on(&world, "a");
}

#[test]
fn where_each_schema_counts_for_itself_new_ids_begin_at_one() {
    let (world, registry) = prepared(Ids::PerSchema);
    world.run("DELETE FROM a.stamps; DELETE FROM a.passports WHERE no = 'no p3'");
    let before = story(&world, "a");
    registry
        .clone_schema(&name("a"), name("b"), WithData::NewIds)
        .unwrap();
    assert_eq!(story(&world, "b"), before);
    let pg = &mut world.pg();
    assert_eq!(
        value(
            pg,
            "(SELECT string_agg(id::text, ' ' ORDER BY id) FROM b.people)"
        ),
        "1 2 3 4 5"
    );
    assert_eq!(value(pg, "(SELECT last_value FROM b.invoice_no)"), "2");
    goes_on(&world, "b");
}

#[test]
fn with_the_same_ids_it_is_equal_row_for_row_and_counts_on_behind_them() {
    for ids in [Ids::Unique, Ids::PerSchema] {
        let (world, registry) = prepared(ids);
        // Beyond what the sequence has come to.
        world.run_in("a", "INSERT INTO people (id, name) OVERRIDING SYSTEM VALUE SELECT max(id) + 10, 'y' FROM people");
        registry
            .clone_schema(&name("a"), name("b"), WithData::SameIds)
            .unwrap();
        let pg = &mut world.pg();
        for table in [
            "people",
            "passports",
            "stamps",
            "teams",
            "members",
            "events",
            "events_1",
            "a_note",
            "keys",
            "uses",
            "countries",
            "log",
        ] {
            let rows = |schema: &str| {
                format!(
                    "(SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM {schema}.{table} t)"
                )
            };
            assert_eq!(value(pg, &rows("b")), value(pg, &rows("a")), "{table}");
        }
        assert_eq!(value(pg, "(SELECT last_value FROM b.invoice_no)"), "2");
        if ids == Ids::PerSchema {
            let behind =
                "(SELECT last_value >= (SELECT max(id) FROM b.people) FROM b.people_id_seq)";
            assert_eq!(value(pg, behind), "true");
        }
        goes_on(&world, "b");
        goes_on(&world, "a");
    }
}

#[test]
fn without_data_it_is_empty_and_begins_anew() {
    let (world, registry) = prepared(Ids::PerSchema);
    world.run("ALTER TABLE a.people ADD nickname text");
    registry
        .clone_schema(&name("a"), name("b"), WithData::No)
        .unwrap();
    let pg = &mut world.pg();
    assert_eq!(value(pg, "(SELECT count(*) FROM b.people)"), "0");
    assert_eq!(value(pg, "(SELECT count(*) FROM b.countries)"), "0");
    world.run_in("b", "INSERT INTO people (name, nickname) VALUES ('n', 'k')");
    assert_eq!(value(pg, "(SELECT id FROM b.people)"), "1");
    assert_eq!(value(pg, "nextval('b.invoice_no')"), "1");
}

#[test]
fn triggers_fire_if_they_are_to() {
    let (world, registry) = prepared(Ids::Unique);
    registry
        .clone_schema(&name("a"), name("b"), WithData::NewIds.firing_triggers())
        .unwrap();
    // Five that were copied, and five that the trigger wrote, which found the table that all share.
    let lines = "(SELECT string_agg(DISTINCT line, ' ' ORDER BY line) || count(*) FROM b.log)";
    let of_a = "(SELECT string_agg(DISTINCT line, ' ' ORDER BY line) || 2 * count(*) FROM a.log)";
    let pg = &mut world.pg();
    assert_eq!(value(pg, lines), value(pg, of_a));
    assert_eq!(story(&world, "b"), story(&world, "a"));
    goes_on(&world, "b");
}

#[test]
fn a_row_whose_key_refers_to_nothing_keeps_it() {
    let world = World::new();
    let registry = world.registry_with(
        Ids::Unique,
        "CREATE TABLE t (id bigserial PRIMARY KEY); CREATE TABLE u (id bigserial PRIMARY KEY, t bigint)",
    );
    registry.create(name("a")).unwrap();
    world.run_in("a", "INSERT INTO t DEFAULT VALUES; INSERT INTO u (t) VALUES (77), (NULL); INSERT INTO u (t) SELECT id FROM t;
        ALTER TABLE u ADD FOREIGN KEY (t) REFERENCES t NOT VALID");
    registry
        .clone_schema(&name("a"), name("b"), WithData::NewIds)
        .unwrap();
    let pg = &mut world.pg();
    assert_eq!(
        value(
            pg,
            "(SELECT string_agg(coalesce(CASE WHEN u.t > 77 THEN (u.t = (SELECT id FROM b.t))::text ELSE u.t::text END, '-'), ' ' ORDER BY u.id) FROM b.u)"
        ),
        "77 - true"
    );
}

#[test]
fn what_is_written_meanwhile_is_all_there_or_not_at_all() {
    let world = World::new();
    let registry = world.registry_with(
        Ids::Unique,
        "CREATE TABLE z_first (n bigint); CREATE TABLE second (n bigint, pad text); INSERT INTO second SELECT 0, 'x' FROM generate_series(1, 20000)",
    );
    registry.create(name("a")).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut pg = world.pg();
            let mut n = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                n += 1;
                pg.batch_execute(&format!("BEGIN; INSERT INTO a.z_first VALUES ({n}); INSERT INTO a.second VALUES ({n}); COMMIT")).unwrap();
            }
        });
        // Also if an assertion fails, or its thread would be waited for without an end.
        let _stop = Stop(&stop);
        for i in 0..5 {
            let copy = format!("b{i}");
            registry
                .clone_schema(&name("a"), name(&copy), WithData::SameIds)
                .unwrap();
            let pg = &mut world.pg();
            let count = |table: &str| format!("(SELECT coalesce(max(n), 0) FROM {copy}.{table})");
            assert_eq!(value(pg, &count("z_first")), value(pg, &count("second")));
        }
    });
}

struct Stop<'a>(&'a std::sync::atomic::AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

#[test]
fn only_what_is_in_use_is_copied_and_names_are_checked() {
    let (world, registry) = prepared(Ids::Unique);
    let copy = |from: &str, to: &str| {
        registry
            .clone_schema(&name(from), name(to), WithData::No)
            .unwrap_err()
    };
    let error = copy("nobody", "b");
    assert!(
        matches!(&error, CreateError::NoSource { from, .. } if *from == name("nobody")),
        "{error:?}"
    );
    assert_eq!(error.schema(), Some(&name("b")));
    assert!(matches!(copy("a", "a"), CreateError::AlreadyExists { .. }));
    let template = multischema::SchemaName::template();
    let error = registry
        .clone_schema(&template, name("b"), WithData::No)
        .unwrap_err();
    assert!(matches!(error, CreateError::Template), "{error:?}");
    let error = registry
        .clone_schema(
            &name("a"),
            NewSchema::new(name("b")).label("a"),
            WithData::No,
        )
        .unwrap_err();
    assert!(matches!(error, CreateError::LabelTaken { .. }), "{error:?}");
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
    registry.suspend(&name("a")).unwrap();
    registry
        .clone_schema(&name("a"), name("b"), WithData::NewIds)
        .unwrap();
    registry.archive(&name("a")).unwrap();
    assert!(matches!(copy("a", "c"), CreateError::SourceStatus { .. }));
}

#[test]
fn an_error_leaves_nothing_and_the_connection_as_it_was() {
    let (world, registry) = prepared(Ids::Unique);
    world.run_in(
        "a",
        "CREATE FUNCTION named() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM a.people'",
    );
    let error = registry
        .clone_schema(&name("a"), name("b"), WithData::NewIds)
        .unwrap_err();
    let CreateError::Clone {
        source: TemplateError::Issues { issues, .. },
        ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(issues.len(), 1, "{}", chain(&error));
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
    world.run("DROP FUNCTION a.named; ALTER TABLE a.people ADD CHECK (id < 8589934593)");
    // The rows with their new ids break that rule.
    let error = registry
        .clone_schema(&name("a"), name("b"), WithData::NewIds)
        .unwrap_err();
    assert!(
        chain(&error).contains("check constraint"),
        "{}",
        chain(&error)
    );
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
    registry
        .clone_schema(&name("a"), name("b"), WithData::SameIds)
        .unwrap();
}

#[test]
fn while_it_is_changed_the_copy_waits_and_is_of_what_came_of_it() {
    let (world, registry) = prepared(Ids::Unique);
    let mut other = world.pg();
    other
        .batch_execute("BEGIN; ALTER TABLE a.people ADD nickname text DEFAULT 'nick'")
        .unwrap();
    thread::scope(|scope| {
        let copied = scope.spawn(|| registry.clone_schema(&name("a"), name("b"), WithData::NewIds));
        thread::sleep(std::time::Duration::from_millis(900));
        assert!(!copied.is_finished());
        other.batch_execute("COMMIT").unwrap();
        copied.join().unwrap().unwrap();
    });
    assert_eq!(
        value(&mut world.pg(), "(SELECT min(nickname) FROM b.people)"),
        "nick"
    );
    // A migration has its lock.
    let mut other = world.pg();
    other
        .batch_execute("SELECT pg_advisory_lock(1836278632, 1)")
        .unwrap();
    thread::scope(|scope| {
        let copied = scope.spawn(|| registry.clone_schema(&name("a"), name("c"), WithData::NewIds));
        thread::sleep(std::time::Duration::from_millis(900));
        assert!(!copied.is_finished());
        assert_eq!(what_there_is(&mut world.pg()), "a b|a b");
        other
            .batch_execute("SELECT pg_advisory_unlock_all()")
            .unwrap();
        copied.join().unwrap().unwrap();
    });
}
