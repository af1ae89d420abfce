//! `print-schema`. What it writes of the migrations below is compiled with these tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;

use crate::program::{Folder, Program, run};

#[expect(
    unreachable_pub,
    reason = "it is written for a crate that has it public"
)]
mod both;
#[expect(
    unreachable_pub,
    reason = "it is written for a crate that has it public"
)]
mod global;
#[expect(
    unreachable_pub,
    reason = "it is written for a crate that has it public"
)]
mod tenant;

const GLOBAL: &str = r#"
CREATE TYPE public.mood AS ENUM ('glad', 'sad');
CREATE TYPE public.level AS ENUM ('low', 'high');
CREATE DOMAIN public.short AS varchar(10) NOT NULL;
CREATE TABLE public.plans (id integer PRIMARY KEY, mood public.mood NOT NULL, name public.short, level public.level);
COMMENT ON TABLE public.plans IS E'What one can have.\nAll customers share them.';
COMMENT ON COLUMN public.plans.mood IS 'of the "maker"';
CREATE TABLE public.prices (plan_id integer REFERENCES public.plans, year integer, cents bigint, PRIMARY KEY (year, plan_id));
CREATE SCHEMA common;
CREATE TYPE common.mood AS ENUM ('good');
CREATE TABLE common.plans (id integer PRIMARY KEY, mood common.mood[]);
CREATE TABLE public.heap (n integer);
CREATE VIEW public.cheap AS SELECT * FROM public.prices WHERE cents < 100;
"#;

const TENANT: &str = r#"
CREATE TYPE level AS ENUM ('primary', 'secondary');
CREATE TYPE nullable AS (a integer, b integer);
CREATE DOMAIN levels AS level[];
CREATE TABLE notes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type text NOT NULL,
    type_ text,
    notes text,
    "two words" text,
    größe real,
    columns integer,
    "table" integer,
    star integer,
    "self" integer,
    plan integer REFERENCES public.plans,
    mood public.mood,
    level level NOT NULL DEFAULT 'primary',
    levels levels,
    tags text[] NOT NULL,
    pair nullable,
    found tsvector,
    gone integer
);
ALTER TABLE notes DROP gone;
CREATE TABLE every_type (
    id integer PRIMARY KEY, a bool, b int2, c int4, d int8, e float4, f float8, g numeric(5, 2), h varchar(5), i char(3),
    j "char", k bytea, l date, m time, n timestamp, o timestamptz, p interval, q json, r jsonb, s uuid, t oid, u money,
    v inet, w cidr, x macaddr, y macaddr8, z pg_lsn
);
CREATE TABLE every_range (
    id integer PRIMARY KEY, aa int4range, ab int8range, ac numrange, ad daterange, ae tsrange,
    af tstzrange, ag int4multirange, ah int8multirange, ai nummultirange, aj datemultirange, ak tsmultirange,
    al tstzmultirange, am timetz, an xml, ao bit(3)
);
CREATE TABLE "struct" (a integer, b integer, note bigint REFERENCES notes, other bigint, PRIMARY KEY (b, a));
CREATE TABLE twice (id bigint PRIMARY KEY, one bigint REFERENCES notes, other bigint REFERENCES notes, up bigint REFERENCES twice);
CREATE TABLE pair (id bigint PRIMARY KEY, a integer, b integer, FOREIGN KEY (b, a) REFERENCES "struct");
CREATE TABLE events (id bigint, at date, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE diesel (id bigint PRIMARY KEY REFERENCES notes);
CREATE TABLE teams (id bigint PRIMARY KEY, captain bigint);
CREATE TABLE "Players" (id bigint PRIMARY KEY, team bigint REFERENCES teams, "Date" date, "Mood" public.mood, "userId" bigint, "m²" real);
ALTER TABLE teams ADD FOREIGN KEY (captain) REFERENCES "Players";
COMMENT ON TABLE teams IS E'One line\rand another';
"#;

fn folder(program: &Program) {
    let shared = "shared = ['public', 'common']";
    program.folder.write("multischema.toml", shared);
    for (name, up) in [("global/1_all", GLOBAL), ("tenant/1_all", TENANT)] {
        program.folder.make(&format!("migrations/{name}"));
        program
            .folder
            .write(&format!("migrations/{name}/up.sql"), up);
    }
}

/// The databases that print-schema made beside this one.
fn scratch(program: &Program) -> String {
    program.value(
        "SELECT coalesce(string_agg(s.datname, ' ' ORDER BY s.datname), '') FROM pg_database s JOIN pg_database d \
         ON d.datname = current_database() AND starts_with(s.datname, concat('multischema_scratch_', d.oid, '_'))",
    )
}

/// Where a file is that a test compares.
fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/printing");
    folder.join(name)
}

/// Fails unless a file is what was printed. To accept that: `PRINTED=overwrite`.
#[track_caller]
fn is_file(file: &Path, printed: &str) {
    if std::env::var_os("PRINTED").is_some_and(|it| it == "overwrite") {
        fs::write(file, printed).unwrap();
    }
    let found = fs::read_to_string(file).unwrap();
    assert_eq!(found, printed, "{}", file.display());
}

#[test]
fn two_files_declare_what_the_migrations_make_and_compile() {
    let program = Program::new();
    folder(&program);
    let ran = program
        .run(&["print-schema", "--out", "src/schema"])
        .exits(0);
    for left_out in ["`public.heap`", "`public.cheap`"] {
        assert!(ran.stderr.contains(left_out), "{ran:#?}");
    }
    for name in ["global.rs", "tenant.rs"] {
        let printed = program.folder.path(&format!("src/schema/{name}"));
        is_file(&file(name), &fs::read_to_string(printed).unwrap());
    }
    assert_eq!(scratch(&program), "", "the scratch database is gone");
    let untouched =
        "SELECT to_regnamespace('multischema') IS NULL AND to_regclass('plans') IS NULL";
    assert_eq!(
        program.value(untouched),
        "true",
        "and this one was not touched"
    );
}

#[test]
fn the_quickstart_is_built_on_what_is_printed_of_its_migrations() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/quickstart");
    let migrations = root.join("migrations");
    let program = Program::new();
    program
        .run(&[
            "print-schema",
            "--out",
            "schema",
            "--dir",
            migrations.to_str().unwrap(),
        ])
        .exits(0)
        .says("`pupil_directory` has no primary key");
    for name in ["global.rs", "tenant.rs"] {
        let printed = program.folder.path(&format!("schema/{name}"));
        is_file(
            &root.join("src/schema").join(name),
            &fs::read_to_string(printed).unwrap(),
        );
    }
}

#[test]
fn what_was_declared_reads_and_writes_the_rows() {
    let program = Program::new();
    folder(&program);
    program.run(&["migrate", "run"]).exits(0);
    program.run(&["schema", "create", "a"]).exits(0);
    let mut pg = program.pg();
    diesel::sql_query("SET search_path TO a, public")
        .execute(&mut pg)
        .unwrap();
    let insert = diesel::insert_into(tenant::notes::table).values((
        tenant::notes::type_.eq("a type"),
        tenant::notes::notes_.eq("a note"),
        tenant::notes::two_words.eq("two"),
        tenant::notes::tags.eq(vec![Some("one"), None]),
    ));
    insert.execute(&mut pg).unwrap();
    diesel::insert_into(global::common_plans::table)
        .values(global::common_plans::id.eq(7))
        .execute(&mut pg)
        .unwrap();
    let query = tenant::notes::table.select((
        tenant::notes::type_,
        tenant::notes::two_words,
        tenant::notes::tags,
    ));
    let row: (String, Option<String>, Vec<Option<String>>) = query.first(&mut pg).unwrap();
    assert_eq!(
        row,
        (
            "a type".to_owned(),
            Some("two".to_owned()),
            vec![Some("one".to_owned()), None]
        )
    );
    let joined = tenant::notes::table.left_join(global::plans::table);
    let plans: Vec<Option<i32>> = joined
        .select(global::plans::id.nullable())
        .load(&mut pg)
        .unwrap();
    assert_eq!(plans, [None]);
    let ids: Vec<i32> = global::common_plans::table
        .select(global::common_plans::id)
        .load(&mut pg)
        .unwrap();
    assert_eq!(ids, [7]);
}

#[test]
fn a_file_that_is_as_it_should_be_is_not_written_again() {
    let program = Program::new();
    folder(&program);
    let out = ["print-schema", "--out", "schema"];
    program.run(&out).exits(0);
    let file = program.folder.path("schema/tenant.rs");
    let written = fs::metadata(&file).unwrap().modified().unwrap();
    program
        .folder
        .write("schema/global.rs", "// changed by hand");
    program.run(&out).exits(0);
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), written);
    let global = fs::read_to_string(program.folder.path("schema/global.rs")).unwrap();
    assert!(global.contains("public.plans"), "{global}");
}

#[test]
fn one_file_has_both_as_modules() {
    let program = Program::new();
    folder(&program);
    let printed = program.run(&["print-schema", "-q"]).exits(0);
    assert_eq!(printed.stderr, "");
    is_file(&file("both.rs"), &printed.stdout);
}

#[test]
fn a_migration_that_fails_is_named_and_leaves_no_database() {
    let program = Program::new();
    folder(&program);
    program.folder.make("migrations/tenant/2_wrong");
    program.folder.write(
        "migrations/tenant/2_wrong/up.sql",
        "CREATE TABLE notes (id bigint)",
    );
    let ran = program
        .run(&["print-schema", "--out", "schema"])
        .exits(1)
        .says("2_wrong");
    assert!(!program.folder.path("schema").exists(), "{ran:#?}");
    assert_eq!(scratch(&program), "");
}

#[test]
fn what_others_left_and_what_is_not_ours_stays() {
    let program = Program::new();
    folder(&program);
    let oid = program.value("(SELECT oid FROM pg_database WHERE datname = current_database())");
    let role = format!("maker_{}", std::process::id());
    program.sql(&format!("CREATE ROLE {role} LOGIN CREATEDB"));
    let others = [
        format!("multischema_scratch_{oid}_999999999"),
        format!("multischema_scratch_{oid}_1 x"),
    ];
    for name in &others {
        program.sql(&format!("CREATE DATABASE \"{name}\""));
    }
    let url = format!("{}&user={role}", program.url());
    program
        .run(&["print-schema", "--database-url", &url])
        .exits(0);
    assert_eq!(scratch(&program), format!("{} {}", others[1], others[0]));
    // The first may be dropped by its owner.
    program.run(&["print-schema"]).exits(0);
    assert_eq!(scratch(&program), others[1]);
    program.sql(&format!("DROP DATABASE \"{}\"", others[1]));
    program.sql(&format!("DROP ROLE {role}"));
}

#[test]
fn a_schema_that_diesel_cannot_name_is_refused() {
    let program = Program::new();
    folder(&program);
    program
        .folder
        .write("multischema.toml", "shared = ['public', 'ref']");
    program
        .run(&["print-schema"])
        .exits(2)
        .says("`ref` is a word of Rust");
    // Not what only the files call something.
    let shared = "shared = ['public', 'common', 'core', 'tenant']";
    program.folder.write("multischema.toml", shared);
    program.run(&["print-schema"]).exits(0);
}

#[test]
fn files_are_written_both_or_neither() {
    let program = Program::new();
    folder(&program);
    program.folder.make("schema/tenant.rs.new");
    program
        .run(&["print-schema", "--out", "schema"])
        .exits(1)
        .says("cannot be written");
    assert!(!program.folder.path("schema/global.rs").exists());
    assert!(!program.folder.path("schema/global.rs.new").exists());
}

#[test]
fn who_may_make_no_database_is_told_what_to_do() {
    let program = Program::new();
    folder(&program);
    let role = format!("plain_{}", std::process::id());
    program.sql(&format!("CREATE ROLE {role}"));
    let mut command = program.command(&["print-schema"]);
    command.env("PGOPTIONS", format!("-c role={role}"));
    run(&mut command)
        .exits(1)
        .says("CREATEDB")
        .says("--database-url");
    program.sql(&format!("DROP ROLE {role}"));
}

#[test]
fn what_a_killed_one_left_is_dropped_by_the_next_and_what_another_uses_is_not() {
    let program = Program::new();
    folder(&program);
    program.folder.make("migrations/tenant/2_slow");
    let slow = |sql| program.folder.write("migrations/tenant/2_slow/up.sql", sql);
    slow("SELECT pg_sleep(60)");
    let begin = || {
        let mut command = program.command(&["print-schema"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let wait_until = |is_so: &dyn Fn() -> bool| {
        let end = Instant::now() + Duration::from_secs(60);
        while !is_so() {
            assert!(Instant::now() < end, "{}", scratch(&program));
            thread::sleep(Duration::from_millis(50));
        }
    };
    let mut killed = begin();
    wait_until(&|| !scratch(&program).is_empty());
    let left = scratch(&program);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let locks = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                 WHERE l.locktype = 'advisory' AND d.datname = current_database()";
    wait_until(&|| program.value(locks) == "0");
    assert_eq!(scratch(&program), left);

    let mut used = begin();
    wait_until(&|| scratch(&program) != left && !scratch(&program).is_empty());
    let others = scratch(&program);
    let is_asleep = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{others}' AND query LIKE '%pg_sleep%'"
    );
    wait_until(&|| program.value(&is_asleep) == "1");
    assert!(!others.contains(&left), "{others}");
    slow("SELECT 1");
    program.run(&["print-schema"]).exits(0);
    assert_eq!(scratch(&program), others);
    assert!(used.try_wait().unwrap().is_none(), "it goes on");
    used.kill().unwrap();
    used.wait().unwrap();
    wait_until(&|| program.value(locks) == "0");
    program.run(&["print-schema"]).exits(0);
    assert_eq!(scratch(&program), "");
}

#[test]
fn without_migrations_or_a_server_it_says_so() {
    let folder = Folder::new();
    folder
        .run(&["print-schema", "--database-url", crate::program::NOWHERE])
        .exits(2)
        .says("--dir");
    folder.make("migrations/tenant");
    folder
        .run(&["print-schema", "--database-url", crate::program::NOWHERE])
        .exits(1)
        .says("/nowhere");
}
