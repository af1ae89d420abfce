//! The statements that ask about objects, of PostgreSQL's catalogs alone. The texts are constant, and names in them are
//! qualified, as in those of the registry.

use diesel::pg::PgConnection;
use diesel::result::Error;
use diesel::sql_types::{Array, Bool, Nullable, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use super::dependent::Dependent;
use super::shadow::Shadowed;
use crate::catalog::ObjectKind;
use crate::path::SharedSchemata;

/// The schema that an object of `pg_depend` is in, by the catalog that it is of.
macro_rules! home {
    ($($class:literal: $catalog:literal $schema:literal;)*) => {
        concat!($(
            " WHEN ", $class, "::pg_catalog.oid THEN (SELECT o.", $schema, " FROM pg_catalog.", $catalog,
            " o WHERE o.oid OPERATOR(pg_catalog.=) d.objid)",
        )*)
    };
}

/// The same for what is a part of something that is in a schema.
macro_rules! home_of_part {
    ($($class:literal: $catalog:literal $whole:literal $of:literal $schema:literal;)*) => {
        concat!($(
            " WHEN ", $class, "::pg_catalog.oid THEN (SELECT w.", $schema, " FROM pg_catalog.", $catalog, " o JOIN pg_catalog.", $of,
            " w ON w.oid OPERATOR(pg_catalog.=) o.", $whole, " WHERE o.oid OPERATOR(pg_catalog.=) d.objid)",
        )*)
    };
}

/// What depends on the template itself, on what is in it, and so on, as far as that is in it. What is not is what was asked for.
///
/// * A cast is in no schema. It is the template's if its types are, or are PostgreSQL's or shared. The template's, too, is that it
///   is published, or transformed for a language: neither is an object of anybody else.
/// * What depends internally is a part of something: the triggers of a foreign key of the template, on the table that it refers to,
///   or where PostgreSQL keeps long values. So is the index of a partition.
/// * A view depends by its rule.
const DEPENDENTS: &str = concat!(
    "WITH RECURSIVE template AS (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) '__template__'), \
     edges (classid, objid, objsubid, refclassid, refobjid, deptype, home) AS (\
     SELECT 2615::pg_catalog.oid, t.oid, 0, 0::pg_catalog.oid, 0::pg_catalog.oid, 'n'::pg_catalog.\"char\", t.oid FROM template t \
     UNION SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.deptype, COALESCE(CASE d.classid",
    home! {
        "1247": "pg_type" "typnamespace";
        "1255": "pg_proc" "pronamespace";
        "1259": "pg_class" "relnamespace";
        "2606": "pg_constraint" "connamespace";
        "2607": "pg_conversion" "connamespace";
        "2616": "pg_opclass" "opcnamespace";
        "2617": "pg_operator" "oprnamespace";
        "2753": "pg_opfamily" "opfnamespace";
        "3079": "pg_extension" "extnamespace";
        "3381": "pg_statistic_ext" "stxnamespace";
        "3456": "pg_collation" "collnamespace";
        "3600": "pg_ts_dict" "dictnamespace";
        "3601": "pg_ts_parser" "prsnamespace";
        "3602": "pg_ts_config" "cfgnamespace";
        "3764": "pg_ts_template" "tmplnamespace";
        "826": "pg_default_acl" "defaclnamespace";
    },
    home_of_part! {
        "2604": "pg_attrdef" "adrelid" "pg_class" "relnamespace";
        "2618": "pg_rewrite" "ev_class" "pg_class" "relnamespace";
        "2620": "pg_trigger" "tgrelid" "pg_class" "relnamespace";
        "3256": "pg_policy" "polrelid" "pg_class" "relnamespace";
        "2602": "pg_amop" "amopfamily" "pg_opfamily" "opfnamespace";
        "2603": "pg_amproc" "amprocfamily" "pg_opfamily" "opfnamespace";
    },
    " WHEN 2605::pg_catalog.oid THEN COALESCE((SELECT s.oid FROM pg_catalog.pg_cast o \
     JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) o.castsource OR t.oid OPERATOR(pg_catalog.=) o.casttarget \
     JOIN pg_catalog.pg_namespace s ON s.oid OPERATOR(pg_catalog.=) t.typnamespace \
     WHERE o.oid OPERATOR(pg_catalog.=) d.objid AND s.nspname OPERATOR(pg_catalog.<>) '__template__' \
     AND s.nspname OPERATOR(pg_catalog.<>) 'pg_catalog' \
     AND s.nspname::pg_catalog.text OPERATOR(pg_catalog.<>) ALL ($1) LIMIT 1), e.home) \
     WHEN 3576::pg_catalog.oid THEN e.home WHEN 6106::pg_catalog.oid THEN e.home WHEN 6237::pg_catalog.oid THEN e.home \
     END, 0::pg_catalog.oid) FROM edges e JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) e.classid \
     AND d.refobjid OPERATOR(pg_catalog.=) e.objid WHERE e.home OPERATOR(pg_catalog.=) (SELECT t.oid FROM template t)), \
     found AS (SELECT e.home, e.refclassid, e.refobjid, \
     CASE WHEN v.oid IS NULL THEN e.classid ELSE 1259::pg_catalog.oid END AS classid, COALESCE(v.oid, e.objid) AS objid, \
     CASE WHEN v.oid IS NULL THEN e.objsubid ELSE 0 END AS objsubid FROM edges e \
     LEFT JOIN pg_catalog.pg_rewrite w ON e.classid OPERATOR(pg_catalog.=) 2618::pg_catalog.oid \
     AND w.oid OPERATOR(pg_catalog.=) e.objid AND w.rulename OPERATOR(pg_catalog.=) '_RETURN' \
     LEFT JOIN pg_catalog.pg_class v ON v.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['v', 'm']::pg_catalog.\"char\"[]) \
     AND (v.oid OPERATOR(pg_catalog.=) w.ev_class \
     OR e.classid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid AND v.oid OPERATOR(pg_catalog.=) e.objid) \
     WHERE e.home OPERATOR(pg_catalog.<>) (SELECT t.oid FROM template t) \
     AND e.deptype OPERATOR(pg_catalog.<>) ALL (ARRAY['i', 'P', 'S']::pg_catalog.\"char\"[])) \
     SELECT n.nspname::pg_catalog.text AS schema, s.name AS registered, \
     pg_catalog.concat(o.type, ' ', o.identity) AS object, \
     pg_catalog.array_agg(DISTINCT pg_catalog.concat(r.type, ' ', r.identity)) AS \"on\" FROM found f \
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) f.home \
     LEFT JOIN multischema.schemas s ON n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) CASE \
     WHEN s.status OPERATOR(pg_catalog.=) ANY (ARRAY['archived', 'purging']) THEN pg_catalog.concat('__trash_', s.id) ELSE s.name END \
     CROSS JOIN LATERAL pg_catalog.pg_identify_object(f.classid, f.objid, f.objsubid) o \
     CROSS JOIN LATERAL pg_catalog.pg_identify_object(f.refclassid, f.refobjid, 0) r \
     WHERE o.identity IS NOT NULL AND r.identity IS NOT NULL AND (n.nspname IS NULL \
     OR n.nspname OPERATOR(pg_catalog.!~) '^pg_(temp|toast_temp)_') \
     GROUP BY n.nspname, s.name, s.id, o.type, o.identity ORDER BY s.id NULLS LAST, n.nspname, o.type, o.identity",
);

/// What depends on the template from outside.
#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the names are values"
)]
pub(super) fn dependents(
    pg: &mut PgConnection,
    shared: &SharedSchemata,
) -> QueryResult<Vec<Dependent>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Text>)]
        schema: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        registered: Option<String>,
        #[diesel(sql_type = Text)]
        object: String,
        #[diesel(sql_type = Array<Text>)]
        on: Vec<String>,
    }
    let query = diesel::sql_query(DEPENDENTS).bind::<Array<Text>, _>(shared.names());
    let rows: Vec<Row> = query.load(pg)?;
    let dependents = rows.into_iter().map(|row| {
        let registered = row.registered.map(|name| name.parse()).transpose();
        Ok(Dependent {
            schema: row.schema,
            registered: registered
                .map_err(|error| Error::DeserializationError(Box::<_>::from(error)))?,
            object: row.object,
            on: row.on,
        })
    });
    dependents.collect()
}

/// Goes from what is in the shared schemata, which is less than there is in all, to the template by name, which is in an index.
const SHADOWED: &str = "\
    WITH template AS (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) '__template__'), \
    shared AS MATERIALIZED (SELECT n.nspname, s.position, d.classid, d.objid \
    FROM pg_catalog.unnest($1) WITH ORDINALITY AS s (name, position) \
    JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) s.name::pg_catalog.name \
    JOIN pg_catalog.pg_depend d ON d.refclassid OPERATOR(pg_catalog.=) 2615::pg_catalog.oid \
    AND d.refobjid OPERATOR(pg_catalog.=) n.oid), \
    relations AS (SELECT s.nspname, s.position, c.relname, c.reltype FROM shared s \
    JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) s.objid \
    WHERE s.classid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid AND c.relkind OPERATOR(pg_catalog.<>) 'c' \
    AND c.relname OPERATOR(pg_catalog.<>) '__diesel_schema_migrations'), \
    types AS (SELECT s.nspname, s.position, t.typname, false AS is_row FROM shared s \
    JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) s.objid \
    WHERE s.classid OPERATOR(pg_catalog.=) 1247::pg_catalog.oid \
    UNION ALL SELECT r.nspname, r.position, t.typname, true FROM relations r \
    JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) r.reltype) \
    SELECT f.kind, f.name::pg_catalog.text AS name, f.nspname::pg_catalog.text AS schema, \
    pg_catalog.bool_and(f.is_overload) AS is_overload FROM (\
    SELECT r.position, r.nspname, c.relname AS name, c.relkind::pg_catalog.text AS kind, false AS is_overload \
    FROM relations r JOIN pg_catalog.pg_class c ON c.relname OPERATOR(pg_catalog.=) r.relname \
    AND c.relnamespace OPERATOR(pg_catalog.=) (SELECT t.oid FROM template t) WHERE c.relkind OPERATOR(pg_catalog.<>) 'c' \
    UNION ALL SELECT s.position, s.nspname, t.typname, 'type', false \
    FROM types s JOIN pg_catalog.pg_type t ON t.typname OPERATOR(pg_catalog.=) s.typname \
    AND t.typnamespace OPERATOR(pg_catalog.=) (SELECT t.oid FROM template t) \
    WHERE NOT (s.is_row AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) t.typrelid \
    AND c.relkind OPERATOR(pg_catalog.<>) 'c')) \
    UNION ALL SELECT s.position, s.nspname, p.proname, 'function', p.proargtypes OPERATOR(pg_catalog.<>) g.proargtypes \
    FROM shared s JOIN pg_catalog.pg_proc g ON g.oid OPERATOR(pg_catalog.=) s.objid \
    JOIN pg_catalog.pg_proc p ON p.proname OPERATOR(pg_catalog.=) g.proname \
    AND p.pronamespace OPERATOR(pg_catalog.=) (SELECT t.oid FROM template t) \
    WHERE s.classid OPERATOR(pg_catalog.=) 1255::pg_catalog.oid) f \
    GROUP BY f.position, f.nspname, f.kind, f.name ORDER BY f.position, f.name, f.kind";

/// Names of the template that a shared schema has as well.
#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the names are values"
)]
pub(super) fn shadowed(
    pg: &mut PgConnection,
    shared: &SharedSchemata,
) -> QueryResult<Vec<Shadowed>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        kind: String,
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        schema: String,
        #[diesel(sql_type = Bool)]
        is_overload: bool,
    }
    let query = diesel::sql_query(SHADOWED).bind::<Array<Text>, _>(shared.names());
    let rows: Vec<Row> = query.load(pg)?;
    let shadowed = rows.into_iter().map(|row| Shadowed {
        kind: match &*row.kind {
            "v" => ObjectKind::View,
            "m" => ObjectKind::MaterializedView,
            "f" => ObjectKind::ForeignTable,
            "S" => ObjectKind::Sequence,
            "i" | "I" => ObjectKind::Index,
            "type" => ObjectKind::Type,
            "function" => ObjectKind::Function,
            _ => ObjectKind::Table,
        },
        name: row.name,
        schema: row.schema,
        is_overload: row.is_overload,
    });
    Ok(shadowed.collect())
}
