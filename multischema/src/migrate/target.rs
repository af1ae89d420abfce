//! The schemata of the registry, and what each has of the migrations in question.

use std::collections::BTreeSet;

use diesel::pg::PgConnection;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::error::MigrateError;
use super::place::Place;
use super::work::Goal;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;

/// A schema of the registry, as it was found.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) id: i32,
    pub(super) name: SchemaName,
    pub(super) status: SchemaStatus,
    /// Whether PostgreSQL has it.
    pub(super) exists: bool,
    /// What is left to do there.
    pub(super) todo: Vec<String>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    status: SchemaStatus,
    #[diesel(sql_type = Bool)]
    exists: bool,
    /// Which of the versions it has; none if all.
    #[diesel(sql_type = Nullable<Array<Text>>)]
    present: Option<Vec<String>>,
}

impl Target {
    /// All schemata, in the order of their numbers, in one query, whatever their number is. What `multischema.applied` says is
    /// believed.
    pub(super) fn all(pg: &mut PgConnection, goal: &Goal) -> Result<Vec<Self>, MigrateError> {
        let rows = rows(pg, &goal.versions).map_err(MigrateError::query(&Place::Global))?;
        let found = rows.into_iter().map(|row| {
            let todo = match &row.present {
                Some(present) => goal.todo(present),
                None => goal.todo(&goal.versions),
            };
            Ok(Self {
                id: row.id,
                name: row.name.parse()?,
                status: row.status,
                exists: row.exists,
                todo,
            })
        });
        found.collect()
    }

    /// Refuses names that are not among `targets`.
    pub(super) fn check_names(
        only: Option<&BTreeSet<SchemaName>>,
        targets: &[Self],
    ) -> Result<(), MigrateError> {
        let unknown = only.into_iter().flatten();
        let unknown = unknown.filter(|name| !targets.iter().any(|it| it.name == **name));
        let names: Vec<String> = unknown.map(ToString::to_string).collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(MigrateError::UnknownSchemata { names })
    }

    /// What PostgreSQL calls it.
    pub(super) fn called(&self) -> SchemaName {
        called(self.id, &self.name, self.status)
    }

    pub(super) fn place(&self) -> Place {
        Place::Schema {
            id: self.id,
            name: self.name.clone(),
            called: self.called(),
        }
    }

    /// Whether it has to be visited.
    pub(super) fn is_pending(&self) -> bool {
        self.exists && self.status != SchemaStatus::Purging && !self.todo.is_empty()
    }
}

/// What PostgreSQL calls a schema of the registry.
pub(super) fn called(id: i32, name: &SchemaName, status: SchemaStatus) -> SchemaName {
    match status {
        SchemaStatus::Archived => SchemaName::archived(id),
        _ => name.clone(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the versions are values"
)]
fn rows(pg: &mut PgConnection, versions: &[String]) -> QueryResult<Vec<Row>> {
    const ALL: &str = "\
        SELECT s.id, s.name, s.status, n.oid IS NOT NULL AS exists, \
            CASE WHEN COALESCE(a.count, 0) OPERATOR(pg_catalog.<>) pg_catalog.cardinality($1) \
                THEN ARRAY(SELECT p.version FROM multischema.applied p WHERE p.schema_id OPERATOR(pg_catalog.=) s.id \
                    AND p.version OPERATOR(pg_catalog.=) ANY ($1)) END AS present \
        FROM multischema.schemas s \
        LEFT JOIN (SELECT schema_id, pg_catalog.count(*) AS count FROM multischema.applied \
            WHERE version OPERATOR(pg_catalog.=) ANY ($1) GROUP BY schema_id) a ON a.schema_id OPERATOR(pg_catalog.=) s.id \
        LEFT JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) (CASE s.status WHEN 'archived' \
            THEN pg_catalog.concat('__trash_', s.id) ELSE s.name END)::pg_catalog.name \
        ORDER BY s.id";
    sql_query(ALL).bind::<Array<Text>, _>(versions).load(pg)
}
