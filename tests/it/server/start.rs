//! A server comes up, and comes up again.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::time::{Duration, SystemTime};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use multischema::testing::Server;

use super::ground::{Ground, first_line, stderr};
use super::{connect, database_of, has_database, kill};

#[test]
fn several_servers_know_nothing_of_each_other() {
    let [one, two] = [Server::start().unwrap(), Server::start().unwrap()];
    assert_ne!(one.url(), two.url());

    let database = one.database().unwrap();
    let name = database_of(&mut connect(database.url()));
    assert!(has_database(&mut connect(one.url()), &name));
    assert!(!has_database(&mut connect(two.url()), &name));

    drop(two);
    connect(one.url());
}

#[test]
fn processes_that_race_on_a_cold_cache_all_come_up() {
    let ground = Ground::new();
    let children: Vec<_> = (0..4)
        .map(|_| ground.hold_server("drop").spawn().unwrap())
        .collect();

    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    ground.template();
}

#[test]
fn ordinary_user_can_start_a_server() {
    let ground = Ground::new();
    // The tests run as an ordinary user already, if not as root.
    let is_root = fs::metadata(ground.path()).unwrap().uid() == 0;
    let mut command = ground.copied_hold_server("hold");
    if is_root {
        command.uid(65534).gid(65534);
    }

    let mut child = command.spawn().unwrap();
    let url = first_line(&mut child);

    assert_eq!(database_of(&mut connect(&url)), "postgres");
    assert!(!is_root || ground.cache().ends_with("multischema-cache-65534"));
    kill(&mut child);
    ground.assert_nothing_left(child.id());
}

#[test]
fn template_that_others_could_have_written_is_not_used() {
    let ground = Ground::new();
    assert!(
        ground
            .hold_server("drop")
            .output()
            .unwrap()
            .status
            .success()
    );
    let control = ground.template().join("global/pg_control");
    fs::remove_file(control).unwrap();

    let trusted = ground.hold_server("drop").output().unwrap();
    assert!(
        stderr(&trusted).contains("pg_control"),
        "{}",
        stderr(&trusted)
    );

    fs::set_permissions(ground.cache(), Permissions::from_mode(0o777)).unwrap();
    let untrusted = ground.hold_server("drop").output().unwrap();
    assert!(untrusted.status.success(), "{}", stderr(&untrusted));
}

#[test]
fn template_that_is_old_is_replaced() {
    let ground = Ground::new();
    assert!(
        ground
            .hold_server("drop")
            .output()
            .unwrap()
            .status
            .success()
    );
    let control = ground.template().join("global/pg_control");
    fs::remove_file(&control).unwrap();
    let version = File::options()
        .write(true)
        .open(ground.template().join("PG_VERSION"));
    let three_days_ago = SystemTime::now() - Duration::from_secs(3 * 24 * 60 * 60);
    version.unwrap().set_modified(three_days_ago).unwrap();

    let output = ground.hold_server("drop").output().unwrap();

    assert!(output.status.success(), "{}", stderr(&output));
    assert!(control.is_file());
}

#[test]
fn unsuitable_folder_for_temporary_files_is_not_used() {
    let ground = Ground::new();
    let with_comma = ground.path().join("a,b");
    fs::create_dir(&with_comma).unwrap();
    fs::set_permissions(&with_comma, Permissions::from_mode(0o1777)).unwrap();

    for folder in ["/no/such/folder", "relative", with_comma.to_str().unwrap()] {
        let output = ground
            .hold_server("drop")
            .env("TMPDIR", folder)
            .output()
            .unwrap();

        assert!(output.status.success(), "for {folder}: {}", stderr(&output));
        let url = String::from_utf8_lossy(&output.stdout);
        assert!(
            url.contains("?host=/tmp/multischema_"),
            "for {folder}: {url}"
        );
    }
}

#[test]
fn chosen_folder_without_programs_is_an_error_that_names_the_ways_out() {
    let ground = Ground::new();
    let output = ground
        .hold_server("drop")
        .env("PATH", "")
        .env("MULTISCHEMA_PG_BIN", "/no/such/folder")
        .output()
        .unwrap();

    assert!(!output.status.success());
    for part in [
        "/no/such/folder",
        "MULTISCHEMA_PG_BIN",
        "DATABASE_URL",
        "No such file",
    ] {
        assert!(
            stderr(&output).contains(part),
            "{part}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn failing_program_is_an_error_with_the_end_of_its_log() {
    let ground = Ground::new();
    for (program, script) in [
        (
            "initdb",
            "case $1 in --version) ;; *) echo no room; exit 3;; esac",
        ),
        ("postgres", ""),
    ] {
        let file = ground.path().join(program);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
    }

    let output = ground
        .hold_server("drop")
        .env("MULTISCHEMA_PG_BIN", ground.path())
        .output()
        .unwrap();

    let expected = "`initdb` ended with exit status: 3; the end of its log:\nno room\n";
    assert_eq!(stderr(&output), expected);
    assert_eq!(ground.server(), None);
}

#[test]
fn restarted_server_has_what_was_committed_and_no_connection() {
    let server = Server::start().unwrap();
    let database = server.database().unwrap();
    let mut conn = connect(database.url());
    conn.batch_execute("CREATE TABLE notes AS SELECT 'kept' AS text")
        .unwrap();

    server.restart().unwrap();

    assert!(conn.batch_execute("SELECT").is_err());
    connect(database.url())
        .batch_execute("TABLE notes")
        .unwrap();
}

#[test]
fn stopped_server_takes_no_connection_until_it_is_restarted() {
    let server = Server::start().unwrap();

    server.stop().unwrap();
    server.stop().unwrap();
    assert!(PgConnection::establish(server.url()).is_err());
    assert!(server.database().is_err());

    server.restart().unwrap();
    connect(server.url());
}
