//! Rows that a schema begins with: those that migrations put into the template, or those of the schema that it is a copy
//! of.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::counters::Counters;
use super::ids::Ids;
use super::issue::TemplateIssue;
use super::renumber::{Domain, Domains};
use super::sql;
use crate::catalog::{Catalog, ConstraintKind, ObjectId, Oid, Own, Relation, RelationKind};
use crate::name::SchemaName;
use crate::quoted::{Identifier, Literal, list};

/// Where Diesel keeps which migrations a schema has.
pub(crate) const HISTORY: &str = "__diesel_schema_migrations";

/// Types whose values are numbers of objects, the catalog of those, and where it has the schema that they are in. Large
/// objects are in none.
const REFERENCES: [(Oid, &str, &str); 11] = [
    (26, "pg_largeobject_metadata", ""),
    (24, "pg_proc", "pronamespace"),
    (2202, "pg_proc", "pronamespace"),
    (2203, "pg_operator", "oprnamespace"),
    (2204, "pg_operator", "oprnamespace"),
    (2205, "pg_class", "relnamespace"),
    (2206, "pg_type", "typnamespace"),
    (3734, "pg_ts_config", "cfgnamespace"),
    (3769, "pg_ts_dict", "dictnamespace"),
    (4089, "pg_namespace", "oid"),
    (4191, "pg_collation", "collnamespace"),
];

/// Which rows are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows<'a> {
    /// Those that migrations put into a template, in these tables, with the ids that they have.
    OfTemplate(&'a [Oid]),
    /// The history of migrations, and no other.
    None,
    /// All, with the ids that they have.
    SameIds,
    /// All, with new ids, also where they refer to each other.
    NewIds,
}

/// The tables whose rows are copied, in an order in which the tables that they reference come first.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    tables: Vec<Filled>,
    domains: Vec<Domain>,
    counters: Counters,
    /// All, partitioned ones as well.
    names: HashMap<Oid, String>,
}

#[derive(Debug, Clone)]
struct Filled {
    oid: Oid,
    name: String,
    /// The partitioned table that it is a part of. A row with other ids may belong into another part.
    root: Option<String>,
    columns: Vec<Column>,
    /// Columns that may hold the numbers of objects: their names, the catalog, and its column for the schema.
    references: Vec<(String, &'static str, &'static str)>,
}

/// A column that is copied.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    /// Its type, if that is one of the schema's own: the other's is another, of the same name.
    own_type: Option<String>,
    /// The number of the domain of ids that it belongs to.
    domain: Option<usize>,
}

impl Rows<'_> {
    fn has(self, table: &Filled) -> bool {
        match self {
            Self::OfTemplate(filled) => filled.contains(&table.oid),
            Self::None => table.name == HISTORY,
            Self::SameIds | Self::NewIds => true,
        }
    }
}

impl Tables {
    /// `order` are all tables in the order in which they are made, and `apart` the foreign keys that come after the rows.
    pub(super) fn of(
        catalog: &Catalog,
        ids: Ids,
        order: &[Oid],
        apart: &HashSet<ObjectId>,
    ) -> Self {
        let names = catalog.relations.iter();
        let names = names.map(|it| (it.oid, it.name.clone())).collect();
        let own = Own::of(catalog, None);
        let domains = Domains::of(catalog, ids);
        let name_of = |oid: Oid| catalog.relation(oid).map(|it| it.name.clone());
        let tables = in_order(catalog, order, apart).into_iter().map(|it| {
            let columns = catalog.columns_of(it.oid);
            let copied = columns.filter(|column| column.generated == ' ');
            let copied = copied.map(|column| Column {
                name: column.name.clone(),
                own_type: own
                    .name(ObjectId::type_(column.type_))
                    .and(column.type_name.clone()),
                domain: domains.number(column),
            });
            let references = catalog.columns_of(it.oid).filter_map(|column| {
                let is_of = |type_: Oid| column.type_ == type_ || column.base == type_;
                let (_, objects, schema) = REFERENCES.iter().find(|(type_, ..)| is_of(*type_))?;
                Some((column.name.clone(), *objects, *schema))
            });
            Filled {
                oid: it.oid,
                name: it.name.clone(),
                root: domains.root(it.oid).and_then(name_of),
                columns: copied.collect(),
                references: references.collect(),
            }
        });
        Self {
            tables: tables.collect(),
            counters: Counters::of(catalog, ids),
            domains: domains.into_domains(),
            names,
        }
    }

    /// Whether any of these tables is another than that of the history of migrations.
    pub(super) fn any_but_history(&self, oids: &[Oid]) -> bool {
        let mut tables = self.tables.iter();
        tables.any(|it| it.name != HISTORY && oids.contains(&it.oid))
    }

    /// An expression whose value tells when migrations may have put rows into other tables: what their history holds. Where
    /// there is none, it is which tables take up room, and costs more, as PostgreSQL has to open each.
    pub(super) fn watch(&self, template: &SchemaName) -> String {
        if self.names().any(|name| name == HISTORY) {
            let history = format!("{}.{}", Identifier(template.as_str()), Identifier(HISTORY));
            return format!(
                "(SELECT pg_catalog.concat_ws(' ', pg_catalog.count(*), pg_catalog.count(*) OPERATOR(pg_catalog.*) \
                 pg_catalog.age('3'::pg_catalog.xid) OPERATOR(pg_catalog.-) pg_catalog.sum(pg_catalog.age(h.xmin))) FROM ONLY {history} h)"
            );
        }
        let oids = list(self.oids());
        let rows = sql::HAS_ROWS;
        format!(
            "(SELECT pg_catalog.string_agg(f.oid::pg_catalog.text, ' ' ORDER BY f.oid) \
             FROM pg_catalog.unnest('{{{oids}}}'::pg_catalog.oid[]) AS f (oid) WHERE {rows})"
        )
    }

    /// All tables that have rows of their own.
    pub(super) fn oids(&self) -> Vec<Oid> {
        self.tables.iter().map(|it| it.oid).collect()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().map(|it| &*it.name)
    }

    /// Copies rows of the schema `from`.
    pub(super) fn copy(&self, from: &SchemaName, rows: Rows<'_>, text: &mut String) {
        let schema = Identifier(from.as_str()).to_string();
        match rows {
            Rows::NewIds => self.draw(&schema, text),
            // Before the rows, as what their triggers draw comes after them.
            Rows::SameIds => self.counters.take_over(&schema, text),
            Rows::OfTemplate(_) | Rows::None => {}
        }
        let mut any = false;
        for it in self.tables.iter().filter(|it| rows.has(it)) {
            any |= it.name != HISTORY;
            it.copy(&schema, rows == Rows::NewIds, text);
        }
        match rows {
            Rows::OfTemplate(_) if any => self.counters.go_on(text),
            Rows::OfTemplate(_) | Rows::None => {}
            Rows::SameIds => self.counters.go_on(text),
            Rows::NewIds => {
                self.counters.take_over(&schema, text);
                self.counters.go_on(text);
            }
        }
    }

    /// Draws a new id for each that there is, in their order.
    fn draw(&self, schema: &str, text: &mut String) {
        for (
            number,
            Domain {
                draw,
                type_name,
                keys,
            },
        ) in self.domains.iter().enumerate()
        {
            let olds = keys.iter().filter_map(|(table, column)| {
                let table = Identifier(self.names.get(table)?);
                let column = Identifier(column);
                Some(format!(
                    "SELECT {column}::{type_name} AS old FROM {schema}.{table}"
                ))
            });
            let olds: Vec<String> = olds.collect();
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "CREATE TEMP TABLE multischema_ids_{number} ON COMMIT DROP AS SELECT o.old, {draw} AS new \
                 FROM (SELECT DISTINCT u.old FROM ({}) u WHERE u.old IS NOT NULL ORDER BY 1) o;\n\
                 ANALYZE pg_temp.multischema_ids_{number};",
                olds.join(" UNION ALL ")
            );
        }
    }

    /// Has nobody change the tables that are copied, until the transaction ends; others may read and write rows.
    pub(super) fn lock(&self, from: &SchemaName, rows: Rows<'_>) -> Option<String> {
        let schema = Identifier(from.as_str());
        let tables = self.tables.iter().filter(|it| rows.has(it));
        let tables = tables.map(|it| format!("ONLY {schema}.{}", Identifier(&it.name)));
        let tables = list(tables);
        (!tables.is_empty()).then(|| format!("LOCK TABLE {tables} IN ACCESS SHARE MODE"))
    }

    /// Finds rows that refer, by their numbers, to objects that a copy of them would share.
    pub(super) fn references(
        &self,
        pg: &mut PgConnection,
        from: &SchemaName,
        rows: Rows<'_>,
    ) -> QueryResult<Vec<TemplateIssue>> {
        let mut issues = Vec::new();
        for it in self.tables.iter().filter(|it| rows.has(it)) {
            for (column, objects, schema) in &it.references {
                let is_own = match *schema {
                    "" => String::new(),
                    schema => format!(
                        " AND o.{schema} OPERATOR(pg_catalog.=) {}::pg_catalog.regnamespace::pg_catalog.oid",
                        Literal(&Identifier(from.as_str()).to_string())
                    ),
                };
                let question = format!(
                    "EXISTS (SELECT FROM ONLY {}.{} r JOIN pg_catalog.{objects} o \
                     ON o.oid OPERATOR(pg_catalog.=) r.{}::pg_catalog.oid{is_own})",
                    Identifier(from.as_str()),
                    Identifier(&it.name),
                    Identifier(column),
                );
                if sql::ask(pg, &question)? {
                    let column = format!("{}.{column}", it.name);
                    issues.push(if schema.is_empty() {
                        TemplateIssue::LargeObjects { column }
                    } else {
                        TemplateIssue::ObjectNumbers { column }
                    });
                }
            }
        }
        Ok(issues)
    }
}

impl Filled {
    fn copy(&self, schema: &str, renumbers: bool, text: &mut String) {
        let table = Identifier(&self.name);
        let target = self.root.as_ref().filter(|_| renumbers);
        let target = Identifier(target.unwrap_or(&self.name));
        let columns = list(self.columns.iter().map(|it| Identifier(&it.name)));
        let mut joins = String::new();
        let mut values = Vec::new();
        for (index, it) in self.columns.iter().enumerate() {
            let old = format!("s.{}", Identifier(&it.name));
            let new = it.domain.filter(|_| renumbers).map(|domain| {
                let _ = write!(
                    joins,
                    " LEFT JOIN pg_temp.multischema_ids_{domain} m{index} \
                     ON m{index}.old OPERATOR(pg_catalog.=) {old}"
                );
                format!("m{index}.new")
            });
            values.push(match (new, &it.own_type) {
                (None, None) => old,
                (None, Some(own)) => format!("{old}::pg_catalog.text::{own}"),
                // What refers to nothing stays.
                (Some(new), None) => format!("COALESCE({new}, {old})"),
                (Some(new), Some(own)) => {
                    format!("COALESCE({new}::pg_catalog.text, {old}::pg_catalog.text)::{own}")
                }
            });
        }
        let into = if columns.is_empty() {
            String::new()
        } else {
            format!(" ({columns}) OVERRIDING SYSTEM VALUE")
        };
        let _ = writeln!(
            text,
            "INSERT INTO {target}{into} SELECT {} FROM ONLY {schema}.{table} s{joins};",
            list(values)
        );
    }
}

/// The tables that have rows of their own, after those that they reference by foreign keys other than those `apart`, which
/// are added when all rows are there.
fn in_order<'a>(
    catalog: &'a Catalog,
    order: &[Oid],
    apart: &HashSet<ObjectId>,
) -> Vec<&'a Relation> {
    let mut sorted = Sorted::default();
    for it in &catalog.parents {
        sorted.parts.entry(it.parent).or_default().push(it.child);
        sorted.wholes.entry(it.child).or_default().push(it.parent);
    }
    let keys = catalog.constraints.iter();
    let keys = keys.filter(|it| {
        let is_own = it.referenced != it.relation && it.parent == 0;
        it.kind == ConstraintKind::ForeignKey && is_own && !apart.contains(&it.id())
    });
    for it in keys {
        let references = sorted.references.entry(it.relation).or_default();
        references.push(it.referenced);
    }
    order.iter().for_each(|oid| sorted.visit(*oid));
    let relations = sorted.done.iter().filter_map(|oid| catalog.relation(*oid));
    let tables = relations.filter(|it| it.kind == RelationKind::Table);
    tables.collect()
}

#[derive(Default)]
struct Sorted {
    parts: HashMap<Oid, Vec<Oid>>,
    wholes: HashMap<Oid, Vec<Oid>>,
    references: HashMap<Oid, Vec<Oid>>,
    entered: HashSet<Oid>,
    done: Vec<Oid>,
}

impl Sorted {
    /// Puts a table behind the rows that it may refer to. A partitioned table has them in its partitions, and its keys are
    /// theirs.
    fn visit(&mut self, oid: Oid) {
        if !self.entered.insert(oid) {
            return;
        }
        for whole in self.wholes.get(&oid).cloned().unwrap_or_default() {
            self.visit(whole);
        }
        for referenced in self.references.get(&oid).cloned().unwrap_or_default() {
            self.visit_whole(referenced);
        }
        self.done.push(oid);
    }

    fn visit_whole(&mut self, oid: Oid) {
        self.visit(oid);
        for part in self.parts.get(&oid).cloned().unwrap_or_default() {
            self.visit_whole(part);
        }
    }
}
