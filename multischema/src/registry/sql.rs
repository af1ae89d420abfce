//! All SQL of the registry that the DSL does not write.
//!
//! Every text is constant, but for names of schemata, which are checked and quoted, and numbers. Names in the
//! texts are qualified, so that no function in anybody's schema can answer in PostgreSQL's place.

#[cfg(feature = "migrations")]
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::{Bool, Nullable, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use crate::name::{SchemaName, quote};

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

/// Returns whether PostgreSQL has a schema of this name.
#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the name a value"
)]
pub(crate) fn schema_exists(pg: &mut PgConnection, name: &str) -> QueryResult<bool> {
    let query = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace \
         WHERE nspname OPERATOR(pg_catalog.=) $1::pg_catalog.name) AS answer",
    );
    let found = query.bind::<Text, _>(name);
    Ok(found.get_result::<Answer>(pg)?.answer)
}

/// What the role may do, and whether there is anything to do it with.
#[derive(QueryableByName)]
pub(super) struct Rights {
    #[diesel(sql_type = Text)]
    pub(super) role: String,
    #[diesel(sql_type = Text)]
    pub(super) database: String,
    #[diesel(sql_type = Bool)]
    pub(super) installed: bool,
    #[diesel(sql_type = Bool)]
    pub(super) usage: bool,
    #[diesel(sql_type = Bool)]
    pub(super) select: bool,
    #[diesel(sql_type = Bool)]
    pub(super) insert: bool,
    #[diesel(sql_type = Bool)]
    pub(super) update: bool,
    #[diesel(sql_type = Bool)]
    pub(super) settings: bool,
    #[diesel(sql_type = Bool)]
    pub(super) note: bool,
    /// The owner of the template, if the role cannot act as that.
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) owner: Option<String>,
    #[diesel(sql_type = Bool)]
    pub(super) create: bool,
}

#[expect(clippy::disallowed_methods, reason = "the text is constant")]
pub(super) fn rights(pg: &mut PgConnection) -> QueryResult<Rights> {
    diesel::sql_query(
        "SELECT current_user::pg_catalog.text AS role, \
         pg_catalog.current_database()::pg_catalog.text AS database, \
         c.oid IS NOT NULL AS installed, \
         COALESCE(pg_catalog.has_schema_privilege(n.oid, 'USAGE'), false) AS usage, \
         COALESCE(pg_catalog.has_table_privilege(c.oid, 'SELECT'), false) AS select, \
         COALESCE(pg_catalog.has_table_privilege(c.oid, 'INSERT'), false) AS insert, \
         COALESCE(pg_catalog.has_table_privilege(c.oid, 'UPDATE'), false) AS update, \
         COALESCE(pg_catalog.has_table_privilege(a.oid, 'INSERT'), false) AS note, \
         COALESCE(pg_catalog.has_table_privilege(s.oid, 'SELECT'), false) AS settings, \
         (SELECT pg_catalog.pg_get_userbyid(t.nspowner)::pg_catalog.text FROM pg_catalog.pg_namespace t \
         WHERE t.nspname OPERATOR(pg_catalog.=) '__template__' \
         AND NOT pg_catalog.pg_has_role(t.nspowner, 'MEMBER')) AS owner, \
         pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS create \
         FROM (VALUES (1)) AS one \
         LEFT JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) 'multischema' \
         LEFT JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid \
         AND c.relname OPERATOR(pg_catalog.=) 'schemas' \
         LEFT JOIN pg_catalog.pg_class a ON a.relnamespace OPERATOR(pg_catalog.=) n.oid \
         AND a.relname OPERATOR(pg_catalog.=) 'applied' \
         LEFT JOIN pg_catalog.pg_class s ON s.relnamespace OPERATOR(pg_catalog.=) n.oid \
         AND s.relname OPERATOR(pg_catalog.=) 'settings'",
    )
    .get_result(pg)
}

/// Notes the versions in the history of a new schema, which came with its copy.
pub(super) fn history_note(id: i32, name: &SchemaName) -> String {
    format!(
        "INSERT INTO multischema.applied (schema_id, version) SELECT {id}, h.version FROM {}.__diesel_schema_migrations h",
        Quoted(name)
    )
}

/// Makes the library's schema if it is missing, and the only one in the search path.
#[cfg(feature = "migrations")]
pub(super) fn enter_own_schema(pg: &mut PgConnection) -> QueryResult<()> {
    // Not with `IF NOT EXISTS`, for which PostgreSQL wants the right to make it even if it is there.
    if !schema_exists(pg, "multischema")? {
        run(pg, "CREATE SCHEMA multischema")?;
    }
    run(pg, "SET search_path TO multischema, pg_temp")
}

/// Makes the template if it is missing, and guards its tables.
#[cfg(feature = "migrations")]
pub(crate) fn adopt_template(pg: &mut PgConnection) -> QueryResult<()> {
    if !schema_exists(pg, SchemaName::TEMPLATE)? {
        run(pg, "CREATE SCHEMA __template__")?;
    }
    guard_template(pg)
}

/// Puts the guard on the tables of the template that have none.
#[cfg(feature = "migrations")]
pub(crate) fn guard_template(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "SELECT multischema.guard_template()")
}

struct Quoted<'a>(&'a SchemaName);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        quote(self.0.as_str(), f)
    }
}

#[cfg(feature = "migrations")]
#[expect(
    clippy::disallowed_methods,
    reason = "all texts of the registry are in this file"
)]
fn run(pg: &mut PgConnection, text: &str) -> QueryResult<()> {
    pg.batch_execute(text)
}
