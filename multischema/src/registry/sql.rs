//! All SQL of the registry that the DSL does not write.
//!
//! Every text is constant, but for names of schemata, which are checked and quoted, and numbers. Names in the
//! texts are qualified, so that no function in anybody's schema can answer in PostgreSQL's place.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Text};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use crate::name::SchemaName;
use crate::quoted::{Identifier, list};
use crate::template::{LOCK_TIMEOUT, or_busy, path_to, prelude};

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
    pub(super) delete: bool,
    #[diesel(sql_type = Bool)]
    pub(super) settings: bool,
    #[diesel(sql_type = Bool)]
    pub(super) note: bool,
    #[diesel(sql_type = Bool)]
    pub(super) members: bool,
    #[diesel(sql_type = Bool)]
    pub(super) read_members: bool,
    #[diesel(sql_type = Bool)]
    pub(super) add_members: bool,
    #[diesel(sql_type = Bool)]
    pub(super) remove_members: bool,
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
         COALESCE(pg_catalog.has_table_privilege(c.oid, 'DELETE'), false) AS delete, \
         COALESCE(pg_catalog.has_table_privilege(a.oid, 'INSERT'), false) AS note, \
         COALESCE(pg_catalog.has_table_privilege(s.oid, 'SELECT'), false) AS settings, \
         m.oid IS NOT NULL AS members, \
         COALESCE(pg_catalog.has_table_privilege(m.oid, 'SELECT'), false) AS read_members, \
         COALESCE(pg_catalog.has_table_privilege(m.oid, 'INSERT'), false) AS add_members, \
         COALESCE(pg_catalog.has_table_privilege(m.oid, 'DELETE'), false) AS remove_members, \
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
         LEFT JOIN pg_catalog.pg_class m ON m.relnamespace OPERATOR(pg_catalog.=) n.oid \
         AND m.relname OPERATOR(pg_catalog.=) 'members' \
         LEFT JOIN pg_catalog.pg_class s ON s.relnamespace OPERATOR(pg_catalog.=) n.oid \
         AND s.relname OPERATOR(pg_catalog.=) 'settings'",
    )
    .get_result(pg)
}

/// Notes the versions in the history of a new schema, which came with its copy.
pub(super) fn history_note(id: i32, name: &SchemaName) -> String {
    format!(
        "INSERT INTO multischema.applied (schema_id, version) SELECT {id}, h.version FROM {}.__diesel_schema_migrations h",
        quoted(name)
    )
}

/// Notes them at once.
pub(super) fn note_history(pg: &mut PgConnection, id: i32, name: &SchemaName) -> QueryResult<()> {
    run(pg, &history_note(id, name))
}

/// Makes the row of a schema that is there, with a number if it has to be a certain one, and returns the number.
#[expect(
    clippy::disallowed_methods,
    reason = "the texts are constant, the name and the number are values"
)]
pub(super) fn adopt(
    pg: &mut PgConnection,
    name: &SchemaName,
    number: Option<i32>,
) -> QueryResult<i32> {
    #[derive(QueryableByName)]
    struct Id {
        #[diesel(sql_type = Integer)]
        id: i32,
    }
    let Some(number) = number else {
        let query = diesel::sql_query(
            "INSERT INTO multischema.schemas (name, label) VALUES ($1, $1) RETURNING id",
        );
        return Ok(query
            .bind::<Text, _>(name.as_str())
            .get_result::<Id>(pg)?
            .id);
    };
    let query = diesel::sql_query(
        "INSERT INTO multischema.schemas (id, name, label) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $2)",
    );
    let query = query.bind::<Integer, _>(number);
    query.bind::<Text, _>(name.as_str()).execute(pg)?;
    // Nobody is to draw it again.
    let query = diesel::sql_query(
        "SELECT pg_catalog.setval('multischema.schemas_id_seq', GREATEST(last_value, $1)) FROM multischema.schemas_id_seq",
    );
    query.bind::<Integer, _>(number).execute(pg)?;
    Ok(number)
}

/// PostgreSQL's schemata that are in no registry, and nobody else's: not PostgreSQL's own, not an extension's, not ours.
#[expect(clippy::disallowed_methods, reason = "the text is constant")]
pub(super) fn strays(pg: &mut PgConnection) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Stray {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let query = diesel::sql_query(
        "SELECT n.nspname::pg_catalog.text AS name FROM pg_catalog.pg_namespace n \
         WHERE n.nspname OPERATOR(pg_catalog.!~) '^(pg_|multischema|citus)' \
         AND n.nspname NOT IN ('information_schema', 'public', '__template__') \
         AND NOT EXISTS (SELECT FROM multischema.schemas s \
         WHERE s.name OPERATOR(pg_catalog.=) n.nspname::pg_catalog.text \
         OR n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) pg_catalog.concat('__trash_', s.id)) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid OPERATOR(pg_catalog.=) 2615::pg_catalog.oid \
         AND d.objid OPERATOR(pg_catalog.=) n.oid AND d.deptype OPERATOR(pg_catalog.=) 'e') ORDER BY n.nspname",
    );
    Ok(query
        .load::<Stray>(pg)?
        .into_iter()
        .map(|it| it.name)
        .collect())
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

/// Enters a schema, for the rest of the transaction, as it has to be for reading its definitions.
pub(super) fn enter(pg: &mut PgConnection, name: &SchemaName) -> QueryResult<()> {
    let path = path_to(&quoted(name).to_string());
    run(pg, &prelude(&path, LOCK_TIMEOUT))
}

/// Leaves the schema that was [entered](enter), so that nothing in it answers in PostgreSQL's place.
pub(super) fn leave(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "SET LOCAL search_path TO ''")
}

/// Renames a PostgreSQL schema, and runs statements in it.
pub(super) fn rename(
    pg: &mut PgConnection,
    from: &SchemaName,
    to: &SchemaName,
    within: &str,
) -> QueryResult<()> {
    let [from, to] = [from, to].map(|name| quoted(name).to_string());
    let enter = if within.is_empty() {
        String::new()
    } else {
        format!("SET LOCAL search_path TO {};\n", path_to(&to))
    };
    run(
        pg,
        &format!("ALTER SCHEMA {from} RENAME TO {to};\n{enter}{within}"),
    )
}

/// Lets the row of a schema take the name that PostgreSQL has given it, until the transaction ends.
#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the name a value"
)]
pub(super) fn allow_renaming(pg: &mut PgConnection, from: &SchemaName) -> QueryResult<()> {
    let query = diesel::sql_query("SELECT pg_catalog.set_config('multischema.renaming', $1, true)");
    query.bind::<Text, _>(from.as_str()).execute(pg)?;
    Ok(())
}

/// Keeps the rights to a schema in its row.
#[expect(
    clippy::disallowed_methods,
    reason = "the text is constant, the name and the number are values"
)]
pub(super) fn keep_grants(pg: &mut PgConnection, id: i32, name: &SchemaName) -> QueryResult<()> {
    let query = diesel::sql_query(
        "UPDATE multischema.schemas SET grants = (SELECT n.nspacl::pg_catalog.text FROM pg_catalog.pg_namespace n \
         WHERE n.nspname OPERATOR(pg_catalog.=) $1::pg_catalog.name) WHERE id OPERATOR(pg_catalog.=) $2",
    );
    let query = query.bind::<Text, _>(name.as_str());
    query.bind::<Integer, _>(id).execute(pg)?;
    Ok(())
}

/// Takes those rights from the row again: the items of the list, in which there may be roles that are gone.
#[expect(
    clippy::disallowed_methods,
    reason = "the texts are constant, the number is a value"
)]
pub(super) fn take_grants(pg: &mut PgConnection, id: i32) -> QueryResult<Option<Vec<String>>> {
    #[derive(QueryableByName)]
    struct Kept {
        #[diesel(sql_type = Nullable<Array<Text>>)]
        grants: Option<Vec<String>>,
    }
    let query = diesel::sql_query(
        "SELECT grants::pg_catalog.text[] AS grants FROM multischema.schemas WHERE id OPERATOR(pg_catalog.=) $1",
    );
    let kept: Kept = query.bind::<Integer, _>(id).get_result(pg)?;
    let query = diesel::sql_query(
        "UPDATE multischema.schemas SET grants = NULL WHERE id OPERATOR(pg_catalog.=) $1",
    );
    query.bind::<Integer, _>(id).execute(pg)?;
    Ok(kept.grants)
}

/// Takes all rights to a schema from roles, or from everybody where there is none, and from whom they gave them to.
pub(super) fn revoke_all(
    pg: &mut PgConnection,
    name: &SchemaName,
    roles: &[Option<String>],
) -> QueryResult<()> {
    if roles.is_empty() {
        return Ok(());
    }
    let roles = roles.iter().map(|role| match role {
        Some(role) => Identifier(role).to_string(),
        None => "PUBLIC".to_owned(),
    });
    let text = format!(
        "REVOKE ALL ON SCHEMA {} FROM {} CASCADE",
        quoted(name),
        list(roles)
    );
    run(pg, &text)
}

/// Makes PostgreSQL's notices of what `CASCADE` removes none, and sets how long locks are waited for, until the
/// transaction ends.
pub(super) fn be_quick(pg: &mut PgConnection) -> QueryResult<()> {
    run(
        pg,
        &format!(
            "SET LOCAL client_min_messages TO warning; SET LOCAL lock_timeout TO {LOCK_TIMEOUT}"
        ),
    )
}

/// Runs statements that remove what was read from the catalogs; see [`is_busy`](crate::template::is_busy).
pub(super) fn remove(pg: &mut PgConnection, statements: &str) -> QueryResult<()> {
    if statements.is_empty() {
        return Ok(());
    }
    run(pg, &or_busy(statements))
}

/// Has foreign keys that are checked at the end of the transaction checked at once.
pub(super) fn check_keys_now(pg: &mut PgConnection) -> QueryResult<()> {
    run(pg, "SET CONSTRAINTS ALL IMMEDIATE")
}

/// Removes a schema and all that is still in it.
pub(super) fn drop_schema(pg: &mut PgConnection, name: &SchemaName) -> QueryResult<()> {
    remove(pg, &format!("DROP SCHEMA {} CASCADE;\n", quoted(name)))
}

/// Runs the `GRANT`s that give rights back.
pub(super) fn give_back(pg: &mut PgConnection, grants: &str) -> QueryResult<()> {
    run(pg, grants)
}

#[derive(QueryableByName)]
struct Role {
    #[diesel(sql_type = Text)]
    role: String,
}

/// All roles of the server.
#[expect(clippy::disallowed_methods, reason = "the text is constant")]
pub(super) fn roles(pg: &mut PgConnection) -> QueryResult<Vec<String>> {
    let query =
        diesel::sql_query("SELECT r.rolname::pg_catalog.text AS role FROM pg_catalog.pg_roles r");
    let roles: Vec<Role> = query.load(pg)?;
    Ok(roles.into_iter().map(|it| it.role).collect())
}

/// The role that the connection acts as.
#[expect(clippy::disallowed_methods, reason = "the text is constant")]
pub(super) fn role(pg: &mut PgConnection) -> QueryResult<String> {
    let query = diesel::sql_query("SELECT current_user::pg_catalog.text AS role");
    Ok(query.get_result::<Role>(pg)?.role)
}

fn quoted(name: &SchemaName) -> Identifier<'_> {
    Identifier(name.as_str())
}

#[expect(
    clippy::disallowed_methods,
    reason = "all texts of the registry are in this file"
)]
fn run(pg: &mut PgConnection, text: &str) -> QueryResult<()> {
    pg.batch_execute(text)
}
