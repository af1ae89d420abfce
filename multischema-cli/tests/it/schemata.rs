//! Making schemata and changing them.

use serde_json::json;

use crate::program::Program;

#[test]
fn a_schema_is_made_and_shown_in_both_formats() {
    let program = Program::with(&[]);
    program.schema(&["list"]).exits(0).says("there are none");
    assert_eq!(program.json(&["list"]), json!([]));

    let made = program
        .schema(&["create", "school_a", "--label", "Elm Street School"])
        .exits(0)
        .says("made schema `school_a`");
    let header = ["id", "name", "label", "status", "generation", "created_at"];
    let rows = made.rows();
    assert_eq!(rows[0], header);
    assert_eq!(
        rows[1][..5],
        ["1", "school_a", "Elm Street School", "active", "1"]
    );
    let time = rows[1][5];
    assert!(time.starts_with("20") && time.contains('T') && time.ends_with('Z'));
    assert!(made.stdout.is_ascii() && !made.stdout.contains('\u{1b}'));

    let made = json!({
        "id": 1, "name": "school_a", "label": "Elm Street School", "status": "active", "generation": 1,
        "created_at": time,
    });
    assert_eq!(program.json(&["show", "school_a"]), made);
    assert_eq!(program.json(&["list"]), json!([made]));
    assert_eq!(program.schema(&["list"]).exits(0).rows(), rows);
    let card = program.schema(&["show", "school_a"]).exits(0);
    assert_eq!(card.stderr, "");
    let pairs = card.rows();
    assert_eq!(pairs[0], ["field", "value"]);
    let (keys, values): (Vec<_>, Vec<_>) = pairs[1..].iter().map(|it| (it[0], it[1])).unzip();
    assert_eq!(keys, header);
    assert_eq!(values, rows[1]);

    let many = program.json(&["create", "school_b", "school_c"]);
    assert_eq!(many[0]["name"], "school_b");
    assert_eq!(many[1]["name"], "school_c");
    let one = program.json(&["create", "school_d"]);
    assert_eq!(one[0]["label"], "school_d");
}

#[test]
fn the_list_can_be_of_some_statuses() {
    let program = Program::with(&["a", "b", "c"]);
    program.schema(&["suspend", "b"]).exits(0);
    program.schema(&["archive", "c"]).exits(0);
    let names = |args: &[&str]| {
        let list = program.json(&[&["list"], args].concat());
        let names = list.as_array().unwrap().iter().map(|it| it["name"].clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["a", "b", "c"]);
    assert_eq!(names(&["--status", "active"]), ["a"]);
    assert_eq!(
        names(&["--status", "archived", "--status", "suspended"]),
        ["b", "c"]
    );
    assert_eq!(names(&["--status", "failed"]).len(), 0);
    program
        .schema(&["list", "--status", "odd"])
        .exits(2)
        .says("provisioning, active, suspended, archived, failed, purging");
}

#[test]
fn a_schema_is_changed_and_the_new_state_is_written_in_both_formats() {
    let program = Program::with(&["a"]);
    let steps: [(&[&str], &str, &str, &str); 6] = [
        (
            &["label", "a", "Elm"],
            "label",
            "Elm",
            "schema `a`: labelled",
        ),
        (
            &["suspend", "a"],
            "status",
            "suspended",
            "schema `a`: suspended",
        ),
        (&["resume", "a"], "status", "active", "schema `a`: active"),
        (
            &["archive", "a"],
            "status",
            "archived",
            "schema `a`: archived",
        ),
        (&["restore", "a"], "status", "active", "schema `a`: active"),
        (
            &["rename", "a", "b"],
            "name",
            "b",
            "schema `b`: was called `a`",
        ),
    ];
    for (args, field, value, words) in steps {
        let ran = program.schema(args).exits(0).says(words);
        assert!(ran.rows().contains(&vec![field, value]), "{ran:#?}");
        // What is so already may be asked for again.
        let again = if args[0] == "rename" {
            &["rename", "b", "b"]
        } else {
            args
        };
        let ran = program.run(&[&["-q", "--format=json", "schema"], again].concat());
        assert_eq!(ran.stderr, "");
        assert_eq!(ran.exits(0).json()[field], value);
    }
    assert_eq!(program.json(&["show", "b"])["label"], "Elm");
}

#[test]
fn what_cannot_be_done_fails_with_the_reason() {
    let program = Program::with(&["a", "b"]);
    let fails = |args: &[&str], words: &str| {
        let ran = program.schema(args).exits(1).says(words);
        assert_eq!(ran.stdout, "");
    };
    fails(&["show", "x"], "error: the registry has no schema `x`\n");
    fails(&["suspend", "x"], "error: the registry has no schema `x`\n");
    fails(&["create", "a"], "schema `a` is in the registry already");
    fails(
        &["create", "c", "a"],
        "schema `a` is in the registry already",
    );
    fails(&["rename", "a", "b"], "cannot be called `b`");
    fails(&["label", "a", "b"], "as another schema has it");
    fails(
        &["clone", "x", "y"],
        "the registry has no schema `x` that `y`",
    );
    program.schema(&["archive", "a"]).exits(0);
    fails(&["suspend", "a"], "schema `a` is archived");
    fails(&["clone", "a", "y"], "as that is archived");
    // Errors are words also where data is not.
    let ran = program.run(&["--format", "json", "-q", "schema", "show", "x"]);
    let ran = ran.exits(1).says("error: the registry has no schema `x`");
    assert_eq!(ran.stdout, "");
}

#[test]
fn causes_are_listed_below_the_error() {
    let program = Program::new();
    program.run(&["init"]).exits(0);
    program.schema(&["create", "a"]).exits(1).says(
        "error: schema `a` could not be made as a copy\n  caused by: there is nothing in `__template__`",
    );
}

#[test]
fn a_wrong_call_is_refused() {
    let program = Program::with(&["a"]);
    let refused = |args: &[&str], words: &str| {
        let ran = program.schema(args).exits(2).says(words);
        assert_eq!(ran.stdout, "");
    };
    refused(&["show", "School-A"], "a name begins with one of `a-z`");
    refused(&["show", "pg_x"], "`pg_*` belongs to PostgreSQL");
    for args in [
        &["show", "__template__"][..],
        &["create", "__template__"],
        &["clone", "__template__", "b"],
        &["clone", "a", "__template__"],
        &["rename", "a", "__template__"],
        &["archive", "__template__"],
        &["purge", "__template__", "--yes"],
    ] {
        refused(args, "the template is no tenant and holds no data");
    }
    refused(&["create"], "required");
    refused(
        &["create", "b", "c", "--label", "x"],
        "`--label` is for one schema",
    );
    refused(&["create", "b", "--label", ""], "caused by: it is empty");
    refused(&["label", "a", " x"], "begins or ends with white space");
    refused(&["lisst"], "a similar subcommand exists: 'list'");
    assert_eq!(program.statuses().len(), 1);
}

#[test]
fn of_several_some_are_made_until_one_fails() {
    let program = Program::with(&[]);
    program.sql(
        "CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
         BEGIN
             IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE schema_name = 'b')
             THEN RAISE 'not here'; END IF;
         END $$;
         CREATE EVENT TRIGGER refuse ON ddl_command_end EXECUTE FUNCTION public.refuse()",
    );
    let create = ["--format", "json", "schema", "create", "a", "b", "c"];
    let ran = program
        .run(&create)
        .exits(3)
        .says(
            "error: 1 of 3 schemata were made, and then one could not be\n  caused by: schema `b`",
        )
        .says("not here");
    let made = ran.json();
    assert_eq!(made.as_array().unwrap().len(), 1);
    assert_eq!(made[0]["name"], "a");
    assert_eq!(program.statuses(), [("a".into(), "active".into())]);
}

#[test]
fn a_copy_has_no_rows_or_new_ids_or_the_same() {
    let program = Program::with_template(
        "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
         CREATE TABLE heard (name text);
         CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO heard VALUES (NEW.name); RETURN NULL; END $$;
         CREATE TRIGGER hear AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION hear()",
        &["a"],
    );
    program.sql("SET search_path TO a; INSERT INTO t (name) VALUES ('x'), ('y')");
    let facts = |schema: &str| {
        program.value(&format!(
            "SELECT concat_ws(' ', (SELECT count(*) FROM {schema}.t), (SELECT count(*) FROM {schema}.heard),
                 (SELECT count(*) FROM {schema}.t JOIN a.t o USING (id, name)))"
        ))
    };
    assert_eq!(facts("a"), "2 2 2");
    let cases: [(&str, &[&str], &str); 5] = [
        ("plain", &[], "0 0 0"),
        ("none", &["--data", "no"], "0 0 0"),
        ("new", &["--data", "new-ids", "--label", "New"], "2 2 0"),
        ("same", &["--data", "same-ids"], "2 2 2"),
        ("loud", &["--data", "new-ids", "--fire-triggers"], "2 4 0"),
    ];
    for (name, args, expected) in cases {
        let made = program.json(&[&["clone", "a", name], args].concat());
        assert_eq!(made["name"], name);
        assert_eq!(facts(name), expected, "for {name}");
    }
    assert_eq!(program.json(&["show", "new"])["label"], "New");
    let ran = program.schema(&["clone", "a", "last"]).exits(0);
    let ran = ran.says("schema `last`: copied from `a`");
    assert!(ran.rows().contains(&vec!["name", "last"]));
}
