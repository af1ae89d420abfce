//! What stops a run, or a schema's part in it.

use std::fmt;
use std::time::Duration;

use diesel::ConnectionError;

use super::BoxError;
use super::place::Place;
use super::sql::Shared;
use crate::name::{InvalidSchemaName, SchemaName};
use crate::template::{Ids, TemplateIssue};

/// Why a run, or one schema's part in it, failed.
///
/// What fails before the first schema (the library's tables, global migrations, the template) is returned by
/// [`Migrator::run`](crate::Migrator::run); what fails in a schema is in its [`Outcome`](crate::Outcome).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The server cannot be reached, or refuses the role.
    #[error("cannot connect to the database")]
    Connect(#[source] ConnectionError),
    /// The connection string is not one. What libpq says of it is left out, as it quotes what it does not
    /// understand.
    #[error(
        "the connection string is not understood (expected `postgres://USER:PASSWORD@HOST/DATABASE`, with `@`, `/`, `:`, `#` and `%` \
         in the password percent-encoded); it is not shown, as it may hold a password"
    )]
    ConnectionString,
    /// Somebody else is at it. Let the other run finish, or give this one more patience with
    /// [`lock_timeout`](crate::Migrator::lock_timeout).
    #[error("{} migrated or changed by someone else; waited {waited:?}", is(schema.as_ref()))]
    Busy {
        /// The schema; none if all are in use by another run.
        schema: Option<SchemaName>,
        /// How long this run waited.
        waited: Duration,
    },
    /// The library's own tables could not be made.
    #[error("the tables of multischema could not be made or brought up to date")]
    Install(#[source] BoxError),
    /// The source of migrations cannot be read.
    #[error("the {kind} migrations cannot be read")]
    Source {
        /// `global` or `tenant`.
        kind: &'static str,
        /// What the source says.
        source: BoxError,
    },
    /// Two migrations of one source have the same version, and Diesel would run one of them only.
    #[error("migrations `{first}` and `{second}` have the same version")]
    SameVersion {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// A row of the registry cannot be the name of a schema.
    #[error("the registry holds a name that no schema can have")]
    Name(#[from] InvalidSchemaName),
    /// The search path was set and the schema is not the first in it: it is gone, or this role may not use it.
    #[error("{} could not be entered: the current schema is {}; does it exist, {}",
        the(schema.as_ref()), quoted(found.as_ref()),
        if schema.is_none() { "may this role use it, and is it the first of the shared schemata?" } else { "and may this role use it?" })]
    NotEntered {
        /// The schema; none for `public`.
        schema: Option<SchemaName>,
        /// The current schema.
        found: Option<String>,
    },
    /// A tenant's schema is one of those that all share.
    #[error("schema `{schema}` is shared by all tenants and cannot be one's own")]
    Shared {
        /// The schema.
        schema: SchemaName,
    },
    /// A tenant's table or view has the name of one in a shared schema. A schema that lacks it would find that of
    /// all: rename one of them.
    #[error("{}the name of a tenant's table is in use in a shared schema: {}; rename one of them", by(migration.as_ref()), names.join(", "))]
    Shadowed {
        /// The migration that was refused; none if it was so before.
        migration: Option<String>,
        /// The tables and views of shared schemata, as `public.documents`.
        names: Vec<String>,
    },
    /// A migration failed. If it ran in a transaction, nothing of it is left.
    #[error("migration `{migration}` failed {}", on(schema.as_ref()))]
    Migration {
        /// The schema; none for `public`.
        schema: Option<SchemaName>,
        /// The migration's name.
        migration: String,
        /// What PostgreSQL calls the error, where Diesel tells: violations of constraints, failures to serialise.
        sqlstate: Option<&'static str>,
        /// Whether others had a lock that it wanted, for as long as this run waited.
        is_locked: bool,
        /// What the migration says.
        source: BoxError,
    },
    /// A migration left its search path or role changed: its tables may be in another schema, and its history
    /// would have been. If it ran in a transaction, nothing of it is left. Take `SET search_path`, `SET ROLE` and
    /// `SELECT set_config('search_path', …)` out of it.
    #[error("migration `{migration}` moved the connection {}: expected {expected}, found {found}", on(schema.as_ref()))]
    Moved {
        /// The schema; none for `public`.
        schema: Option<SchemaName>,
        /// The migration's name.
        migration: String,
        /// Search path, current schema and role before.
        expected: String,
        /// The same after.
        found: String,
    },
    /// A migration ended the transaction it ran in, so what it did cannot be taken back, and is in no history.
    /// Take `COMMIT` out of it, or write `run_in_transaction = false` into its `metadata.toml`.
    #[error("migration `{migration}` ended the transaction it ran in {}", on(schema.as_ref()))]
    TransactionEnded {
        /// The schema; none for `public`.
        schema: Option<SchemaName>,
        /// The migration's name.
        migration: String,
    },
    /// A migration that runs in no transaction began one and left it open. Nothing of that is left.
    #[error("migration `{migration}` left a transaction open {}", on(schema.as_ref()))]
    TransactionLeftOpen {
        /// The schema; none for `public`.
        schema: Option<SchemaName>,
        /// The migration's name.
        migration: String,
    },
    /// A migration made a column whose ids would not be unique across schemata, and there is no way for them to be. If it
    /// ran in a transaction, nothing of it is left.
    #[error("migration `{migration}` makes ids that are not unique {}", on(schema.as_ref()))]
    Ids {
        /// The schema.
        schema: Option<SchemaName>,
        /// The migration's name.
        migration: String,
        /// Which, and what to do.
        source: TemplateIssue,
    },
    /// The server has not enough room for the locks that a migration takes. Nothing of it is left, if it ran in a
    /// transaction. Wait until others are done, raise `max_locks_per_transaction` and restart the server, or write several
    /// migrations.
    #[error(
        "migration `{migration}` {}, and the server has room for {free} more of {capacity} {}; try again later, raise \
         `max_locks_per_transaction`, or write several migrations",
        needed.map_or("takes more locks".to_owned(), |needed| format!("takes about {needed} locks")),
        on(schema.as_ref())
    )]
    Locks {
        /// The schema; none for `public`.
        schema: Option<SchemaName>,
        /// The migration's name.
        migration: String,
        /// How many locks it took in the template, if it was run there before.
        needed: Option<i64>,
        /// For how many more there is room.
        free: i64,
        /// How many the server has room for.
        capacity: i64,
    },
    /// An index is not complete, after a migration that runs in no transaction: PostgreSQL leaves it where a `CREATE INDEX
    /// CONCURRENTLY` is cut off, and `IF NOT EXISTS` passes over it. Drop it and run again.
    #[error(
        "migration `{migration}` left an index {} that is not valid: {}; was one cut off before? Drop it and run again",
        on(schema.as_ref()), indexes.join(", ")
    )]
    InvalidIndexes {
        /// The schema; none for `public`.
        schema: Option<SchemaName>,
        /// The migration's name.
        migration: String,
        /// The names of the indexes.
        indexes: Vec<String>,
    },
    /// Nothing is known of a migration that is to be reverted: the history has it, and the source lacks it.
    #[error("the history {} has version `{version}`, which the migrations lack, so it cannot be reverted; get the migrations that were run", on(schema.as_ref()))]
    UnknownVersion {
        /// The schema; none for `public`.
        schema: Option<SchemaName>,
        /// The version.
        version: String,
    },
    /// What is to be done again was not done everywhere. Nothing was touched; [`run`](crate::Migrator::run) first.
    #[error("version `{version}` cannot be done again, as it is not applied in {}; `run` applies it", names.join(", "))]
    Behind {
        /// The version.
        version: String,
        /// The schemata that lack it, the template among them.
        names: Vec<String>,
    },
    /// The registry has no schemata of these names; no schema was touched.
    #[error("no such schema: {}; the registry lists those that there are", names.join(", "))]
    UnknownSchemata {
        /// The names, in the order in which they were given.
        names: Vec<String>,
    },
    /// All is done and committed, and the connection could not be cleaned after it. It was closed. This is told [beside](crate::SchemaReport::trouble)
    /// what was done, and is no failure.
    #[error("the connection could not be cleaned after what was done {}, which stays, and was closed", on(schema.as_ref()))]
    NotCleaned {
        /// The schema; none for `public`.
        schema: Option<SchemaName>,
        /// What Diesel says.
        source: diesel::result::Error,
    },
    /// The schemata that there are count their ids otherwise.
    #[error("ids were to be {wanted}, and the schemata that there are have ids that are {found}")]
    OtherIds {
        /// How they were to count.
        wanted: Ids,
        /// How they do.
        found: Ids,
    },
    /// A question of the run's own could not be answered.
    #[error("the database could not be asked {}", on(schema.as_ref()))]
    Query {
        /// The schema; none for `public` and the library's tables.
        schema: Option<SchemaName>,
        /// What Diesel says.
        source: diesel::result::Error,
    },
}

impl MigrateError {
    /// Returns the schema that the error is about, if it is about one.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaName> {
        match self {
            Self::Busy { schema, .. }
            | Self::NotEntered { schema, .. }
            | Self::Migration { schema, .. }
            | Self::Moved { schema, .. }
            | Self::TransactionEnded { schema, .. }
            | Self::TransactionLeftOpen { schema, .. }
            | Self::Ids { schema, .. }
            | Self::Locks { schema, .. }
            | Self::InvalidIndexes { schema, .. }
            | Self::UnknownVersion { schema, .. }
            | Self::NotCleaned { schema, .. }
            | Self::Query { schema, .. } => schema.as_ref(),
            Self::Shared { schema } => Some(schema),
            Self::Connect(_)
            | Self::ConnectionString
            | Self::Install(_)
            | Self::Source { .. }
            | Self::SameVersion { .. }
            | Self::Name(_)
            | Self::Shadowed { .. }
            | Self::Behind { .. }
            | Self::UnknownSchemata { .. }
            | Self::OtherIds { .. } => None,
        }
    }

    /// Returns the name of the migration that failed or was refused, if it is about one.
    #[must_use]
    pub fn migration(&self) -> Option<&str> {
        match self {
            Self::Migration { migration, .. }
            | Self::Moved { migration, .. }
            | Self::TransactionEnded { migration, .. }
            | Self::TransactionLeftOpen { migration, .. }
            | Self::Ids { migration, .. }
            | Self::InvalidIndexes { migration, .. }
            | Self::Locks { migration, .. } => Some(migration),
            Self::Shadowed { migration, .. } => migration.as_deref(),
            _ => None,
        }
    }

    /// Of a connection that could not be made. libpq quotes what it cannot read of a connection string, and with
    /// it perhaps the password, so its words are passed on only where they are known to be of something else.
    pub(super) fn connect(error: ConnectionError) -> Self {
        const OF_THE_SERVER: [&str; 4] = [
            "connection to server ",
            "could not connect to server",
            "could not translate host name ",
            "FATAL:",
        ];
        match &error {
            ConnectionError::BadConnection(text) => {
                // A host with `@` is what comes of a password with `@`.
                let of_the_server = OF_THE_SERVER.iter().any(|begin| text.starts_with(begin));
                if of_the_server && !text.contains('@') {
                    Self::Connect(error)
                } else {
                    Self::ConnectionString
                }
            }
            ConnectionError::InvalidCString(_) | ConnectionError::InvalidConnectionUrl(_) => {
                Self::ConnectionString
            }
            _ => Self::Connect(error),
        }
    }

    pub(super) fn query(place: &Place) -> impl Fn(diesel::result::Error) -> Self + use<> {
        let schema = place.schema();
        move |source| Self::Query {
            schema: schema.clone(),
            source,
        }
    }

    pub(super) fn shadowed(migration: Option<String>, found: Vec<Shared>) -> Result<(), Self> {
        if found.is_empty() {
            return Ok(());
        }
        let names = found
            .into_iter()
            .map(|shared| format!("{}.{}", shared.schema, shared.name));
        Err(Self::Shadowed {
            migration,
            names: names.collect(),
        })
    }
}

/// Writes an error and its causes in one line.
pub(super) struct Chain<'a>(pub(super) &'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

fn on(schema: Option<&SchemaName>) -> String {
    match schema {
        Some(schema) => format!("on schema `{schema}`"),
        None => "in `public`".to_owned(),
    }
}

fn the(schema: Option<&SchemaName>) -> String {
    match schema {
        Some(schema) => format!("schema `{schema}`"),
        None => "`public`".to_owned(),
    }
}

fn is(schema: Option<&SchemaName>) -> String {
    match schema {
        Some(schema) => format!("schema `{schema}` is being"),
        None => "this database is being".to_owned(),
    }
}

fn by(migration: Option<&String>) -> String {
    match migration {
        Some(migration) => format!("migration `{migration}` is refused: "),
        None => String::new(),
    }
}

fn quoted(name: Option<&String>) -> String {
    match name {
        Some(name) => format!("`{name}`"),
        None => "none".to_owned(),
    }
}
