//! A database that is there for as long as somebody reads it.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::connect;
use crate::exit::Exit;
use crate::failure::Failure;

/// An empty database on the server of another, dropped with this value.
///
/// Who is killed leaves theirs behind, and the next one drops it: each holds an advisory lock of its name in the database that it was
/// made from, and that number is in its name, so that nobody drops one in use.
pub(super) struct Scratch {
    pg: PgConnection,
    name: String,
    url: String,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

impl Scratch {
    pub(super) fn new(url: &str) -> Result<Self, Failure> {
        connect::reach(url)?;
        // It was reached a moment ago, so what is wrong now is no mistake in the URL.
        let pg = PgConnection::establish(url);
        let mut pg = pg.map_err(|_| Failure::new(Exit::Failed, "the database went away"))?;
        let made = make(&mut pg);
        let name = made.map_err(|error| {
            let hint = "the migrations are run in a database of their own, which needs the right to make one (`ALTER ROLE … CREATEDB`): \
                        name any server where you may by `--database-url`, such as that of your own machine";
            let error = format!("cannot make a scratch database: {error}");
            Failure::new(Exit::Failed, error).hint(hint)
        })?;
        let url = with_database(url, &name);
        Ok(Self { pg, name, url })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // If it cannot be now, the next one does it.
        let _ = remove(&mut self.pg, &self.name);
    }
}

fn make(pg: &mut PgConnection) -> QueryResult<String> {
    let prefix = "SELECT concat('multischema_scratch_', oid, '_') AS name FROM pg_database WHERE datname = current_database()";
    let prefix = diesel::sql_query(prefix).get_result::<Name>(pg)?.name;
    let left = diesel::sql_query(
        "SELECT datname::text AS name FROM pg_database WHERE starts_with(datname::text, $1)",
    );
    let left: Vec<Name> = left.bind::<Text, _>(&prefix).load(pg)?;
    for Name { name } in left {
        if lock(pg, &name)? {
            remove(pg, &name)?;
        }
    }
    let name = diesel::sql_query("SELECT concat($1, pg_backend_pid()) AS name");
    let name = name.bind::<Text, _>(&prefix).get_result::<Name>(pg)?.name;
    lock(pg, &name)?;
    pg.batch_execute(&format!("CREATE DATABASE {name}"))?;
    Ok(name)
}

fn lock(pg: &mut PgConnection, name: &str) -> QueryResult<bool> {
    let query = diesel::sql_query("SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS answer");
    Ok(query.bind::<Text, _>(name).get_result::<Answer>(pg)?.answer)
}

/// The names are ours: letters, digits and `_`.
fn remove(pg: &mut PgConnection, name: &str) -> QueryResult<()> {
    pg.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
}

/// The connection string with another database. Of what is named twice, libpq takes the last.
fn with_database(url: &str, name: &str) -> String {
    let is_uri = ["postgres://", "postgresql://"]
        .iter()
        .any(|it| url.starts_with(it));
    match (is_uri, url.contains('?')) {
        (false, _) => format!("{url} dbname={name}"),
        (true, false) => format!("{url}?dbname={name}"),
        (true, true) => format!("{url}&dbname={name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_the_last_thing_that_a_connection_string_names() {
        for (url, expected) in [
            ("postgres://h/db", "postgres://h/db?dbname=s"),
            (
                "postgresql:///db?host=/run",
                "postgresql:///db?host=/run&dbname=s",
            ),
            ("host=h dbname=db", "host=h dbname=db dbname=s"),
        ] {
            assert_eq!(with_database(url, "s"), expected);
        }
    }
}
