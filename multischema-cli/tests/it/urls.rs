//! Where the URL comes from. Each names a folder in which no server is, and the error says which it was.

use crate::program::{Folder, Program, run};

fn url(name: &str) -> String {
    format!("postgres:///db?host=/nowhere/{name}")
}

fn file(name: &str) -> String {
    format!("database_url = '{}'\n", url(name))
}

#[test]
fn the_flag_wins_over_the_environment_and_that_over_the_file() {
    let folder = Folder::new();
    folder.write("multischema.toml", &file("file"));
    folder.write("other.toml", &file("other"));
    let list = ["schema", "list"];
    folder.run(&list).exits(1).says("/nowhere/file/");

    let other = [&["--config", "other.toml"][..], &list].concat();
    folder.run(&other).exits(1).says("/nowhere/other/");

    let environment = url("environment");
    let with_environment = |args: &[&str]| {
        let mut command = folder.command(args);
        run(command.env("DATABASE_URL", &environment))
    };
    with_environment(&other)
        .exits(1)
        .says("/nowhere/environment/");
    let flag = url("flag");
    let flag = [&list[..], &["--database-url", &flag]].concat();
    with_environment(&flag).exits(1).says("/nowhere/flag/");

    // As shells have it where a variable is not set.
    let mut empty = folder.command(&list);
    run(empty.env("DATABASE_URL", ""))
        .exits(1)
        .says("/nowhere/file/");
}

#[test]
fn each_way_leads_to_a_database() {
    let program = Program::with(&[]);
    let mut command = program.command(&[]);
    let url = command.get_envs().find(|(key, _)| *key == "DATABASE_URL");
    let url = url.unwrap().1.unwrap().to_str().unwrap().to_owned();
    let list = ["schema", "list"];
    run(command.args(list)).exits(0);
    let flag = [&["--database-url", &url][..], &list].concat();
    program.folder.run(&flag).exits(0);
    let text = format!("database_url = '{url}'");
    program.folder.write("multischema.toml", &text);
    program.folder.run(&list).exits(0);
}

#[test]
fn without_a_url_the_three_ways_to_give_one_are_named() {
    let ran = Folder::new().run(&["schema", "list"]).exits(2);
    for way in ["DATABASE_URL", "multischema.toml", "--database-url"] {
        assert!(ran.stderr.contains(way), "{ran:#?}");
    }
}

#[test]
fn a_file_that_is_named_has_to_be_there_and_to_be_right() {
    let folder = Folder::new();
    let with = |name| folder.run(&["--config", name, "schema", "list"]);
    let ran = with("none.toml").exits(2).says("cannot read none.toml");
    ran.says("caused by: ");

    folder.write("typo.toml", "\ndatabase_uri = 'x'\n");
    with("typo.toml")
        .exits(2)
        .says("typo.toml, line 2: unknown field `database_uri`");
    // That in the folder, too, and also if the URL comes from elsewhere.
    folder.write("multischema.toml", "colour = true");
    let url = url("flag");
    folder
        .run(&["schema", "list", "--database-url", &url])
        .exits(2)
        .says("multischema.toml, line 1: unknown field `colour`");
}

#[test]
fn an_empty_url_is_a_mistake() {
    let folder = Folder::new();
    let args = ["schema", "list", "--database-url", ""];
    folder.run(&args).exits(2).says("--database-url");
}

#[test]
fn a_server_with_tls_can_be_reached() {
    let url = "postgres://127.0.0.1:1/db?sslmode=require";
    let ran = Folder::new().run(&["schema", "list", "--database-url", url]);
    // libpq is ready to, and there is no server.
    ran.exits(1).says("Connection refused");
}
