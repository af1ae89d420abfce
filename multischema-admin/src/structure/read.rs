//! Reading the catalog: one statement, whatever the number of tables.

use diesel::QueryResult;
use diesel::sql_types::{Array, Text};
use multischema::{GlobalConnection, Lease, RunQueryDsl, SchemaName, UnscopedExt};

use super::table::{Structure, Table};

/// Tables (partitions are parts of theirs) of the template, `$1`, and of the shared schemata, `$2`. A domain is seen through to the
/// type it is made of. A value is written as the column's type, with its length, so that what is too long is refused; and compared as what that
/// is made of without a length, as a cast to a type with one would cut it. What has no name of PostgreSQL's own is told by its name and schema. The library's guard and Diesel's history are nobody's data.
const TABLES: &str = "
WITH RECURSIVE base (oid, type) AS (
    SELECT oid, oid FROM pg_catalog.pg_type WHERE typtype <> 'd'
    UNION ALL
    SELECT t.oid, b.type FROM pg_catalog.pg_type t JOIN base b ON b.oid = t.typbasetype WHERE t.typtype = 'd'
)
SELECT pg_catalog.json_build_object(
    'schema', n.nspname, 'is_tenant', n.nspname = $1, 'name', c.relname,
    'comment', pg_catalog.obj_description(c.oid, 'pg_class'),
    'is_unaltered', c.relkind = 'r' AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND (a.attisdropped OR a.atthasmissing OR a.attgenerated NOT IN ('', 's'))),
    'columns', (
        SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'name', a.attname,
            'type_name', pg_catalog.format_type(a.atttypid, a.atttypmod),
            'base', b.typname, 'type_kind', b.typtype, 'category', b.typcategory,
            'written_as', w.type, 'read_as', r.type, 'has_order', o.has_order,
            'not_null', a.attnotnull OR t.typnotnull,
            'has_default', a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL,
            'is_made', a.attgenerated <> '' OR a.attidentity = 'a',
            'max_length', CASE WHEN b.typname IN ('varchar', 'bpchar') THEN nullif(greatest(
                CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END - 4, 0), 0) END,
            'comment', pg_catalog.col_description(c.oid, a.attnum),
            'labels', ARRAY(SELECT e.enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid = b.oid ORDER BY e.enumsortorder)
        ) ORDER BY a.attnum), '[]')
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        JOIN base ON base.oid = t.oid
        JOIN pg_catalog.pg_type b ON b.oid = base.type
        CROSS JOIN LATERAL (
            SELECT pg_catalog.json_build_object('schema', tn.nspname, 'is_tenant', tn.nspname = $1, 'name', e.typname, 'is_array', e.oid <> t.oid,
                'built_in', CASE WHEN tn.nspname = 'pg_catalog' THEN pg_catalog.format_type(t.oid, a.atttypmod) END) AS type
            FROM pg_catalog.pg_type e JOIN pg_catalog.pg_namespace tn ON tn.oid = e.typnamespace
            WHERE e.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END) w
        CROSS JOIN LATERAL (
            SELECT pg_catalog.json_build_object('schema', tn.nspname, 'is_tenant', tn.nspname = $1, 'name', e.typname, 'is_array', e.oid <> b.oid,
                'built_in', CASE WHEN tn.nspname = 'pg_catalog' THEN pg_catalog.format_type(b.oid, -1) END) AS type
            FROM pg_catalog.pg_type e JOIN pg_catalog.pg_namespace tn ON tn.oid = e.typnamespace
            WHERE e.oid = CASE WHEN b.typcategory = 'A' AND b.typelem <> 0 THEN b.typelem ELSE b.oid END) r
        CROSS JOIN LATERAL (
            SELECT e.typtype IN ('e', 'r', 'm') OR EXISTS (
                SELECT FROM pg_catalog.pg_opclass k JOIN pg_catalog.pg_am m ON m.oid = k.opcmethod
                WHERE m.amname = 'btree' AND k.opcdefault AND (k.opcintype = e.oid OR EXISTS (
                    SELECT FROM pg_catalog.pg_cast c
                    WHERE c.castsource = e.oid AND c.casttarget = k.opcintype AND c.castmethod = 'b' AND c.castcontext = 'i'))) AS has_order
            FROM pg_catalog.pg_type e
            WHERE e.oid = CASE WHEN b.typcategory = 'A' AND b.typelem <> 0 THEN b.typelem ELSE b.oid END) o
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'key', coalesce((
        SELECT (SELECT pg_catalog.json_agg(a.attname ORDER BY k.rank)
            FROM pg_catalog.unnest(p.conkey) WITH ORDINALITY k (number, rank)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number)
        FROM pg_catalog.pg_constraint p WHERE p.conrelid = c.oid AND p.contype = 'p'), '[]'),
    'foreign', (
        SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'to_schema', fn.nspname, 'to_tenant', fn.nspname = $1, 'to_table', fc.relname,
            'on_delete', f.confdeltype,
            'columns', (SELECT pg_catalog.json_agg(a.attname ORDER BY k.rank)
                FROM pg_catalog.unnest(f.conkey) WITH ORDINALITY k (number, rank)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number),
            'to_columns', (SELECT pg_catalog.json_agg(a.attname ORDER BY k.rank)
                FROM pg_catalog.unnest(f.confkey) WITH ORDINALITY k (number, rank)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = f.confrelid AND a.attnum = k.number)
        ) ORDER BY f.conname), '[]')
        FROM pg_catalog.pg_constraint f
        JOIN pg_catalog.pg_class fc ON fc.oid = f.confrelid
        JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
        WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.conparentid = 0),
    'indexes', (
        SELECT coalesce(pg_catalog.json_agg((
            SELECT pg_catalog.json_agg(a.attname ORDER BY k.rank)
            FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (number, rank)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
            WHERE k.rank <= i.indnkeyatts)), '[]')
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = ic.relam
        WHERE i.indrelid = c.oid AND i.indisvalid AND m.amname = 'btree' AND i.indpred IS NULL AND i.indexprs IS NULL AND NOT EXISTS (
            SELECT FROM ROWS FROM (
                pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indclass::oid[]),
                pg_catalog.unnest(i.indcollation::oid[]), pg_catalog.unnest(i.indoption::int2[])) k (number, class, collated, option)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
            JOIN pg_catalog.pg_opclass o ON o.oid = k.class
            WHERE k.option <> 0 OR k.collated <> a.attcollation OR NOT o.opcdefault)),
    'rules', (
        SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('name', r.name, 'columns', r.columns) ORDER BY r.name), '[]')
        FROM (
            SELECT k.conname AS name, ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey) ORDER BY a.attnum) AS columns
            FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'u', 'p', 'x', 'f')
            UNION
            SELECT ic.relname, ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey) ORDER BY a.attnum)
            FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
            WHERE i.indrelid = c.oid AND i.indisunique
        ) r)
)::text AS line
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE (n.nspname = $1 OR n.nspname = ANY ($2)) AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
    AND c.relname <> '__diesel_schema_migrations'
ORDER BY n.nspname, c.relname";

/// A row of a single text.
#[derive(diesel::QueryableByName)]
pub(crate) struct Line {
    #[diesel(sql_type = Text)]
    pub(crate) line: String,
}

/// Reads the tables of the template and of `shared`.
pub(crate) fn read(
    conn: &mut GlobalConnection<Lease>,
    shared: &[String],
) -> QueryResult<Structure> {
    let query = diesel::sql_query(TABLES)
        .bind::<Text, _>(SchemaName::TEMPLATE)
        .bind::<Array<Text>, _>(shared);
    let lines: Vec<Line> = query.unscoped().load(conn)?;
    let tables = lines
        .iter()
        .map(|it| serde_json::from_str::<Table>(&it.line));
    let tables: Result<Vec<Table>, _> = tables.collect();
    let tables =
        tables.map_err(|error| diesel::result::Error::DeserializationError(error.into()))?;
    Ok(Structure { tables })
}
