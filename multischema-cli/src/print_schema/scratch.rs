//! A database that is there for as long as somebody reads it.

use std::error::Error;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Text};

use crate::connect;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// An empty database on the server of another, and like that; dropped with this value.
///
/// Who is killed leaves theirs behind, and the next one drops it: each holds an advisory lock in the database that it was made from,
/// by the number of its session there. Both numbers are in its name, so that nobody drops one in use.
pub(super) struct Scratch {
    pg: PgConnection,
    name: String,
    url: String,
}

/// The class of the locks, as of all advisory locks of ours.
const CLASS: i32 = 0x6d73_7072; // "mspr"

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
        let scratch = Self { pg, name, url };
        scratch.prove()?;
        Ok(scratch)
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Fails unless its URL leads to it: a pooler may lead elsewhere, to the database that is not to be touched.
    fn prove(&self) -> Result<(), Failure> {
        let query = diesel::sql_query("SELECT current_database()::text AS name");
        let pg = PgConnection::establish(&self.url);
        let found = pg
            .ok()
            .and_then(|mut pg| query.get_result::<Name>(&mut pg).ok());
        if found.is_some_and(|it| it.name == self.name) {
            return Ok(());
        }
        let error = format!(
            "the database `{}` was made, and cannot be reached, or its URL leads elsewhere",
            self.name
        );
        let hint =
            "name the server itself by `--database-url`, and not a pooler; nothing was touched";
        Err(Failure::new(Exit::Failed, error).hint(hint))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = remove(&mut self.pg, &self.name) {
            output::say(&format!(
                "the scratch database `{}` could not be dropped: {error}",
                self.name
            ));
        }
    }
}

fn make(pg: &mut PgConnection) -> Result<String, Box<dyn Error>> {
    // It is idle while the migrations run, and has the lock.
    let patient = "SELECT set_config('idle_session_timeout', '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'";
    diesel::sql_query(patient).execute(pg)?;
    let left = diesel::sql_query(
        "SELECT s.datname::text AS name FROM pg_database s JOIN pg_database d ON d.datname = current_database() \
         AND s.datname::text ~ concat('^multischema_scratch_', d.oid, '_[0-9]{1,9}$') WHERE pg_has_role(s.datdba, 'USAGE')",
    );
    for Name { name } in left.load(pg)? {
        let session = name.rsplit('_').next().and_then(|it| it.parse().ok());
        if session.is_some_and(|session| lock(pg, session).unwrap_or(false)) {
            // What cannot be dropped now is left to the next one.
            let _ = remove(pg, &name);
        }
    }
    let own = "SELECT pg_try_advisory_lock($1, pg_backend_pid()) AS answer";
    let own = diesel::sql_query(own).bind::<Integer, _>(CLASS);
    if !own.get_result::<Answer>(pg)?.answer {
        return Err("another is just dropping one that was left behind; try again".into());
    }
    // Names and places are quoted by the server that has them.
    let text = diesel::sql_query(
        "SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', \
         concat('multischema_scratch_', oid, '_', pg_backend_pid()), pg_encoding_to_char(encoding), datcollate, datctype) AS name \
         FROM pg_database WHERE datname = current_database()",
    );
    let text = text.get_result::<Name>(pg)?.name;
    pg.batch_execute(&text)?;
    let name = "SELECT concat('multischema_scratch_', oid, '_', pg_backend_pid()) AS name FROM pg_database WHERE datname = current_database()";
    Ok(diesel::sql_query(name).get_result::<Name>(pg)?.name)
}

fn lock(pg: &mut PgConnection, session: i32) -> QueryResult<bool> {
    let query = diesel::sql_query("SELECT pg_try_advisory_lock($1, $2) AS answer");
    let query = query.bind::<Integer, _>(CLASS).bind::<Integer, _>(session);
    Ok(query.get_result::<Answer>(pg)?.answer)
}

/// The names are ours: small letters, digits and `_`.
fn remove(pg: &mut PgConnection, name: &str) -> QueryResult<()> {
    pg.batch_execute(&format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))
}

/// The connection string with another database. Of what is named twice, libpq takes the last.
fn with_database(url: &str, name: &str) -> String {
    let is_uri = ["postgres://", "postgresql://"]
        .iter()
        .any(|it| url.starts_with(it));
    if !is_uri {
        return format!("{url} dbname={name}");
    }
    // There may be anything in a password.
    let after = url.rfind('@').map_or(0, |it| it + 1);
    let separator = match url[after..].split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{url}{separator}dbname={name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_is_the_last_thing_that_a_connection_string_names() {
        for (url, expected) in [
            ("postgres://h/db", "postgres://h/db?dbname=s"),
            ("postgres://u:p?w@h/db", "postgres://u:p?w@h/db?dbname=s"),
            ("postgres://h/db?", "postgres://h/db?dbname=s"),
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
