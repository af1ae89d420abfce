//! Rows that migrations put into the template, which every copy begins with.

use std::collections::HashMap;

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::ids::Ids;
use super::issue::TemplateIssue;
use super::sql;
use crate::catalog::{Catalog, ObjectId, Oid, Own, RelationKind};
use crate::name::SchemaName;
use crate::quoted::{Identifier, Literal, list};

/// The type of the numbers of large objects, among others.
const OID_TYPE: Oid = 26;

/// The tables whose rows are copied, in an order in which the tables that they reference come first.
#[derive(Debug, Clone)]
pub(super) struct Tables(Vec<Filled>);

#[derive(Debug, Clone)]
struct Filled {
    oid: Oid,
    name: String,
    columns: Vec<Column>,
    counters: Vec<Counter>,
    /// Columns that may hold the numbers of large objects.
    large: Vec<String>,
}

/// A column that is copied.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    /// Its type, if that is one of the schema's own: the template's is another, of the same name.
    own_type: Option<String>,
}

/// A column and the sequence that it is drawn from, which has to go on behind the rows.
#[derive(Debug, Clone)]
struct Counter {
    column: String,
    sequence: String,
    start: i64,
    is_descending: bool,
}

impl Column {
    /// What is selected from the template's table. A value of a type of its own comes as text.
    fn value(&self) -> String {
        let name = Identifier(&self.name);
        match &self.own_type {
            Some(own_type) => format!("{name}::pg_catalog.text::{own_type}"),
            None => name.to_string(),
        }
    }
}

impl Tables {
    pub(super) fn of(catalog: &Catalog, ids: Ids, order: &[Oid]) -> Self {
        let names: HashMap<Oid, &str> = catalog
            .relations
            .iter()
            .map(|it| (it.oid, &*it.name))
            .collect();
        let own = Own::of(catalog, None);
        let tables = order.iter().filter_map(|oid| catalog.relation(*oid));
        let tables = tables.filter(|it| it.kind == RelationKind::Table);
        let tables = tables.map(|it| {
            let columns = catalog
                .columns_of(it.oid)
                .filter(|column| column.generated == ' ');
            let drawn = catalog
                .id_columns()
                .into_iter()
                .filter(|column| column.relation == it.oid);
            // Ids that are unique are never those that the template drew.
            let drawn = drawn.filter(|_| ids == Ids::PerSchema);
            let counters = drawn.filter_map(|id| {
                let sequence = catalog
                    .sequences
                    .iter()
                    .find(|it| it.relation == id.sequence)?;
                let column = catalog
                    .columns_of(it.oid)
                    .find(|column| column.number == id.column)?;
                Some(Counter {
                    column: column.name.clone(),
                    sequence: (*names.get(&id.sequence)?).to_owned(),
                    start: sequence.start,
                    is_descending: sequence.increment < 0,
                })
            });
            let is_large = |column: &&crate::catalog::Column| {
                column.type_ == OID_TYPE || column.base == OID_TYPE
            };
            Filled {
                oid: it.oid,
                name: it.name.clone(),
                columns: columns
                    .map(|column| Column {
                        name: column.name.clone(),
                        own_type: own
                            .name(ObjectId::type_(column.type_))
                            .and(column.type_name.clone()),
                    })
                    .collect(),
                counters: counters.collect(),
                large: catalog
                    .columns_of(it.oid)
                    .filter(is_large)
                    .map(|it| it.name.clone())
                    .collect(),
            }
        });
        Self(tables.collect())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|it| &*it.name)
    }

    /// Copies the rows of the tables that may have any.
    pub(super) fn copy(&self, from: &SchemaName, filled: &[Oid], text: &mut String) {
        let schema = Identifier(from.as_str());
        for it in self.0.iter().filter(|it| filled.contains(&it.oid)) {
            let name = Identifier(&it.name);
            let columns = list(it.columns.iter().map(|column| Identifier(&column.name)));
            let values = list(it.columns.iter().map(Column::value));
            let into = if it.columns.is_empty() {
                String::new()
            } else {
                format!(" ({columns}) OVERRIDING SYSTEM VALUE")
            };
            text.push_str(&format!(
                "INSERT INTO {name}{into} SELECT {values} FROM ONLY {schema}.{name};\n"
            ));
            for counter in &it.counters {
                let Counter {
                    column,
                    sequence,
                    start,
                    is_descending,
                } = counter;
                let (end, beyond) = if *is_descending {
                    ("min", "<=")
                } else {
                    ("max", ">=")
                };
                text.push_str(&format!(
                    "SELECT pg_catalog.setval({}::pg_catalog.regclass, r.last) \
                     FROM (SELECT pg_catalog.{end}({}) AS last FROM ONLY {name}) r \
                     WHERE r.last OPERATOR(pg_catalog.{beyond}) {start};\n",
                    Literal(&Identifier(sequence).to_string()),
                    Identifier(column),
                ));
            }
        }
    }

    /// Finds rows that refer to large objects.
    pub(super) fn large_objects(
        &self,
        pg: &mut PgConnection,
        from: &SchemaName,
        filled: &[Oid],
    ) -> QueryResult<Vec<TemplateIssue>> {
        let mut issues = Vec::new();
        for it in self.0.iter().filter(|it| filled.contains(&it.oid)) {
            for column in &it.large {
                let question = format!(
                    "EXISTS (SELECT FROM {}.{} r JOIN pg_catalog.pg_largeobject_metadata m \
                     ON m.oid OPERATOR(pg_catalog.=) r.{}::pg_catalog.oid)",
                    Identifier(from.as_str()),
                    Identifier(&it.name),
                    Identifier(column),
                );
                if sql::ask(pg, &question)? {
                    let column = format!("{}.{column}", it.name);
                    issues.push(TemplateIssue::LargeObjects { column });
                }
            }
        }
        Ok(issues)
    }
}
