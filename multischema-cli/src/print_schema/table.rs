//! The tables of a database, their columns and what they refer to.

use std::collections::{BTreeMap, HashMap};

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Oid, Text};

use super::names;

/// A table with a primary key. They are in the order of their schemata and names, which is that of this value.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Table {
    /// None in each tenant's.
    pub(super) schema: Option<String>,
    pub(super) name: String,
    pub(super) comment: Option<String>,
    /// The columns of the primary key, in its order.
    pub(super) key: Vec<String>,
    pub(super) columns: Vec<Column>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    pub(super) sql_type: SqlType,
    pub(super) is_nullable: bool,
}

/// A type that is no domain, or an array of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SqlType {
    Named(TypeName),
    ArrayOf(TypeName),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TypeName {
    /// None in each tenant's.
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

/// A table and the only one of its columns that refers to the only column of the other's primary key.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference {
    pub(super) from: (Option<String>, String),
    pub(super) column: String,
    pub(super) to: (Option<String>, String),
}

impl Table {
    /// Its schema and its name.
    pub(super) fn key(&self) -> (Option<&str>, &str) {
        (self.schema.as_deref(), &self.name)
    }

    /// The types of its columns, or of their elements.
    pub(super) fn types(&self) -> impl Iterator<Item = &TypeName> {
        self.columns.iter().map(|it| match &it.sql_type {
            SqlType::Named(name) | SqlType::ArrayOf(name) => name,
        })
    }
}

impl TypeName {
    /// What Diesel calls it, if it knows it. It looks for `citext` in the search path.
    pub(super) fn known(&self) -> Option<&'static str> {
        match (self.schema.as_deref(), &*self.name) {
            (Some("pg_catalog"), name) => names::known(name),
            (Some(_), "citext") => Some("Citext"),
            _ => None,
        }
    }
}

/// What was read.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) tables: Vec<Table>,
    pub(super) references: Vec<Reference>,
    /// Views and tables without a primary key.
    pub(super) keyless: Vec<String>,
}

impl Tables {
    /// Reads the schemata of these names. `tenant` is that which stands for each tenant's.
    pub(super) fn read(
        pg: &mut PgConnection,
        tenant: &str,
        shared: &[String],
    ) -> QueryResult<Self> {
        let schemata = [shared, &[tenant.to_owned()]].concat();
        let home = |schema: String| (schema != tenant).then_some(schema);
        let types = Types::read(pg)?;
        let mut columns: HashMap<u32, Vec<Column>> = HashMap::new();
        for row in rows::columns(pg, &schemata)? {
            let column = Column {
                name: row.name,
                comment: row.comment,
                sql_type: types.resolve(row.sql_type, &home),
                is_nullable: !row.is_required && !types.is_required(row.sql_type),
            };
            columns.entry(row.relation).or_default().push(column);
        }
        let mut tables = Vec::new();
        let mut keyless = Vec::new();
        for row in rows::relations(pg, &schemata)? {
            if row.key.is_empty() {
                let schema = home(row.schema).map(|schema| format!("{schema}."));
                keyless.push(format!("{}{}", schema.unwrap_or_default(), row.name));
                continue;
            }
            tables.push(Table {
                schema: home(row.schema),
                name: row.name,
                comment: row.comment,
                key: row.key,
                columns: columns.remove(&row.oid).unwrap_or_default(),
            });
        }
        tables.sort();
        keyless.sort();
        // Of several ways from one table to the other, whichever has the key, none is the one.
        let mut found: BTreeMap<_, Vec<Reference>> = BTreeMap::new();
        for row in rows::references(pg, &schemata)? {
            let from = (home(row.schema), row.table);
            let to = (home(row.to_schema), row.to_table);
            let pair = match from < to {
                true => (from.clone(), to.clone()),
                false => (to.clone(), from.clone()),
            };
            let column = row.column;
            found
                .entry(pair)
                .or_default()
                .push(Reference { from, column, to });
        }
        let only = |mut ways: Vec<Reference>| match ways.len() {
            1 => ways.pop(),
            _ => None,
        };
        let references = found.into_values().filter_map(only).collect();
        Ok(Self {
            tables,
            references,
            keyless,
        })
    }
}

/// All types, by their numbers.
struct Types(HashMap<u32, rows::Type>);

impl Types {
    fn read(pg: &mut PgConnection) -> QueryResult<Self> {
        let types = rows::types(pg)?.into_iter();
        Ok(Self(types.map(|it| (it.oid, it)).collect()))
    }

    /// The type and, if it is a domain, those below it.
    fn chain(&self, oid: u32) -> impl Iterator<Item = &rows::Type> {
        std::iter::successors(self.0.get(&oid), |it| self.0.get(&it.base))
    }

    /// A domain is sent as what it is made of.
    fn resolve(&self, oid: u32, home: &impl Fn(String) -> Option<String>) -> SqlType {
        let named = |it: &rows::Type| TypeName {
            schema: home(it.schema.clone()),
            name: it.name.clone(),
        };
        let Some(base) = self.chain(oid).last() else {
            unreachable!("a column has a type")
        };
        match self.chain(base.element).last() {
            Some(element) => SqlType::ArrayOf(named(element)),
            None => SqlType::Named(named(base)),
        }
    }

    /// Whether it is a domain that has no NULL.
    fn is_required(&self, oid: u32) -> bool {
        self.chain(oid).any(|it| it.is_required)
    }
}

/// What the catalogs have.
mod rows {
    use super::*;

    #[derive(QueryableByName)]
    pub(super) struct Type {
        #[diesel(sql_type = Oid)]
        pub(super) oid: u32,
        #[diesel(sql_type = Text)]
        pub(super) schema: String,
        #[diesel(sql_type = Text)]
        pub(super) name: String,
        /// Of a domain; else 0.
        #[diesel(sql_type = Oid)]
        pub(super) base: u32,
        /// Of an array; else 0.
        #[diesel(sql_type = Oid)]
        pub(super) element: u32,
        #[diesel(sql_type = Bool)]
        pub(super) is_required: bool,
    }

    pub(super) fn types(pg: &mut PgConnection) -> QueryResult<Vec<Type>> {
        diesel::sql_query(
            "SELECT t.oid, n.nspname::text AS schema, t.typname::text AS name, t.typbasetype AS base, t.typnotnull AS is_required, \
             CASE WHEN t.typsubscript = 'array_subscript_handler'::regproc THEN t.typelem ELSE 0 END AS element \
             FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace",
        )
        .load(pg)
    }

    #[derive(QueryableByName)]
    pub(super) struct Relation {
        #[diesel(sql_type = Oid)]
        pub(super) oid: u32,
        #[diesel(sql_type = Text)]
        pub(super) schema: String,
        #[diesel(sql_type = Text)]
        pub(super) name: String,
        #[diesel(sql_type = Nullable<Text>)]
        pub(super) comment: Option<String>,
        #[diesel(sql_type = Array<Text>)]
        pub(super) key: Vec<String>,
    }

    /// Tables, partitioned ones, views, materialized ones and foreign tables: not the partitions, not Diesel's history, not what an
    /// extension made.
    const RELATIONS: &str = "c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition \
         AND c.relname <> '__diesel_schema_migrations' AND NOT EXISTS (SELECT FROM pg_depend d \
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";

    pub(super) fn relations(
        pg: &mut PgConnection,
        schemata: &[String],
    ) -> QueryResult<Vec<Relation>> {
        let query = diesel::sql_query(format!(
            "SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, obj_description(c.oid, 'pg_class') AS comment, \
             ARRAY(SELECT a.attname::text FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, place) \
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum \
             WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts ORDER BY k.place) AS key \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY ($1) AND {RELATIONS}"
        ));
        query.bind::<Array<Text>, _>(schemata).load(pg)
    }

    #[derive(QueryableByName)]
    pub(super) struct Column {
        #[diesel(sql_type = Oid)]
        pub(super) relation: u32,
        #[diesel(sql_type = Text)]
        pub(super) name: String,
        #[diesel(sql_type = Nullable<Text>)]
        pub(super) comment: Option<String>,
        #[diesel(sql_type = Oid)]
        pub(super) sql_type: u32,
        #[diesel(sql_type = Bool)]
        pub(super) is_required: bool,
    }

    /// In the order of each table.
    pub(super) fn columns(pg: &mut PgConnection, schemata: &[String]) -> QueryResult<Vec<Column>> {
        let query = diesel::sql_query(format!(
            "SELECT c.oid AS relation, a.attname::text AS name, col_description(c.oid, a.attnum) AS comment, a.atttypid AS sql_type, \
             a.attnotnull AS is_required FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             WHERE n.nspname = ANY ($1) AND {RELATIONS} ORDER BY c.oid, a.attnum"
        ));
        query.bind::<Array<Text>, _>(schemata).load(pg)
    }

    #[derive(QueryableByName)]
    pub(super) struct Reference {
        #[diesel(sql_type = Text)]
        pub(super) schema: String,
        #[diesel(sql_type = Text)]
        pub(super) table: String,
        #[diesel(sql_type = Text)]
        pub(super) column: String,
        #[diesel(sql_type = Text)]
        pub(super) to_schema: String,
        #[diesel(sql_type = Text)]
        pub(super) to_table: String,
    }

    /// Foreign keys of one column to a primary key of one, but for those to the same table and those that a partition has from its
    /// parent. Both tables are in these schemata.
    pub(super) fn references(
        pg: &mut PgConnection,
        schemata: &[String],
    ) -> QueryResult<Vec<Reference>> {
        let query = diesel::sql_query(format!(
            "SELECT DISTINCT n.nspname::text AS schema, c.relname::text AS table, a.attname::text AS column, \
             tn.nspname::text AS to_schema, t.relname::text AS to_table FROM pg_constraint k \
             JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
             JOIN pg_class t ON t.oid = k.confrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace \
             JOIN pg_attribute a ON a.attrelid = c.oid AND k.conkey = ARRAY[a.attnum] \
             JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary AND i.indnkeyatts = 1 AND k.confkey = ARRAY[i.indkey[0]] \
             WHERE k.contype = 'f' AND k.conparentid = 0 AND c.oid <> t.oid \
             AND n.nspname = ANY ($1) AND tn.nspname = ANY ($1) AND {RELATIONS}"
        ));
        query.bind::<Array<Text>, _>(schemata).load(pg)
    }
}
