//! A database is its test's own, and is dropped after it.

use diesel::connection::SimpleConnection as _;
use multischema::testing::Server;

use super::ground::{Ground, first_line, stderr};
use super::{connect, database_of, has_database};

#[test]
fn database_keeps_its_server() {
    let database = Server::start().unwrap().database().unwrap();
    connect(database.url());
}

#[test]
fn database_is_dropped_even_if_a_connection_is_open() {
    let server = Server::start().unwrap();
    let database = server.database().unwrap();
    let mut open = connect(database.url());
    let name = database_of(&mut open);
    let mut maintenance = connect(server.url());
    assert!(has_database(&mut maintenance, &name));

    drop(database);

    assert!(!has_database(&mut maintenance, &name));
    assert!(open.batch_execute("SELECT").is_err());
}

#[test]
fn databases_have_names_of_their_own() {
    let server = Server::start().unwrap();
    let [one, two] = [server.database().unwrap(), server.database().unwrap()];

    assert_ne!(
        database_of(&mut connect(one.url())),
        database_of(&mut connect(two.url()))
    );
}

#[test]
fn database_on_the_server_of_database_url_is_dropped() {
    let server = Server::start().unwrap();
    let host = server.url().split(['=', '&']).nth(1).unwrap();
    let mut maintenance = connect(server.url());

    for url in [
        server.url().to_owned(),
        format!("{}&dbname=template1", server.url()),
        format!(
            "postgres://postgres:secret@{}/postgres",
            host.replace('/', "%2F")
        ),
        format!("host={host} dbname=postgres user=postgres password='a b'"),
    ] {
        let ground = Ground::new();
        let mut command = ground.hold_server("hold database");
        let mut child = command.env("DATABASE_URL", &url).spawn().unwrap();
        let name = database_of(&mut connect(&first_line(&mut child)));

        assert!(name.starts_with("multischema_"), "for {url}: {name}");
        assert!(has_database(&mut maintenance, &name));
        let output = child.wait_with_output().unwrap(); // closes its input
        assert!(output.status.success(), "for {url}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "for {url}");
        assert!(!has_database(&mut maintenance, &name), "for {url}");
        assert_eq!(ground.server(), None, "for {url}");
    }
}

#[test]
fn database_that_cannot_be_dropped_is_reported() {
    let server = Server::start().unwrap();
    let ground = Ground::new();
    let mut command = ground.hold_server("hold database");
    let mut child = command.env("DATABASE_URL", server.url()).spawn().unwrap();
    let name = database_of(&mut connect(&first_line(&mut child)));

    connect(server.url())
        .batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .unwrap();
    let output = child.wait_with_output().unwrap();

    assert!(output.status.success());
    assert!(
        stderr(&output).contains(&format!("the database `{name}` is left")),
        "{}",
        stderr(&output)
    );
}
