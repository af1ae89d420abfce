//! An object: a row, as a form has it.

use std::collections::BTreeMap;

use diesel::QueryResult;
use multischema::ScopedConnection;
use multischema_axum::DbError;
use serde::Deserialize;

use super::key::Key;
use super::list::displayed;
use super::reach::{Job, Reach};
use super::sql::{Name, Relation, Sql, add, joined, parsed};
use crate::structure::{Column, Kind, Table};

/// A row.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Object {
    /// The transaction that wrote it last: who saves an older one is told.
    pub(crate) version: String,
    /// What it is called.
    pub(crate) label: Option<String>,
    /// Of each column its value as a form has it; `None` is NULL.
    pub(crate) values: BTreeMap<String, Option<String>>,
}

/// Reads an object.
#[derive(Debug, Clone)]
pub(crate) struct ReadObject {
    pub(crate) of: Relation,
    pub(crate) table: Table,
    pub(crate) key: Key,
    pub(crate) display: Vec<String>,
}

impl Job for ReadObject {
    type Output = Option<Object>;

    fn run<C: Reach>(self, conn: &mut C) -> Result<Option<Object>, DbError> {
        conn.briefly(|conn| Ok(self.read(conn, "")?))
    }
}

impl ReadObject {
    /// `lock` is how the row is locked, in SQL.
    pub(crate) fn read<C: ScopedConnection>(
        &self,
        conn: &mut C,
        lock: &str,
    ) -> QueryResult<Option<Object>> {
        let mut sql = Sql::new();
        let display = displayed("t", &self.display);
        let values = values(&self.table.columns);
        add!(
            sql,
            "SELECT pg_catalog.json_build_object('version', t.xmin::pg_catalog.text, 'label', {display}, 'values', {values})\
             ::pg_catalog.text AS line FROM {} t WHERE ",
            self.of
        );
        let condition = self.key.condition(&mut sql, &self.of, &self.table.key);
        add!(sql, "{condition}{lock}");
        sql.lines(conn)?.first().map(|it| parsed(it)).transpose()
    }
}

/// An object of JSON with the values of a row of `t` as a form has them.
pub(crate) fn values<'a>(columns: impl IntoIterator<Item = &'a Column>) -> String {
    let columns: Vec<&Column> = columns.into_iter().collect();
    if columns.is_empty() {
        return "'{}'::pg_catalog.jsonb".to_owned();
    }
    // A function has a hundred arguments at most.
    let objects = columns.chunks(40).map(|columns| {
        let columns = columns.iter().map(|it| {
            let name = Name(&it.name);
            let text = match it.kind() {
                Kind::Array | Kind::Composite | Kind::Json => {
                    format!("pg_catalog.to_json(t.{name})::pg_catalog.text")
                }
                _ => format!("t.{name}::pg_catalog.text"),
            };
            format!("{}, {text}", literal(&it.name))
        });
        format!("pg_catalog.jsonb_build_object({})", joined(columns, ", "))
    });
    joined(objects, " OPERATOR(pg_catalog.||) ")
}

/// A name of the catalog's as a string.
pub(super) fn literal(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}
