//! Where the rows of a model are.

use std::sync::Arc;

use diesel::QuerySource;
use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{QueryBuilder, QueryFragment};
use multischema::{Global, GlobalConnection, Lease, Scope, Tenant, TenantConnection};

use super::custom::{Act, ActionError};
use crate::auth::Where;

/// Whether each schema has the table, or all share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Home {
    Tenant,
    Global,
}

impl From<Home> for Where {
    fn from(home: Home) -> Self {
        match home {
            Home::Tenant => Self::Tenant,
            Home::Global => Self::Global,
        }
    }
}

/// The scope of a model's table, and the connection that reaches it.
pub trait Place: Scope {
    /// What an action of the model works on.
    type Connection;

    #[doc(hidden)]
    fn home() -> HomeOf;

    #[doc(hidden)]
    fn act(
        work: impl Fn(&mut Self::Connection, &[String]) -> Result<String, ActionError>
        + Send
        + Sync
        + 'static,
    ) -> ActOf;
}

/// Keeps what is private out of a public trait's signature.
#[doc(hidden)]
#[derive(Debug)]
pub struct HomeOf(pub(crate) Home);

/// As [`HomeOf`].
#[doc(hidden)]
#[derive(Debug)]
pub struct ActOf(pub(crate) Act);

impl Place for Tenant {
    type Connection = TenantConnection<Lease>;

    fn home() -> HomeOf {
        HomeOf(Home::Tenant)
    }

    fn act(
        work: impl Fn(&mut Self::Connection, &[String]) -> Result<String, ActionError>
        + Send
        + Sync
        + 'static,
    ) -> ActOf {
        ActOf(Act::Tenant(Arc::new(work)))
    }
}

impl Place for Global {
    type Connection = GlobalConnection<Lease>;

    fn home() -> HomeOf {
        HomeOf(Home::Global)
    }

    fn act(
        work: impl Fn(&mut Self::Connection, &[String]) -> Result<String, ActionError>
        + Send
        + Sync
        + 'static,
    ) -> ActOf {
        ActOf(Act::Global(Arc::new(work)))
    }
}

/// The schema and the name of a table as it is declared; a tenant's has no schema.
pub(super) fn names_of<T: QuerySource<FromClause: QueryFragment<Pg>>>(
    table: &T,
) -> (Option<String>, String) {
    let mut sql = PgQueryBuilder::new();
    let written = table.from_clause().to_sql(&mut sql, &Pg);
    let text = sql.finish();
    debug_assert!(written.is_ok(), "the name of a table is always written");
    let mut names = parts(&text);
    let name = names.pop().unwrap_or_default();
    (names.pop(), name)
}

/// The names of `"a"."b""c"`, as Diesel writes them.
fn parts(sql: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut chars = sql.chars().peekable();
    let mut is_within = false;
    while let Some(char) = chars.next() {
        match char {
            '"' if is_within && chars.peek() == Some(&'"') => {
                chars.next();
                push(&mut names, '"');
            }
            '"' => is_within = !is_within,
            '.' if !is_within => names.push(String::new()),
            char => push(&mut names, char),
        }
    }
    names
}

fn push(names: &mut [String], char: char) {
    if let Some(last) = names.last_mut() {
        last.push(char);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    diesel::table! { pupils { id -> BigInt } }
    diesel::table! { public.plans (id) { id -> BigInt } }
    diesel::table! {
        #[sql_name = "odd.\"name"]
        odd (id) { id -> BigInt }
    }

    #[test]
    fn a_table_is_called_what_it_is_declared_as() {
        assert_eq!(names_of(&pupils::table), (None, "pupils".to_owned()));
        assert_eq!(
            names_of(&plans::table),
            (Some("public".to_owned()), "plans".to_owned())
        );
        assert_eq!(names_of(&odd::table), (None, "odd.\"name".to_owned()));
    }
}
