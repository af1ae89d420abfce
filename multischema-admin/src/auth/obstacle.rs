//! What stands in the way of all queries. PostgreSQL says so in the server's language, and Diesel gives no code of the error, so it is found out
//! when a query has failed.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Bool, Nullable, Text};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    NotInstalled,
    NotAllowed { role: String, needs: String },
}

#[derive(QueryableByName)]
struct Rights {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    is_installed: bool,
    #[diesel(sql_type = Bool)]
    may_use: bool,
    #[diesel(sql_type = Nullable<Text>)]
    lacks: Option<String>,
}

/// The tables and what the site does with them.
const RIGHTS: &str = "\
    WITH needed (relname, rights) AS (VALUES \
        ('admin_users', 'SELECT, INSERT, UPDATE'), ('admin_sessions', 'SELECT, INSERT, UPDATE, DELETE'), \
        ('admin_grants', 'SELECT, INSERT, DELETE'), ('admin_roles', 'SELECT, INSERT, DELETE'), \
        ('admin_attempts', 'SELECT, INSERT, UPDATE, DELETE'), ('log_entries', 'SELECT, INSERT'), \
        ('members', 'SELECT'), ('schemas', 'SELECT')), \
    found AS (SELECT d.relname, c.oid, n.oid AS namespace, r.privilege FROM needed d \
        CROSS JOIN pg_catalog.regexp_split_to_table(d.rights, ', ') r (privilege) \
        LEFT JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) 'multischema' \
        LEFT JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid \
            AND c.relname OPERATOR(pg_catalog.=) d.relname::pg_catalog.name) \
    SELECT current_user::pg_catalog.text AS role, pg_catalog.bool_and(oid IS NOT NULL) AS is_installed, \
        COALESCE(pg_catalog.bool_and(pg_catalog.has_schema_privilege(namespace, 'USAGE')), false) AS may_use, \
        (SELECT pg_catalog.concat(l.rights, ' ON multischema.', l.relname) FROM ( \
            SELECT relname, pg_catalog.string_agg(privilege, ', ' ORDER BY privilege) AS rights FROM found \
            WHERE NOT pg_catalog.has_table_privilege(oid, privilege) GROUP BY relname ORDER BY relname LIMIT 1) l) AS lacks \
    FROM found";

impl Obstacle {
    /// Returns what stood in the way of a query that failed with `error`, if anything does.
    pub(crate) fn find(pg: &mut PgConnection, error: &Error) -> Option<Self> {
        match error {
            // What Diesel has a word for, a right or a table is not wanting for.
            Error::DatabaseError(DatabaseErrorKind::Unknown, _) => Self::of(rights(pg).ok()?),
            _ => None,
        }
    }

    fn of(rights: Rights) -> Option<Self> {
        if !rights.is_installed {
            return Some(Self::NotInstalled);
        }
        let needs = match rights.may_use {
            true => rights.lacks?,
            false => "USAGE ON SCHEMA multischema".to_owned(),
        };
        Some(Self::NotAllowed {
            role: rights.role,
            needs,
        })
    }
}

fn rights(pg: &mut PgConnection) -> QueryResult<Rights> {
    diesel::sql_query(RIGHTS).get_result(pg)
}
