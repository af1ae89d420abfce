//! What there is in the database, so that a run with nothing to do asks little.

use diesel::pg::PgConnection;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl, sql_query};

use crate::path::SharedSchemata;
use crate::registry::is_installed;
use crate::template::Ids;

/// What is there.
#[derive(Debug, QueryableByName)]
struct Parts {
    #[diesel(sql_type = Bool)]
    own: bool,
    #[diesel(sql_type = Bool)]
    global: bool,
    #[diesel(sql_type = Bool)]
    template: bool,
}

/// What is known of all but the schemata.
#[derive(Debug, QueryableByName)]
struct State {
    #[diesel(sql_type = Array<Text>)]
    own: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    global: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    template: Vec<String>,
    #[diesel(sql_type = Bool)]
    is_guarded: bool,
    #[diesel(sql_type = Bool)]
    is_shadowed: bool,
}

/// A run that was not ended.
#[derive(Debug, QueryableByName)]
struct Settings {
    #[diesel(sql_type = Nullable<Text>)]
    ids: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    unended: Option<i64>,
}

/// A database that the library has prepared, in its present version.
#[derive(Debug)]
pub(super) struct Survey {
    /// The versions in the history of `public`.
    pub(super) global: Vec<String>,
    /// Those in the history of the template.
    pub(super) template: Vec<String>,
    /// Whether all tables of the template are guarded.
    pub(super) is_guarded: bool,
    /// Whether a table of the template has the name of one that all share.
    pub(super) is_shadowed: bool,
    pub(super) ids: Ids,
    /// The last run, if it was not ended: nobody else runs.
    pub(super) unended: Option<i64>,
}

impl Survey {
    /// Looks at the database, in three statements. Returns none if it is not prepared.
    pub(super) fn of(pg: &mut PgConnection, shared: &SharedSchemata) -> QueryResult<Option<Self>> {
        let parts = parts(pg)?;
        if !(parts.own && parts.global && parts.template) {
            return Ok(None);
        }
        let state = state(pg, shared)?;
        if !is_installed(&state.own) {
            return Ok(None);
        }
        let Settings { ids, unended } = settings(pg)?;
        let Some(ids) = ids.as_deref().and_then(Ids::from_word) else {
            return Ok(None);
        };
        Ok(Some(Self {
            global: state.global,
            template: state.template,
            is_guarded: state.is_guarded,
            is_shadowed: state.is_shadowed,
            ids,
            unended,
        }))
    }
}

#[expect(clippy::disallowed_methods, reason = "the text is constant")]
fn parts(pg: &mut PgConnection) -> QueryResult<Parts> {
    sql_query(
        "SELECT pg_catalog.to_regclass('multischema.__diesel_schema_migrations') IS NOT NULL AS own, \
         pg_catalog.to_regclass('public.__diesel_schema_migrations') IS NOT NULL AS global, \
         pg_catalog.to_regclass('__template__.__diesel_schema_migrations') IS NOT NULL AS template",
    )
    .get_result(pg)
}

/// The tables and views of the template are found by what depends on it: no index of `pg_class` begins with the schema.
#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the names are values"
)]
fn state(pg: &mut PgConnection, shared: &SharedSchemata) -> QueryResult<State> {
    const STATE: &str = "\
        WITH own AS (SELECT c.oid, c.relname, c.relkind FROM pg_catalog.pg_depend d \
            JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) d.objid \
            WHERE d.refclassid OPERATOR(pg_catalog.=) 2615::pg_catalog.oid AND d.classid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid \
            AND d.refobjid OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace('__template__')::pg_catalog.oid \
            AND c.relname OPERATOR(pg_catalog.<>) '__diesel_schema_migrations' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')) \
        SELECT ARRAY(SELECT version::pg_catalog.text FROM multischema.__diesel_schema_migrations) AS own, \
            ARRAY(SELECT version::pg_catalog.text FROM public.__diesel_schema_migrations ORDER BY 1) AS global, \
            ARRAY(SELECT version::pg_catalog.text FROM __template__.__diesel_schema_migrations ORDER BY 1) AS template, \
            NOT EXISTS (SELECT FROM own WHERE own.relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t \
                WHERE t.tgrelid OPERATOR(pg_catalog.=) own.oid AND t.tgname OPERATOR(pg_catalog.=) 'multischema_guard' \
                AND NOT t.tgisinternal)) AS is_guarded, \
            EXISTS (SELECT FROM own CROSS JOIN pg_catalog.unnest($1) AS shared (name) \
                JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(pg_catalog.concat( \
                    pg_catalog.quote_ident(shared.name), '.', pg_catalog.quote_ident(own.relname)))::pg_catalog.oid \
                WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')) AS is_shadowed";
    let query = sql_query(STATE).bind::<Array<Text>, _>(shared.names());
    query.get_result(pg)
}

#[expect(clippy::disallowed_methods, reason = "the text is constant")]
fn settings(pg: &mut PgConnection) -> QueryResult<Settings> {
    sql_query(
        "SELECT (SELECT value FROM multischema.settings WHERE key OPERATOR(pg_catalog.=) 'ids') AS ids, \
         (SELECT pg_catalog.max(id) FROM multischema.runs WHERE state OPERATOR(pg_catalog.=) 'running') AS unended",
    )
    .get_result(pg)
}
