//! The statements that look for ids, and count them. The texts are constant, but for numbers, and names from PostgreSQL's catalogs,
//! quoted.

use std::fmt::Write;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use super::column::{Column, Place};
use crate::catalog::sequence_of;
use crate::quoted::Identifier;
use crate::template::{BY_INDEX, prelude};

/// Looks for the columns of tables that are identities, or have a default. Their sequence is read from the text of that, which takes
/// no lock, as it is written without asking for the names of columns.
const COLUMNS: &str = "\
    SELECT s.position, c.relname::pg_catalog.text AS table, a.attname::pg_catalog.text AS name, \
    c.relkind OPERATOR(pg_catalog.=) 'p' AS is_partitioned, \
    CASE WHEN c.relispartition THEN (SELECT r.relname::pg_catalog.text FROM pg_catalog.pg_class r \
    WHERE r.oid OPERATOR(pg_catalog.=) pg_catalog.pg_partition_root(c.oid)::pg_catalog.oid \
    AND r.relnamespace OPERATOR(pg_catalog.=) n.oid) END AS root, \
    CASE WHEN a.attidentity OPERATOR(pg_catalog.=) '' THEN COALESCE((SELECT pg_catalog.pg_get_expr(f.adbin, 0::pg_catalog.oid) \
    FROM pg_catalog.pg_attrdef f WHERE f.adrelid OPERATOR(pg_catalog.=) c.oid AND f.adnum OPERATOR(pg_catalog.=) a.attnum), '') END AS expression, \
    COALESCE(pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') \
    AND NOT pg_catalog.row_security_active(c.oid), false) AS is_readable, \
    (WITH RECURSIVE parts AS (SELECT c.oid UNION ALL SELECT i.inhrelid FROM parts p JOIN pg_catalog.pg_inherits i \
    ON i.inhparent OPERATOR(pg_catalog.=) p.oid WHERE c.relkind OPERATOR(pg_catalog.=) 'p') \
    SELECT pg_catalog.sum(1 OPERATOR(pg_catalog.+) (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index x \
    WHERE x.indrelid OPERATOR(pg_catalog.=) p.oid))::pg_catalog.int8 FROM parts p) AS locks \
    FROM pg_catalog.unnest($1) WITH ORDINALITY AS s (name, position) \
    JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) s.name::pg_catalog.name \
    JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 2615::pg_catalog.oid \
    AND d.refobjid OPERATOR(pg_catalog.=) n.oid AND d.classid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid \
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) d.objid \
    AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p']::pg_catalog.\"char\"[]) \
    JOIN pg_catalog.pg_attribute a ON a.attrelid OPERATOR(pg_catalog.=) c.oid AND a.attnum OPERATOR(pg_catalog.>) 0::pg_catalog.int2 \
    AND a.attlen OPERATOR(pg_catalog.=) 8::pg_catalog.int2 AND NOT a.attisdropped AND a.attgenerated OPERATOR(pg_catalog.=) '' \
    WHERE a.attidentity OPERATOR(pg_catalog.<>) '' OR a.atthasdef AND (WITH RECURSIVE base AS (SELECT a.atttypid AS oid \
    UNION ALL SELECT t.typbasetype FROM base b JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) b.oid \
    WHERE t.typtype OPERATOR(pg_catalog.=) 'd') \
    SELECT pg_catalog.bool_or(b.oid OPERATOR(pg_catalog.=) 20::pg_catalog.oid) FROM base b) \
    ORDER BY s.position, c.relname, a.attnum";

/// The columns of these schemata that draw ids.
#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the names are values"
)]
pub(super) fn columns(pg: &mut PgConnection, places: &[Place]) -> QueryResult<Vec<Column>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        position: i64,
        #[diesel(sql_type = Text)]
        table: String,
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Bool)]
        is_partitioned: bool,
        #[diesel(sql_type = Nullable<Text>)]
        root: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        expression: Option<String>,
        #[diesel(sql_type = Bool)]
        is_readable: bool,
        #[diesel(sql_type = BigInt)]
        locks: i64,
    }
    let names: Vec<&str> = places.iter().map(|it| it.called.as_str()).collect();
    let query = diesel::sql_query(COLUMNS).bind::<Array<Text>, _>(names);
    let rows: Vec<Row> = query.load(pg)?;
    let columns = rows.into_iter().filter_map(|row| {
        let place = places.get(usize::try_from(row.position - 1).ok()?)?;
        if let Some(expression) = &row.expression {
            // One that all schemata share has no blocks.
            let (schema, _) = sequence_of(expression)?;
            if schema.as_deref() != Some(place.called.as_str()) {
                return None;
            }
        }
        Some(Column {
            place: place.clone(),
            table: row.table,
            name: row.name,
            root: row.root,
            is_partitioned: row.is_partitioned,
            is_readable: row.is_readable,
            locks: row.locks,
        })
    });
    Ok(columns.collect())
}

/// Sets what has to be set for reading tables, for the rest of the transaction. A table is read by its index wherever it has one,
/// also if PostgreSQL has never counted its rows.
#[expect(clippy::disallowed_methods, reason = "the text is constant")]
pub(super) fn prepare(pg: &mut PgConnection, patience: u32) -> QueryResult<()> {
    pg.batch_execute(&format!("{}{BY_INDEX}", prelude("pg_catalog", patience)))
}

/// The ids in each of these columns, as one range of ranges. The last number that there is has no next, and no range ends there.
#[expect(
    clippy::disallowed_methods,
    reason = "the names are those of PostgreSQL's catalogs, quoted"
)]
pub(super) fn ranges(
    pg: &mut PgConnection,
    columns: &[Column],
) -> QueryResult<Vec<Option<String>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Text>)]
        ids: Option<String>,
    }
    let asked = columns.iter().map(|it| {
        let name = Identifier(&it.name);
        format!(
            "(SELECT pg_catalog.range_agg(pg_catalog.int8range(t.{name}, t.{name}, '[]'))::pg_catalog.text \
             FROM {} t WHERE t.{name} OPERATOR(pg_catalog.<) {})",
            rows_of(it),
            i64::MAX
        )
    });
    let text = format!("SELECT v.ids FROM ({}) v", in_order("ids", asked));
    let rows: Vec<Row> = diesel::sql_query(text).load(pg)?;
    Ok(rows.into_iter().map(|row| row.ids).collect())
}

/// How many rows have an id outside of their schema's block, and how many of those one that is in the template, for each of these
/// columns. The position among `ranges` is that of the template's ids.
#[expect(
    clippy::disallowed_methods,
    reason = "the names are those of PostgreSQL's catalogs, quoted"
)]
pub(super) fn count(
    pg: &mut PgConnection,
    columns: &[Column],
    position: impl Fn(&Column) -> Option<usize>,
    ranges: &[Option<String>],
) -> QueryResult<Vec<[i64; 2]>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Array<BigInt>)]
        counts: Vec<i64>,
    }
    let asked = columns.iter().map(|it| {
        let name = Identifier(&it.name);
        let of_template = position(it).map_or("0".to_owned(), |position| {
            format!(
                "pg_catalog.count(*) FILTER (WHERE t.{name}::pg_catalog.int8 OPERATOR(pg_catalog.<@) \
                 (SELECT m.ids FROM template m WHERE m.position OPERATOR(pg_catalog.=) {}))",
                position + 1
            )
        });
        let block = it.place.block();
        format!(
            "(SELECT ARRAY[pg_catalog.count(*), {of_template}] FROM {} t \
             WHERE t.{name} OPERATOR(pg_catalog.<) {} OR t.{name} OPERATOR(pg_catalog.>) {})",
            rows_of(it),
            block.first(),
            block.last()
        )
    });
    let text = format!(
        "WITH template AS MATERIALIZED (SELECT t.position, t.ids::pg_catalog.int8multirange AS ids \
         FROM pg_catalog.unnest($1) WITH ORDINALITY AS t (ids, position)) SELECT v.counts FROM ({}) v",
        in_order("counts", asked)
    );
    let query = diesel::sql_query(text).bind::<Array<Nullable<Text>>, _>(ranges);
    let rows: Vec<Row> = query.load(pg)?;
    let counts = rows
        .into_iter()
        .map(|row| <[i64; 2]>::try_from(row.counts).unwrap_or_default());
    Ok(counts.collect())
}

/// One row for each expression, in their order.
fn in_order(column: &str, expressions: impl Iterator<Item = String>) -> String {
    let mut values = String::new();
    for (position, expression) in expressions.enumerate() {
        let between = if position == 0 { "VALUES" } else { "," };
        // Writing to a string does not fail.
        let _ = write!(values, "{between} ({position}, {expression})");
    }
    format!(
        "SELECT o.{column} FROM ({values}) AS o (position, {column}) ORDER BY o.position OFFSET 0"
    )
}

/// A table without those that inherit from it, or with all its parts.
fn rows_of(column: &Column) -> String {
    let only = if column.is_partitioned { "" } else { "ONLY " };
    let schema = Identifier(column.place.called.as_str());
    format!("{only}{schema}.{}", Identifier(&column.table))
}
