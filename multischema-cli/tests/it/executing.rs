//! `exec`.

use std::process::Stdio;

use crate::migrating::program;
use crate::program::run;

#[test]
fn sql_runs_in_some_schemata_or_all_each_in_a_transaction() {
    let program = program();
    program
        .run(&[
            "exec",
            "--schema",
            "a,b",
            "-c",
            "INSERT INTO notes (n) VALUES (1)",
        ])
        .exits(0);
    let counts = "SELECT concat((SELECT count(*) FROM a.notes), (SELECT count(*) FROM b.notes), (SELECT count(*) FROM c.notes))";
    assert_eq!(program.value(counts), "110");
    program.folder.write(
        "some.sql",
        "INSERT INTO notes (n) VALUES (2); INSERT INTO notes (n) VALUES (2)",
    );
    program.run(&["exec", "--all", "-f", "some.sql"]).exits(0);
    assert_eq!(program.value(counts), "332");
    let mut command = program.command(&["exec", "--all", "-f", "-"]);
    command.stdin(Stdio::from(
        std::fs::File::open(program.folder.path("some.sql")).unwrap(),
    ));
    run(&mut command).exits(0);
    assert_eq!(program.value(counts), "554");

    program.sql("CREATE UNIQUE INDEX ON b.notes (n) WHERE n > 5");
    let twice = "INSERT INTO notes (n) VALUES (7); INSERT INTO notes (n) VALUES (7)";
    let ran = program.run(&["exec", "--all", "-c", twice]).exits(3);
    let ran = ran.says("1 more schemata were left alone");
    assert!(ran.rows()[2][2].contains("duplicate key"), "{ran:#?}");
    assert_eq!(program.value(counts), "754", "all or nothing in each");
    program
        .run(&["exec", "--all", "--keep-going", "-c", twice])
        .exits(3);
    assert_eq!(program.value(counts), "956");
    program
        .run(&["exec", "--schema", "b", "-c", twice])
        .exits(1);
}
