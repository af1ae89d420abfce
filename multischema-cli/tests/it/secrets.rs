//! No password is ever shown.

use std::process::Command;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use multischema::testing::Server;

use crate::program::{Folder, Ran, run};

const PASSWORD: &str = "Tr0ub4dor";

#[track_caller]
fn shows_no_password(command: &mut Command, status: i32) -> Ran {
    let ran = run(command).exits(status);
    // A part of it is too much as well.
    for part in [PASSWORD, "Tr0ub", "4dor"] {
        let shown = ran.stdout.contains(part) || ran.stderr.contains(part);
        assert!(!shown, "{ran:#?}");
    }
    ran
}

/// Has the program connect, by each way to name a database.
#[track_caller]
fn connects(url: &str, status: i32) -> Ran {
    let folder = Folder::new();
    let mut by_flag = folder.command(&["schema", "list", "--database-url", url]);
    shows_no_password(&mut by_flag, status);
    let text = format!("database_url = '{url}'");
    folder.write("multischema.toml", &text);
    shows_no_password(&mut folder.command(&["schema", "list"]), status);
    let mut by_environment = folder.command(&["schema", "list"]);
    shows_no_password(by_environment.env("DATABASE_URL", url), status)
}

#[test]
fn not_if_it_is_wrong() {
    let server = Server::start().unwrap();
    let mut pg = PgConnection::establish(server.url()).unwrap();
    pg.batch_execute(
        "CREATE ROLE clerk LOGIN PASSWORD 'right';
         DO $$ BEGIN EXECUTE format(
             'COPY (VALUES (''local all postgres trust''), (''local all all scram-sha-256'')) TO %L',
             current_setting('hba_file')
         ); END $$",
    )
    .unwrap();
    server.restart().unwrap();
    let url = server.url().replace("&user=postgres", "");
    let with = |password| url.replace(":///", &format!("://clerk:{password}@/"));
    let ran = connects(&with(PASSWORD), 1);
    ran.says("error: cannot connect to the database\n  caused by: connection to server")
        .says("password authentication failed for user \"clerk\"");
    // With the right one the program gets further, so that the test above tests what it says.
    connects(&with("right"), 1).says("this database has no registry");
}

#[test]
fn not_if_the_host_does_not_answer() {
    let url = format!("postgres://me:{PASSWORD}@127.0.0.1:1/db");
    connects(&url, 1).says("caused by: connection to server at \"127.0.0.1\", port 1 failed");
    let url = format!("host=127.0.0.1 port=1 user=me password={PASSWORD}");
    connects(&url, 1).says("caused by: connection to server");
    let url = format!("postgres://me:{PASSWORD}@nowhere.invalid/db");
    connects(&url, 1).says("could not translate host name \"nowhere.invalid\"");
}

#[test]
fn not_if_it_makes_the_url_unreadable() {
    for url in [
        "postgres://me:%zzTr0ub4dor@h/db",
        "postgres://me:Tr0ub/4dor@h/db",
        "postgres://me:1?Tr0ub/4dor@h/db",
        "postgres://me:Tr0ub@4dor@h.invalid/db",
        "postgres:/me:Tr0ub4dor@h/db",
        "psql://me:Tr0ub4dor@h/db",
        "host=h password=a Tr0ub4dor",
        "host=h password=\"a Tr0ub4dor=b\"",
        "Tr0ub4dor",
    ] {
        connects(url, 2).says("the connection string cannot be understood");
    }
}

#[test]
fn not_if_the_url_is_in_the_wrong_place() {
    let folder = Folder::new();
    let url = format!("postgres://me:{PASSWORD}@h/db");
    let words = format!("host=h password={PASSWORD}");
    let option = format!("--url={url}");
    let (url, words, option) = (url.as_str(), words.as_str(), option.as_str());
    for args in [
        &[url][..],
        &["schema", "list", url],
        &["schema", "list", words],
        &["schema", "show", url],
        &["schema", "create", words],
        &["schema", "list", "--format", url],
        &["schema", "list", "--status", url],
    ] {
        let ran = shows_no_password(&mut folder.command(args), 2);
        ran.says("it belongs to `--database-url`");
    }
    shows_no_password(&mut folder.command(&["schema", "list", option]), 2);
    // A mistake elsewhere is named.
    let args = ["schema", "lst", "--database-url", url];
    shows_no_password(&mut folder.command(&args), 2).says("'lst'");
}
