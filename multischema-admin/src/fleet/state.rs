//! What every schema has and lacks.

use std::collections::BTreeMap;

use diesel::QueryResult;
use multischema::{FleetStatus, History, SchemaName, ScopedConnection};
use multischema_axum::{DbError, GlobalDb};
use serde::Deserialize;

use super::fleet::Fleet;
use super::migrations::Migrations;
use super::past::last_failures;
use crate::rows::{Sql, add, parsed};

/// What a place has and lacks.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Standing {
    pub(crate) name: String,
    /// None of `public` and of the template.
    pub(crate) status: Option<String>,
    /// Whether PostgreSQL has it.
    pub(crate) exists: bool,
    pub(crate) behind: Vec<String>,
    pub(crate) ahead: Vec<String>,
    /// What the last run said of it, if it failed there and still lacks something.
    #[serde(default)]
    pub(crate) failed: Option<String>,
}

/// The whole fleet.
#[derive(Debug)]
pub(crate) struct State {
    /// `public` and the template, if it is known what they should have.
    pub(crate) shared: Vec<Standing>,
    /// By name.
    pub(crate) schemata: Vec<Standing>,
}

impl Standing {
    pub(crate) fn is_ok(&self) -> bool {
        self.exists && self.behind.is_empty() && self.ahead.is_empty()
    }

    fn of(history: &History) -> Self {
        let name = history.schema.as_ref();
        Self {
            name: name.map_or("public", SchemaName::as_str).to_owned(),
            status: history.status.map(|it| it.to_string()),
            exists: history.exists,
            behind: history.pending.clone(),
            ahead: history.unknown.clone(),
            failed: None,
        }
    }
}

impl Fleet {
    /// Asks what every schema has and lacks: of the site's migrations, or else of what the template has.
    pub(crate) async fn state(&self, db: &GlobalDb) -> Result<State, DbError> {
        let failures = db.run(last_failures).await?;
        let mut state = match self.migrations.clone() {
            Some(migrations) => of_migrations(migrations).await?,
            None => State {
                shared: Vec::new(),
                schemata: db.run(of_template).await?,
            },
        };
        note(&mut state.schemata, failures);
        state
            .schemata
            .sort_by(|one, other| one.name.cmp(&other.name));
        Ok(state)
    }
}

async fn of_migrations(migrations: Migrations) -> Result<State, DbError> {
    let Migrations { url, migrator } = migrations;
    let status = tokio::task::spawn_blocking(move || migrator.pending(&url));
    let status: FleetStatus = match status.await {
        Ok(status) => status.map_err(DbError::other)?,
        Err(error) => return Err(DbError::other(error)),
    };
    Ok(State {
        shared: vec![
            Standing::of(status.global()),
            Standing::of(status.template()),
        ],
        schemata: status.iter().map(Standing::of).collect(),
    })
}

/// What schemata have, and the template has not, or the other way round.
fn of_template<C: ScopedConnection>(conn: &mut C) -> QueryResult<Vec<Standing>> {
    // Nothing may have been migrated yet.
    let mut sql = Sql::new();
    let history = "'\"__template__\".__diesel_schema_migrations'";
    add!(
        sql,
        "SELECT (pg_catalog.to_regclass({history}) IS NOT NULL)::text AS line"
    );
    let has_history = sql.lines(conn)?.first().is_some_and(|it| it == "true");
    let wanted = match has_history {
        true => "SELECT version::text FROM \"__template__\".__diesel_schema_migrations",
        false => "SELECT ''::text AS version WHERE false",
    };
    let mut sql = Sql::new();
    add!(
        sql,
        "WITH wanted (version) AS ({wanted}) \
         SELECT pg_catalog.json_build_object('name', s.name, 'status', s.status, \
         'exists', s.status = 'archived' OR EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = s.name), \
         'behind', ARRAY(SELECT version FROM wanted EXCEPT SELECT a.version FROM multischema.applied a WHERE a.schema_id = s.id ORDER BY 1), \
         'ahead', ARRAY(SELECT a.version FROM multischema.applied a WHERE a.schema_id = s.id EXCEPT SELECT version FROM wanted ORDER BY 1) \
         )::text AS line FROM multischema.schemas s WHERE s.status <> 'purging'"
    );
    let lines = sql.lines(conn)?;
    lines.iter().map(|it| parsed(it)).collect()
}

/// Who was mended by hand since does not lack anything.
fn note(schemata: &mut [Standing], mut failures: BTreeMap<String, Option<String>>) {
    for it in schemata.iter_mut().filter(|it| !it.behind.is_empty()) {
        if let Some(message) = failures.remove(&it.name) {
            it.failed = Some(message.unwrap_or_default());
        }
    }
}
