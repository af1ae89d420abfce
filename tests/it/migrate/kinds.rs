//! Every kind of migration is in every schema and in the template afterwards. Behaviours 75 (forward) and 81.

use super::{applied, fleet, has, history, run, step, value_in};

const EVERYWHERE: [&str; 4] = ["a", "b", "c", "__template__"];

/// What a migration does, what is true afterwards, and was not before.
const KINDS: [(&str, &str, &str); 21] = [
    (
        "create table",
        "CREATE TABLE t2 (id integer)",
        "SELECT count(*) = 1 FROM pg_tables WHERE schemaname = current_schema AND tablename = 't2'",
    ),
    (
        "drop table",
        "DROP TABLE gone",
        "to_regclass('gone') IS NULL",
    ),
    (
        "rename table",
        "ALTER TABLE old_name RENAME TO new_name",
        "to_regclass('old_name') IS NULL AND to_regclass('new_name') IS NOT NULL",
    ),
    (
        "add column",
        "ALTER TABLE t ADD note text",
        "SELECT count(*) = 1 FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'note'",
    ),
    (
        "alter column's type",
        "ALTER TABLE t ALTER n TYPE bigint",
        "SELECT atttypid = 'bigint'::regtype FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'n'",
    ),
    (
        "set default and not null",
        "ALTER TABLE t ALTER n SET DEFAULT 7, ALTER n SET NOT NULL",
        "SELECT attnotnull AND atthasdef FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'n'",
    ),
    (
        "rename column",
        "ALTER TABLE t RENAME old TO new",
        "SELECT string_agg(attname, ' ') = 'new' FROM pg_attribute WHERE attrelid = 't'::regclass AND attname IN ('old', 'new')",
    ),
    (
        "drop column",
        "ALTER TABLE t DROP unwanted",
        "SELECT count(*) = 0 FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'unwanted'",
    ),
    (
        "foreign key in the schema",
        "ALTER TABLE child ADD CONSTRAINT own FOREIGN KEY (t_id) REFERENCES t",
        "SELECT confrelid = 't'::regclass FROM pg_constraint WHERE conrelid = 'child'::regclass AND conname = 'own'",
    ),
    (
        "foreign key to what is shared",
        "ALTER TABLE child ADD CONSTRAINT shared FOREIGN KEY (plan_id) REFERENCES plans",
        "SELECT confrelid = 'public.plans'::regclass FROM pg_constraint WHERE conrelid = 'child'::regclass AND conname = 'shared'",
    ),
    (
        "index",
        "CREATE INDEX by_n ON t (n)",
        "SELECT indrelid = 't'::regclass FROM pg_index WHERE indexrelid = to_regclass('by_n')",
    ),
    (
        "drop index",
        "DROP INDEX old_index",
        "to_regclass('old_index') IS NULL",
    ),
    (
        "unique over two columns",
        "ALTER TABLE t ADD CONSTRAINT twice UNIQUE (n, word)",
        "SELECT contype = 'u' FROM pg_constraint WHERE conrelid = 't'::regclass AND conname = 'twice'",
    ),
    (
        "check",
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (n > 0)",
        "SELECT contype = 'c' FROM pg_constraint WHERE conrelid = 't'::regclass AND conname = 'positive'",
    ),
    (
        "drop constraint",
        "ALTER TABLE t DROP CONSTRAINT old_check",
        "SELECT count(*) = 0 FROM pg_constraint WHERE conrelid = 't'::regclass AND conname = 'old_check'",
    ),
    (
        "function",
        "CREATE FUNCTION twice(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 * 2'",
        "SELECT count(*) = 1 FROM pg_proc WHERE proname = 'twice' AND pronamespace = current_schema::regnamespace",
    ),
    (
        "trigger",
        "CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tr()",
        "SELECT count(*) = 1 FROM pg_trigger WHERE tgrelid = 't'::regclass AND tgname = 'tr'",
    ),
    (
        "view",
        "CREATE VIEW v AS SELECT id FROM t",
        "to_regclass('v') IS NOT NULL",
    ),
    (
        "sequence",
        "CREATE SEQUENCE s",
        "to_regclass('s') IS NOT NULL",
    ),
    (
        "enum",
        "CREATE TYPE mood AS ENUM ('sad', 'happy')",
        "to_regtype('mood') IS NOT NULL",
    ),
    (
        "DDL and DML",
        "ALTER TABLE t ADD length integer; INSERT INTO t (word) VALUES ('four'); UPDATE t SET length = char_length(word); ALTER TABLE t ALTER length SET NOT NULL",
        "SELECT count(*) = 1 FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'length' AND attnotnull",
    ),
];

const BEFORE: &str = "
    CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n integer DEFAULT 1, old text, unwanted text,
        word text, CONSTRAINT old_check CHECK (id > 0));
    CREATE INDEX old_index ON t (word);
    CREATE TABLE child (id integer, t_id integer, plan_id integer);
    CREATE TABLE gone (id integer);
    CREATE TABLE old_name (id integer);
";

#[test]
fn every_kind_of_migration_reaches_every_schema_and_the_template() {
    let names: Vec<&'static str> = (0..KINDS.len())
        .map(|number| &*format!("{:02}_kind", number + 2).leak())
        .collect();
    let world = fleet(["a", "b", "c"]);
    let mut steps = vec![step("01_before", BEFORE)];
    let mut report = super::Migrator::new(super::Steps(vec![]), super::Steps(steps.clone()))
        .run(world.url())
        .unwrap();
    for ((kind, sql, holds), name) in KINDS.iter().zip(names) {
        for schema in EVERYWHERE {
            let found = in_schema(&world, schema, holds);
            assert_ne!(found, "true", "{kind}: true in {schema} before");
        }
        steps.push(step(name, *sql));
        report = super::Migrator::new(super::Steps(vec![]), super::Steps(steps.clone()))
            .run(world.url())
            .unwrap();
        assert!(report.is_ok(), "{kind}: {report}");
        for schema in EVERYWHERE {
            assert_eq!(in_schema(&world, schema, holds), "true", "{kind}: {schema}");
        }
    }
    assert_eq!(report.template(), ["22"]);
    // Nothing went elsewhere, and each history is complete.
    let versions: Vec<String> = (1..=22).map(|number| format!("{number:02}")).collect();
    for schema in EVERYWHERE {
        assert_eq!(history(&world, schema), versions.join(" "));
    }
    assert_eq!(applied(&world, "b"), versions.join(" "));
    let shared = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')";
    assert_eq!(
        value_in(&world, "public", shared),
        "__diesel_schema_migrations plans"
    );
    assert_eq!(history(&world, "public"), "");
}

/// The path lists the schema alone, so that nothing is found elsewhere.
fn in_schema(world: &super::World, schema: &str, expression: &str) -> String {
    value_in(world, schema, &format!("coalesce(({expression}), false)"))
}

#[test]
fn a_data_migration_runs_once_in_each_schema_and_a_global_one_once() {
    let world = fleet(["a", "b"]);
    let global = [step("1_plan", "INSERT INTO plans (name) VALUES ('school')")];
    let tenant = [
        step("1_words", "CREATE TABLE words (word text)"),
        step("2_word", "INSERT INTO words VALUES (current_schema())"),
    ];
    for _ in 0..2 {
        assert!(run(&world, global.clone(), tenant.clone()).is_ok());
    }
    for schema in ["a", "b", "__template__"] {
        let words = value_in(&world, schema, "SELECT string_agg(word, ' ') FROM words");
        assert_eq!(words, schema);
    }
    let plans = "SELECT count(*) FROM plans WHERE name = 'school'";
    assert_eq!(value_in(&world, "public", plans), "1");
    assert!(!has(&world, "public", "words"));
}

#[test]
fn a_value_that_is_added_to_an_enum_can_be_used_by_the_next_migration() {
    let world = fleet(["a", "b"]);
    let mood = step(
        "1_mood",
        "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE days (mood mood)",
    );
    let added = step("2_added", "ALTER TYPE mood ADD VALUE 'happy'");
    let used = step("3_used", "INSERT INTO days VALUES ('happy')");
    let report = run(&world, [], [mood.clone(), added.clone(), used.clone()]);
    assert!(report.is_ok(), "{report}");
    for schema in ["a", "b"] {
        assert_eq!(value_in(&world, schema, "SELECT mood FROM days"), "happy");
    }

    // In the same transaction PostgreSQL refuses that, and nothing of it is left.
    let both = step(
        "4_both",
        "ALTER TYPE mood ADD VALUE 'glad'; INSERT INTO days VALUES ('glad')",
    );
    let error = super::refused(&world, [], [mood, added, used, both]);
    assert!(
        super::chain(&error).contains("unsafe use of new value \"glad\""),
        "{}",
        super::chain(&error)
    );
    assert_eq!(error.migration(), Some("4_both"));
    assert_eq!(
        value_in(
            &world,
            "__template__",
            "array_length(enum_range(NULL::mood), 1)"
        ),
        "2"
    );
}
