//! Which schemata there are: a page of them, by name.

use diesel::QueryResult;
use multischema::{SchemaStatus, ScopedConnection};
use serde::Deserialize;

use crate::rows::{Sql, add, parsed, pattern};

/// A schema in a list.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) status: SchemaStatus,
    /// In UTC, for people.
    pub(crate) created: String,
    /// Users, however many roles each has.
    pub(crate) members: i64,
}

/// Where a page begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Start {
    #[default]
    First,
    After(String),
    Before(String),
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    /// Each is to be in the name or in the label.
    pub(crate) words: Vec<String>,
    pub(crate) status: Option<SchemaStatus>,
    pub(crate) start: Start,
    pub(crate) limit: usize,
}

/// What there is of it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) rows: Vec<Listed>,
    /// On all pages.
    pub(crate) count: i64,
    pub(crate) has_before: bool,
    pub(crate) has_after: bool,
}

impl Directory {
    pub(crate) fn read<C: ScopedConnection>(&self, conn: &mut C) -> QueryResult<Found> {
        let mut sql = Sql::new();
        add!(
            sql,
            "SELECT pg_catalog.json_build_object('name', s.name, 'label', s.label, 'status', s.status, \
             'created', pg_catalog.to_char(s.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), \
             'members', (SELECT count(DISTINCT m.user_id) FROM multischema.members m WHERE m.schema_id = s.id))::text AS line \
             FROM multischema.schemas s WHERE true"
        );
        self.narrow(&mut sql);
        match &self.start {
            Start::First => {}
            Start::After(name) => {
                let name = sql.bind(name.as_str());
                add!(sql, " AND s.name > {name}");
            }
            Start::Before(name) => {
                let name = sql.bind(name.as_str());
                add!(sql, " AND s.name < {name}");
            }
        }
        let is_backwards = matches!(self.start, Start::Before(_));
        let direction = if is_backwards { "DESC" } else { "ASC" };
        add!(sql, " ORDER BY s.name {direction} LIMIT {}", self.limit + 1);
        let lines = sql.lines(conn)?;
        let rows: QueryResult<Vec<Listed>> = lines.iter().map(|it| parsed(it)).collect();
        let mut rows = rows?;
        let has_more = rows.len() > self.limit;
        rows.truncate(self.limit);
        if is_backwards {
            rows.reverse();
        }
        Ok(Found {
            rows,
            count: self.count(conn)?,
            has_before: match self.start {
                Start::First => false,
                Start::After(_) => true,
                Start::Before(_) => has_more,
            },
            has_after: is_backwards || has_more,
        })
    }

    fn count<C: ScopedConnection>(&self, conn: &mut C) -> QueryResult<i64> {
        let mut sql = Sql::new();
        add!(
            sql,
            "SELECT count(*)::text AS line FROM multischema.schemas s WHERE true"
        );
        self.narrow(&mut sql);
        let lines = sql.lines(conn)?;
        lines.first().map_or(Ok(0), |it| parsed(it))
    }

    fn narrow(&self, sql: &mut Sql) {
        for word in &self.words {
            let pattern = sql.bind(pattern(word));
            add!(
                *sql,
                " AND (s.name ILIKE {pattern} OR s.label ILIKE {pattern})"
            );
        }
        if let Some(status) = self.status {
            let status = sql.bind(status.as_str());
            add!(*sql, " AND s.status = {status}");
        }
    }
}

/// The first users of the site, by name: whom one may want as members.
pub(crate) fn users<C: ScopedConnection>(conn: &mut C, limit: usize) -> QueryResult<Vec<String>> {
    let mut sql = Sql::new();
    add!(
        sql,
        "SELECT name AS line FROM multischema.admin_users WHERE is_active ORDER BY name LIMIT {limit}"
    );
    sql.lines(conn)
}
