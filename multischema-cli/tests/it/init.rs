//! `multischema init`.

use crate::program::Program;

#[test]
fn a_database_may_be_prepared_again_and_again() {
    let program = Program::new();
    program
        .schema(&["list"])
        .exits(1)
        .says("this database has no registry")
        .says("hint: prepare the database by `multischema init`");
    program
        .schema(&["create", "a"])
        .exits(1)
        .says("hint: prepare the database by `multischema init`");
    for _ in 0..2 {
        let ran = program.run(&["init"]).exits(0);
        assert_eq!(ran.stdout, "");
        ran.says("the database is prepared");
    }
    let ran = program.run(&["init", "--format", "json"]).exits(0);
    assert_eq!(ran.json(), serde_json::json!({ "prepared": true }));
    assert_eq!(
        program.value("SELECT count(*) FROM multischema.schemas"),
        "0"
    );
}

#[test]
fn ids_are_chosen_once() {
    const IDS: &str = "SELECT value FROM multischema.settings WHERE key = 'ids'";
    let program = Program::with(&[]);
    let value = |sql| program.value(sql);
    assert_eq!(value(IDS), "unique");
    // As long as there is no schema.
    program.run(&["init", "--ids", "per-schema"]).exits(0);
    assert_eq!(value(IDS), "per_schema");
    program.schema(&["create", "a"]).exits(0);
    program.run(&["init", "--ids", "unique"]).exits(1).says(
        "ids were to be unique, and the schemata that there are have ids that are per_schema",
    );
    program.run(&["init", "--ids", "per-schema"]).exits(0);
    program.run(&["init"]).exits(0);
    assert_eq!(value(IDS), "per_schema");
    program.run(&["init", "--ids", "odd"]).exits(2);
}
