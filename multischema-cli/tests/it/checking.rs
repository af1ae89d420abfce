//! `check` across schemata: what depends on the template, names that are there twice, ids of others.

use serde_json::Value;

use crate::migrating::program;
use crate::program::Program;

/// What `check` finds of one kind: `error a: what is wrong`.
fn found(program: &Program, args: &[&str], kind: &str, status: i32) -> Vec<String> {
    let args = [&["--format", "json", "check"], args].concat();
    let found = program.run(&args).exits(status).json();
    let found = found.as_array().unwrap().iter();
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    found
        .filter(|it| it["kind"] == kind)
        .map(|it| {
            let [severity, place, message] =
                ["severity", "place", "message"].map(|of| text(&it[of]));
            format!("{severity} {place}: {message}")
        })
        .collect()
}

#[track_caller]
fn begin_with(found: &[String], expected: &[&str]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found:#?} and {expected:?}");
    }
}

#[test]
fn what_depends_on_the_template_is_told_with_its_schema() {
    let program = program();
    program.run(&["migrate", "run"]).exits(0);
    program.schema(&["archive", "b"]).exits(0);
    program.sql(
        r#"CREATE VIEW a.v AS SELECT id FROM __template__.notes; CREATE VIEW __trash_2.v AS SELECT id FROM __template__.notes;
        CREATE SCHEMA "St
ray"; CREATE VIEW "St
ray".v AS SELECT id FROM __template__.notes"#,
    );
    let a = "error a: view a.v depends on table __template__.notes, and `DROP SCHEMA __template__ CASCADE` would take it: drop it,";
    let b = "error b: view __trash_2.v depends on table __template__.notes,";
    let stray = "error St\nray: view \"St\nray\".v depends on table __template__.notes,";
    let of = |args: &[&str]| found(&program, args, "dependency", 4);
    begin_with(&of(&[]), &[a, b, stray]);
    begin_with(&of(&["--schema", "b,c"]), &[b, stray]);
    let table = program.run(&["check"]).exits(4).stdout;
    assert!(table.contains("| St\\nray "), "{table}");
}

#[test]
fn a_name_that_a_tenant_and_all_share_have_is_told_and_an_overload_is_no_fault() {
    let program = program();
    program.run(&["migrate", "run"]).exits(0);
    program.sql(
        "CREATE FUNCTION __template__.f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION public.f(text) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    );
    let copy = "CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'";
    for schema in ["a", "b", "c"] {
        program.sql(&format!("SET search_path TO {schema}; {copy}"));
    }
    let of = |args: &[&str], status| found(&program, args, "name", status);
    let overload = "info public: the template has a function `f`, too, for other arguments";
    begin_with(&of(&[], 0), &[overload]);
    program.run(&["check"]).exits(0).says("nothing is wrong");
    program.sql(
        "CREATE FUNCTION public.f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE TABLE public.notes ()",
    );
    let function =
        "warning public: the template has a function `f`, too: a tenant's query means its own";
    let table = "error public: the template has a table `notes`, too: a tenant's query means its own, or this one where its schema has none;";
    begin_with(&of(&[], 4), &[function, table]);
    begin_with(&of(&["--schema", "a"], 4), &[function, table]);
    program.run(&["check"]).says("2 things are wrong");
}

#[test]
fn ids_of_others_are_told_and_those_of_the_template_are_no_fault() {
    let program = program();
    program.folder.write(
        "migrations/tenant/2_more/up.sql",
        "ALTER TABLE notes ADD m integer; INSERT INTO notes OVERRIDING SYSTEM VALUE VALUES (1), (2)",
    );
    program.run(&["migrate", "run"]).exits(0);
    program.schema(&["archive", "b"]).exits(0);
    let of = |args: &[&str], status| found(&program, args, "id", status);
    let copied = "info a b c: 2 rows of `notes` have ids in `id` that came with the template";
    begin_with(&of(&[], 0), &[copied]);
    program.run(&["check"]).exits(0).says("nothing is wrong");
    program.sql(
        "INSERT INTO __trash_2.notes OVERRIDING SYSTEM VALUE VALUES (3); DELETE FROM c.notes WHERE id = 1;
        INSERT INTO c.notes OVERRIDING SYSTEM VALUE VALUES (8), (9)",
    );
    let b = "warning b: 1 row of `notes` has an id in `id` outside of the schema's block, 8589934593 to 12884901888:";
    let c = "warning c: 2 rows of `notes` have ids in `id` outside of the schema's block,";
    let one = "info c: 1 row of `notes` has an id in `id` that came with the template";
    let two = "info a b: 2 rows of `notes` have ids in `id` that came with the template";
    begin_with(&of(&[], 4), &[b, c, one, two]);
    begin_with(&of(&["--schema", "b"], 4), &[b, &two.replace("a b", "b")]);
    begin_with(&of(&["--schema", "a"], 0), &[&two.replace("a b", "a")]);
    program.run(&["check"]).exits(4).says("2 things are wrong");
}

#[test]
fn where_each_schema_counts_for_itself_ids_are_no_fault() {
    let program = Program::new();
    program.run(&["init", "--ids", "per-schema"]).exits(0);
    program.folder.make("migrations/tenant");
    program.folder.make("migrations/global");
    program.sql("CREATE TABLE __template__.t (id bigserial)");
    program.run(&["init"]).exits(0);
    program.run(&["migrate", "run"]).exits(0);
    program.schema(&["create", "a"]).exits(0);
    program.sql("INSERT INTO a.t DEFAULT VALUES");
    assert_eq!(found(&program, &[], "id", 0), [""; 0]);
}

#[test]
fn ids_that_could_not_be_counted_are_told() {
    let program = program();
    program.run(&["migrate", "run"]).exits(0);
    let mut pg = program.pg();
    diesel::connection::SimpleConnection::batch_execute(&mut pg, "BEGIN; LOCK TABLE b.notes")
        .unwrap();
    let of = |args: &[&str], status| found(&program, args, "id", status);
    let b = "error b: ids of `notes.id` in schema `b` could not be counted: ";
    begin_with(&of(&[], 4), &[b]);
}
