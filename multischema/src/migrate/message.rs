//! The messages around a migration, each of several statements. Texts are constant, but for names of schemata, quoted, and
//! versions as literals.

use super::sql::Standing;
use super::work::Way;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::path::SearchPath;
use crate::quoted::{Identifier, Literal, list};

/// How many sequences and defaults this session has made or changed and not yet told the collector of, which it does between two
/// messages, and not in a transaction: rows of `pg_sequence` and `pg_attrdef`.
macro_rules! ids_made {
    () => {
        "(pg_catalog.pg_stat_get_xact_tuples_inserted(2224) OPERATOR(pg_catalog.+) \
          pg_catalog.pg_stat_get_xact_tuples_updated(2224) OPERATOR(pg_catalog.+) \
          pg_catalog.pg_stat_get_xact_tuples_inserted(2604) OPERATOR(pg_catalog.+) \
          pg_catalog.pg_stat_get_xact_tuples_updated(2604))::pg_catalog.text"
    };
}
pub(super) use ids_made;

/// Begins the transaction of a migration, in which the guard of the template lets through. It takes no snapshot, so that the
/// migration may begin with `SET TRANSACTION ISOLATION LEVEL`.
macro_rules! begin {
    () => {
        "BEGIN; SET LOCAL multischema.migrating TO 'on'"
    };
}

/// The same where another was on this connection before. What that has prepared is not rolled back with it.
pub(super) const BEGIN: &str = concat!(
    "BEGIN; DEALLOCATE ALL; SELECT pg_catalog.set_config('multischema.ids_before', ",
    ids_made!(),
    ", false); COMMIT; ",
    begin!()
);

/// A schema that is to be migrated, as the run believes it to be.
pub(super) struct Belief<'a> {
    pub(super) id: i32,
    pub(super) name: &'a SchemaName,
    pub(super) status: SchemaStatus,
    /// What PostgreSQL calls it.
    pub(super) called: &'a SchemaName,
    /// Versions that are all applied, or none of them.
    pub(super) versions: &'a [String],
    pub(super) are_present: bool,
}

/// Puts the connection into a schema, takes its lock, and has it fail unless all is as believed; then begins a transaction of
/// its first migration if `begins`.
pub(super) fn enter(belief: &Belief<'_>, path: &SearchPath, begins: bool) -> String {
    let versions = belief.versions.iter().map(|it| Literal(it));
    let mut text = format!(
        "BEGIN; SELECT pg_catalog.set_config('search_path', {}, false); \
         SELECT multischema.enter_migration({}, {}, {}, pg_catalog.current_schema(), {}, \
         ARRAY[{}]::pg_catalog.text[], {}); COMMIT",
        Literal(path.as_str()),
        belief.id,
        Literal(belief.name.as_str()),
        Literal(belief.status.as_str()),
        Literal(belief.called.as_str()),
        list(versions),
        belief.are_present,
    );
    if begins {
        text.push_str(concat!("; ", begin!()));
    }
    text
}

/// Writes into the history of `schema`, which is not in the registry, that a migration was applied or reverted.
pub(super) fn record(schema: &str, version: &str, way: Way) -> String {
    let (schema, version) = (Identifier(schema), Literal(version));
    match way {
        Way::Up => {
            format!("INSERT INTO {schema}.__diesel_schema_migrations (version) VALUES ({version})")
        }
        Way::Down => format!(
            "DELETE FROM {schema}.__diesel_schema_migrations \
             WHERE version::pg_catalog.text OPERATOR(pg_catalog.=) {version}::pg_catalog.text"
        ),
    }
}

/// The same of a schema in the registry, and there as well: it has another shape now. Fails unless the connection is where it
/// was `expected`, and the transaction is that of the migration; and if there may be other ids, if it `has_no_ids`.
pub(super) fn note(
    expected: &Standing,
    has_no_ids: bool,
    (id, called): (i32, &str),
    version: &str,
    way: Way,
) -> String {
    let Standing {
        search_path, role, ..
    } = expected;
    let schema = expected.current_schema.as_deref().unwrap_or_default();
    format!(
        "SELECT multischema.end_migration(ARRAY[pg_catalog.current_setting('search_path'), \
         pg_catalog.current_schema()::pg_catalog.text, pg_catalog.concat(session_user, ' as ', current_user), \
         pg_catalog.current_setting('multischema.migrating', true)], \
         ARRAY[{}, {}, {}, 'on']::pg_catalog.text[], {has_no_ids}, {id}, {}, {}, {})",
        Literal(search_path),
        Literal(schema),
        Literal(role),
        Literal(called),
        Literal(version),
        way == Way::Up,
    )
}

/// Why [`note`] failed.
pub(super) enum Refusal {
    /// The connection is here; whether the transaction is still that of the migration.
    Moved(Standing),
    /// There may be other ids.
    Ids,
}

impl Refusal {
    pub(super) fn of(error: &diesel::result::Error) -> Option<Self> {
        let diesel::result::Error::DatabaseError(_, information) = error else {
            return None;
        };
        match information.message() {
            "multischema: there may be other ids" => Some(Self::Ids),
            "multischema: the connection was moved" => {
                let mut found = information.details()?.split('\n');
                let mut next = || found.next().unwrap_or_default().to_owned();
                Some(Self::Moved(Standing {
                    search_path: next(),
                    current_schema: Some(next()).filter(|schema| !schema.is_empty()),
                    role: next(),
                    let_through: next() == "on",
                    transaction: 0,
                    may_have_ids: false,
                }))
            }
            _ => None,
        }
    }
}
