//! The registry of schemata. Numbers are those of the behaviours in group A.

mod archiving;
mod attacks;
mod copying;
mod creating;
mod healing;
mod init;
mod interrupted;
mod life;
mod limits;
mod many;
mod outer;
mod purging;
mod renaming;
mod renumbering;
mod roles;

use diesel::pg::PgConnection;
use multischema::{CreateError, Registry, SchemaName};
use multischema_tests::{World, value};

fn name(name: &str) -> SchemaName {
    name.parse().unwrap()
}

/// The rows of the registry and the schemata that are nobody else's, e.g. `a b|a b`.
fn what_there_is(pg: &mut PgConnection) -> String {
    const ROWS: &str = "(SELECT string_agg(name, ' ' ORDER BY name) FROM multischema.schemas)";
    const SCHEMATA: &str = "(SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace \
        WHERE nspname !~ '^(pg_|multischema|public|information_schema|__template__)')";
    value(
        pg,
        &format!("concat(coalesce({ROWS}, ''), '|', coalesce({SCHEMATA}, ''))"),
    )
}

#[track_caller]
fn nothing_is_left(world: &World) {
    assert_eq!(what_there_is(&mut world.pg()), "|");
}

/// An error and all its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[track_caller]
fn refused(registry: &Registry, schema: &str) -> CreateError {
    registry.create(name(schema)).unwrap_err()
}
