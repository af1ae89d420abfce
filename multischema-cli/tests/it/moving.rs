//! A customer moves to another database, as it is or for those who test.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{Program, run};

/// A database that the migrations of the quickstart were run on, with countries.
fn school_database() -> Program {
    let program = Program::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/quickstart/migrations");
    let dir = folder.to_str().unwrap();
    program.run(&["migrate", "run", "--dir", dir]).exits(0);
    program.sql("INSERT INTO public.countries VALUES ('AD', 'AND', '020', 'Andorra'), ('DE', 'DEU', '276', 'Germany')");
    program
}

/// The same, with a customer and her rows.
fn with_lakeside() -> Program {
    let program = school_database();
    let create = ["create", "lakeside", "--label", "Lakeside schools"];
    program.schema(&create).exits(0);
    program.sql(
        "SET search_path TO lakeside; INSERT INTO schools (name) VALUES ('Seeufer'), ('It''s \"the\" one');
         INSERT INTO pupils (school_id, given_name, family_name, born, country, level, joined)
         SELECT s.id, 'Anton ' || i, 'Ahrens😀', '2019-03-13', 'DE', 'primary', '2025-08-01' FROM schools s, generate_series(1, 50) i",
    );
    program
}

/// All that there is to tell of a school's pupils but their ids.
fn story(program: &Program, schema: &str) -> String {
    program.value(&format!(
        "SELECT string_agg(concat_ws('|', s.name, given_name, family_name, born, c.name, level, joined), E'\\n' ORDER BY s.name, given_name)
         FROM {schema}.pupils p JOIN {schema}.schools s ON s.id = p.school_id JOIN public.countries c ON c.alpha2 = p.country"
    ))
}

#[test]
fn a_customer_moves_to_another_database() {
    let from = with_lakeside();
    let before = story(&from, "lakeside");
    assert_eq!(before.lines().count(), 100);
    let to = school_database();
    // Their numbers are not those of the other database.
    to.schema(&["create", "riverside"]).exits(0);
    for file in ["lakeside.ndjson.zst", "lakeside.json", "lakeside.copy.gz"] {
        let path = from.folder.path(file);
        let path = path.to_str().unwrap();
        let dump = ["dumpdata", "--schema", "lakeside", "-o", path];
        from.run(&dump).exits(0).says("102 rows of 2 tables");
        to.run(&["loaddata", path])
            .exits(2)
            .says("no schema is called `lakeside`; known: riverside")
            .says("--create-schemata");
        to.run(&["loaddata", path, "--create-schemata"])
            .exits(2)
            .says("102 rows have ids that are not of schema `lakeside`")
            .says("--new-ids");
        // Nor was it made.
        assert_eq!(to.statuses().len(), 1, "{file}");
        to.run(&["loaddata", path, "--create-schemata", "--new-ids"])
            .exits(0)
            .says("102 rows of 2 tables loaded");
        assert_eq!(story(&to, "lakeside"), before, "{file}");
        // As another one, and it goes on.
        let name = format!("of_{}", file.split('.').nth(1).unwrap());
        let load = [
            "loaddata",
            path,
            "--create-schemata",
            "--new-ids",
            "--schema",
            &name,
        ];
        to.run(&load).exits(0);
        assert_eq!(story(&to, &name), before, "{file}");
        to.sql(&format!("INSERT INTO {name}.schools (name) VALUES ('new')"));
        to.run(&[
            "check",
            "--schema",
            &format!("lakeside,{name}"),
            "--dir",
            migrations().as_str(),
        ])
        .exits(0);
        to.schema(&["archive", "lakeside"]).exits(0);
        to.schema(&["purge", "lakeside", "--yes"]).exits(0);
        assert_eq!(to.statuses().len(), 2, "{file}");
        to.schema(&["archive", &name]).exits(0);
        to.schema(&["purge", &name, "--yes"]).exits(0);
    }
    // All of them, with what they are called, into an empty one.
    let whole = from.folder.path("whole.copy.zst");
    let whole = whole.to_str().unwrap();
    from.run(&[
        "dumpdata",
        "--all-schemata",
        "--global",
        "--registry",
        "-o",
        whole,
    ])
    .exits(0);
    let empty = school_database();
    empty.sql("DELETE FROM public.countries");
    empty.run(&["loaddata", whole]).exits(0);
    assert_eq!(story(&empty, "lakeside"), before);
    let shown = empty.json(&["show", "lakeside"]);
    assert_eq!(shown["label"], "Lakeside schools");
}

fn migrations() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/quickstart/migrations");
    folder.to_str().unwrap().to_owned()
}

const RULES: &str = r#"
key = "the secret key"

[tables.schools]
name = "hash"

[tables.pupils]
given_name = "fake_given_name"
family_name = "fake_family_name"
born = { fixed = "2018-01-01" }
"#;

#[test]
fn for_those_who_test_nobody_is_known_again() {
    let from = with_lakeside();
    let to = school_database();
    from.folder.write("rules.toml", RULES);
    for format in ["ndjson", "json", "copy"] {
        let path = from.folder.path(&format!("lakeside.{format}"));
        let path = path.to_str().unwrap();
        let dump = [
            "dumpdata",
            "--schema",
            "lakeside",
            "--anonymise",
            "rules.toml",
            "-o",
            path,
        ];
        from.run(&dump).exits(0).says("102 rows of 2 tables");
        let bytes = fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for word in ["Anton", "Ahrens", "Seeufer", "It's", "2019-03-13", "secret"] {
            assert!(!text.contains(word), "{word} in {format}");
        }
        let load = [
            "loaddata",
            path,
            "--create-schemata",
            "--new-ids",
            "--schema",
            format,
        ];
        to.run(&load).exits(0);
        let expected = format!(
            "(SELECT count(*) || ' ' || count(DISTINCT s.name) || ' ' || bool_and(s.name ~ '^[0-9a-f]{{64}}$' AND given_name || family_name ~ '^[A-Z][a-z]+[A-Z][a-z]+$' AND born = '2018-01-01' AND country = 'DE')
             FROM {format}.pupils JOIN {format}.schools s ON s.id = school_id)"
        );
        assert_eq!(to.value(&expected), "100 2 true", "{format}");
    }
    // The same key makes the same of them.
    assert_eq!(story(&to, "ndjson"), story(&to, "copy"));
}

#[test]
fn rules_that_cannot_be_followed_are_refused_and_there_is_no_file() {
    let program = with_lakeside();
    let cases = [
        (
            "[tables.pupils]\nborn = \"null\"",
            "the rule for column `born` of `lakeside`.`pupils` cannot be followed\n  caused by: it is NOT NULL",
        ),
        (
            "[tables.pupil]\nborn = \"null\"",
            "there are rules for table `pupil`, which schema `lakeside` does not have; it has `schools`, `pupils`",
        ),
        (
            "[tables.schools]\nname = { fixed = 1 }",
            "`schools_name_key` wants its values to be unique",
        ),
        (
            "[tables.schools]\nname = \"hsh\"",
            "rules.toml, line 2: expected one of `null`, `hash`, `fixed`",
        ),
        (
            "key = \"secret\"\n[tables.schools]\nname = { fixed = [] }",
            "rules.toml, line 3: `fixed` is a string, a number",
        ),
        ("key = \"secret\nname = 1", "rules.toml, line 1: "),
        (
            "[tables.schools]\nname = \"hash\"\nkey = \"secret\"",
            "rules.toml, line 3: expected one of `null`, `hash`, `fixed`",
        ),
        (
            "[tables]\nkey = \"secret\"",
            "rules.toml, line 2: expected a map",
        ),
        (
            "\nkeys = \"secret\"",
            "rules.toml, line 2: unknown field `keys`, expected `key` or `tables`",
        ),
    ];
    let dump = [
        "dumpdata",
        "--schema",
        "lakeside",
        "--anonymise",
        "rules.toml",
        "-o",
        "x.ndjson",
    ];
    program.run(&dump).exits(2).says("cannot read rules.toml");
    for (rules, expected) in cases {
        program.folder.write("rules.toml", rules);
        let ran = program.run(&dump).exits(2).says(expected);
        assert!(!ran.stderr.contains("secret"), "{ran:?}");
        let files = fs::read_dir(program.folder.path("")).unwrap();
        assert_eq!(files.count(), 1, "{rules}");
    }
}

/// What the program writes where it thinks that it writes to a terminal.
fn on_a_terminal(program: &Program, line: &str) -> String {
    let line = format!("{} {line}", env!("CARGO_BIN_EXE_multischema"));
    let mut script = Command::new("script");
    script
        .args(["-qec", &line, "/dev/null"])
        .current_dir(program.folder.path(""))
        .env("DATABASE_URL", program.url())
        .env("TERM", "xterm")
        .stdin(Stdio::null());
    run(&mut script).exits(0).stdout
}

#[test]
fn on_a_terminal_it_is_told_how_many_rows_there_are_by_now() {
    let program = Program::with(&["a", "b"]);
    program.sql("INSERT INTO a.t (name) SELECT 'n' || i FROM generate_series(1, 7000) i");
    // It is shown a few times a second.
    let slow = "CASE WHEN name IN ('n2500', 'n4500') THEN pg_sleep(1) IS NOT NULL ELSE true END";
    let dump = format!("dumpdata t --schema a --where \"{slow}\" -o a.ndjson");
    let shown = on_a_terminal(&program, &dump);
    assert!(shown.contains("dumping a.t: 2000 rows"), "{shown:?}");
    assert!(shown.contains("dumping a.t: 4000 rows"), "{shown:?}");
    program.sql(
        "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.name = 'n6000' THEN PERFORM pg_sleep(1); END IF; RETURN NEW; END $$;
         CREATE TRIGGER slow BEFORE INSERT ON b.t FOR EACH ROW EXECUTE FUNCTION public.slow()",
    );
    let load = "loaddata a.ndjson --schema b --same-ids --fire-triggers";
    let shown = on_a_terminal(&program, &format!("{load} --dry-run"));
    assert!(shown.contains("loading b.t: 5000 rows"), "{shown:?}");
    let shown = on_a_terminal(&program, &format!("{load} --no-progress"));
    assert!(!shown.contains("loading"), "{shown:?}");
}
