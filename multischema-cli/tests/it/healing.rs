//! `multischema schema heal`.

use serde_json::json;

use crate::program::Program;

#[test]
fn nothing_is_healed_where_nothing_is_wrong() {
    let program = Program::with(&["a"]);
    let ran = program.schema(&["heal"]).exits(0);
    assert_eq!(ran.stdout, "");
    assert_eq!(ran.stderr, "the registry and PostgreSQL agree\n");
    let expected = json!({ "created": [], "adopted": [], "purged": [], "left": [] });
    assert_eq!(program.json(&["heal"]), expected);
}

#[test]
fn what_is_healed_is_reported_and_what_is_not_is_found() {
    let program = Program::with(&["a", "b", "c", "d"]);
    let break_all = || {
        program.schema(&["archive", "c"]).exits(0);
        program.sql(
            "DROP SCHEMA a CASCADE;
             DELETE FROM multischema.schemas WHERE name = 'b';
             UPDATE multischema.schemas SET status = 'purging' WHERE name = 'c'",
        );
    };
    break_all();
    let expected = json!({ "created": ["a"], "adopted": ["b"], "purged": ["c"], "left": [] });
    assert_eq!(program.json(&["heal"]), expected);

    program.schema(&["create", "c"]).exits(0);
    break_all();
    program.sql(
        "CREATE SCHEMA stray; CREATE TABLE stray.odd (id integer);
         CREATE SCHEMA \"Theirs\"",
    );
    let ran = program
        .schema(&["heal"])
        .exits(4)
        .says("left as they are: 2");
    let rows = ran.rows();
    assert_eq!(rows[1], ["a", "made anew, without rows"]);
    assert_eq!(rows[2], ["b", "taken into the registry"]);
    assert_eq!(rows[3], ["c", "purged"]);
    assert_eq!(rows[4][0], "Theirs");

    let ran = program.run(&["-q", "--format", "json", "schema", "heal"]);
    assert_eq!(ran.stderr, "");
    let report = ran.exits(4).json();
    assert_eq!(report["created"], json!([]));
    assert_eq!(report["left"][0]["schema"], "Theirs");
    assert_eq!(report["left"][1]["schema"], "stray");
    let problem = report["left"][1]["problem"].as_str().unwrap();
    assert!(problem.contains("not equal to the template"), "{problem}");
    assert!(
        problem.contains("table `odd` is not in the template"),
        "{problem}"
    );
}
