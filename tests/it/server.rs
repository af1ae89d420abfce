//! The throw-away server: it comes up, it is one's own, and nothing of it is left.

mod database;
mod ground;
mod left;
mod start;

use std::os::unix::process::ExitStatusExt as _;
use std::process::Child;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("a connection")
}

fn database_of(conn: &mut PgConnection) -> String {
    diesel::select(sql::<Text>("current_database()::text"))
        .get_result(conn)
        .expect("the name of the database")
}

fn has_database(conn: &mut PgConnection, name: &str) -> bool {
    diesel::select(
        sql::<Bool>("EXISTS (SELECT FROM pg_database WHERE datname = ")
            .bind::<Text, _>(name)
            .sql(")"),
    )
    .get_result(conn)
    .expect("the list of databases")
}

/// Ends a process as `kill -9` does.
fn kill(child: &mut Child) {
    child.kill().expect("a running child");
    let status = child.wait().expect("our child");
    assert_eq!(status.signal(), Some(9));
}
