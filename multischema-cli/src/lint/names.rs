//! Which names are those of tenants' objects, and which are global, as the migrations of both folders create them.

use std::collections::HashSet;

use sqlparser::tokenizer::TokenWithSpan;

use super::tokens::{self, Chain};
use super::{Folder, split};

pub(super) const TEMPLATE: &str = "__template__";

/// The schemata of the library.
pub(super) const LIBRARY: [&str; 2] = ["multischema", "multischema_ids"];

const OF_POSTGRESQL: [&str; 4] = ["pg_catalog", "information_schema", "pg_temp", "pg_toast"];

/// What can stand between `CREATE` or `ALTER` and the kind of the object.
const MODIFIERS: [&str; 12] = [
    "OR",
    "REPLACE",
    "TEMP",
    "TEMPORARY",
    "LOCAL",
    "GLOBAL",
    "UNLOGGED",
    "FOREIGN",
    "MATERIALIZED",
    "RECURSIVE",
    "UNIQUE",
    "CONSTRAINT",
];

const KINDS: [&str; 12] = [
    "TABLE",
    "VIEW",
    "SEQUENCE",
    "TYPE",
    "DOMAIN",
    "FUNCTION",
    "PROCEDURE",
    "ROUTINE",
    "AGGREGATE",
    "INDEX",
    "STATISTICS",
    "COLLATION",
];

/// The names that migrations create.
///
/// All of both folders must have been [added](Self::add) before one is checked, as a migration may name what a later one
/// creates. What a migration drops stays known.
#[derive(Debug, Default)]
pub(crate) struct Names {
    tenant: HashSet<String>,
    /// Schema and name.
    global: HashSet<(String, String)>,
    schemata: HashSet<String>,
}

impl Names {
    /// Adds what the statements of an `up.sql` create or rename.
    pub(crate) fn add(&mut self, folder: Folder, sql: &str) {
        for (_, statement) in split::statements(sql) {
            let Ok(tokens) = tokens::read(statement) else {
                continue;
            };
            let tokens = tokens::solid(&tokens);
            if let Some(name) = created(&tokens).or_else(|| renamed(&tokens)) {
                self.add_name(folder, &name);
            } else if folder == Folder::Global && tokens::begins(&tokens, &["CREATE", "SCHEMA"]) {
                let rest = tokens::skip(&tokens[2..], &["IF", "NOT", "EXISTS", "AUTHORIZATION"]);
                self.schemata.extend(tokens::name(rest.first()));
            }
        }
    }

    /// Adds a schema that no tenant has, and no migration creates, such as that of an extension.
    pub(crate) fn add_schema(&mut self, name: &str) {
        self.schemata.insert(name.to_owned());
    }

    fn add_name(&mut self, folder: Folder, name: &Chain) {
        match (folder, name.object()) {
            (_, (Some("pg_temp"), _)) => {}
            (Folder::Tenant, (_, name)) => {
                self.tenant.insert(name.to_owned());
            }
            (Folder::Global, (schema, name)) => {
                let schema = schema.unwrap_or("public").to_owned();
                self.global.insert((schema, name.to_owned()));
            }
        }
    }

    /// Returns whether tenants have an object of this name. The sequence of a column has that of its table.
    pub(super) fn is_tenant(&self, name: &str) -> bool {
        self.owner(name)
            .is_some_and(|owner| self.tenant.contains(owner))
    }

    /// Returns whether there is such an object for all.
    pub(super) fn is_global(&self, schema: &str, name: &str) -> bool {
        let has = |name: &str| {
            let key = (schema.to_owned(), name.to_owned());
            self.global.contains(&key)
        };
        has(name) || self.owner(name).is_some_and(has)
    }

    /// Returns whether the schema is known to be no tenant's.
    pub(super) fn is_shared_schema(&self, schema: &str) -> bool {
        schema == "public"
            || schema.starts_with("pg_")
            || LIBRARY.contains(&schema)
            || self.is_made_by_global(schema)
    }

    /// Returns whether a global migration makes the schema.
    pub(super) fn is_made_by_global(&self, schema: &str) -> bool {
        self.schemata.contains(schema)
    }

    /// Returns whether this is one of the tenants' objects, with a schema named: the template, or one that is not known to
    /// have an object of its own by that name.
    pub(super) fn is_qualified_tenant(&self, schema: &str, name: &str) -> bool {
        if schema == TEMPLATE {
            return true;
        }
        let is_others = OF_POSTGRESQL.contains(&schema)
            || LIBRARY.contains(&schema)
            || self.is_made_by_global(schema)
            || self.is_global(schema, name);
        !is_others && self.is_tenant(name)
    }

    /// The name itself, or that of the table by which PostgreSQL calls the sequence of a serial or identity column.
    fn owner<'a>(&self, name: &'a str) -> Option<&'a str> {
        let is_known =
            |name: &str| self.tenant.contains(name) || self.global.iter().any(|(_, it)| it == name);
        if is_known(name) {
            return Some(name);
        }
        let column = name.strip_suffix("_seq")?;
        let ends = column.rmatch_indices('_').map(|(end, _)| &column[..end]);
        ends.into_iter().find(|it| is_known(it))
    }
}

/// Returns what the statement creates, unless it is temporary.
fn created(tokens: &[TokenWithSpan]) -> Option<Chain> {
    let rest = tokens::begins(tokens, &["CREATE"]).then(|| &tokens[1..])?;
    let kind = tokens::skip(rest, &MODIFIERS);
    let modifiers = &rest[..rest.len() - kind.len()];
    if modifiers
        .iter()
        .any(|it| tokens::is_any(Some(it), &["TEMP", "TEMPORARY"]))
    {
        return None;
    }
    let rest = of_kind(kind)?;
    // An index may have no name.
    let is_named = !tokens::is_any(rest.first(), &["ON"]);
    tokens::chain(rest, 0).filter(|_| is_named)
}

/// Returns the new name of what the statement renames, in the schema of the old one.
fn renamed(tokens: &[TokenWithSpan]) -> Option<Chain> {
    let target = altered(tokens)?;
    let rename = tokens
        .windows(2)
        .position(|it| tokens::begins(it, &["RENAME", "TO"]))?;
    let new = tokens::name(tokens.get(rename + 2))?;
    let mut chain = target;
    chain.parts.pop();
    chain.parts.push(new);
    Some(chain)
}

/// Returns the name of the object that an `ALTER` is about.
pub(super) fn altered(tokens: &[TokenWithSpan]) -> Option<Chain> {
    let rest = tokens::begins(tokens, &["ALTER"]).then(|| &tokens[1..])?;
    tokens::chain(of_kind(tokens::skip(rest, &MODIFIERS))?, 0)
}

/// Returns what is behind the kind of the object and the words that may follow it.
fn of_kind(tokens: &[TokenWithSpan]) -> Option<&[TokenWithSpan]> {
    tokens::is_any(tokens.first(), &KINDS).then(|| {
        tokens::skip(
            &tokens[1..],
            &["CONCURRENTLY", "IF", "NOT", "EXISTS", "ONLY"],
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(sql: &str) -> Names {
        let mut names = Names::default();
        names.add(Folder::Tenant, sql);
        names
    }

    #[test]
    fn what_tenant_migrations_create_is_tenants() {
        for sql in [
            "CREATE TABLE it (id int)",
            "SELECT 1; create unlogged table if not exists IT ()",
            "CREATE TABLE it (LIKE other INCLUDING ALL)",
            "CREATE OR REPLACE VIEW it AS SELECT 1",
            "CREATE MATERIALIZED VIEW it AS SELECT 1 WITH NO DATA",
            "CREATE TYPE it AS ENUM ('a')",
            "CREATE DOMAIN it AS text NOT NULL",
            "CREATE SEQUENCE it",
            "CREATE OR REPLACE PROCEDURE it() LANGUAGE sql AS ''",
            "CREATE UNIQUE INDEX CONCURRENTLY it ON a (b)",
            "ALTER TABLE IF EXISTS a RENAME TO it",
            "CREATE TABLE public.it ()",
        ] {
            assert!(tenant(sql).is_tenant("it"), "for {sql}");
        }
    }

    #[test]
    fn what_is_named_otherwise_is_not() {
        for sql in [
            "CREATE TEMP TABLE it (id int)",
            "CREATE TABLE pg_temp.it (id int)",
            "CREATE INDEX ON it (a)",
            "CREATE TABLE \"IT\" ()",
            "ALTER TABLE a RENAME COLUMN b TO it",
            "ALTER TABLE it ADD COLUMN a int",
            "CREATE EXTENSION it",
            "SELECT 'CREATE TABLE it ()'",
        ] {
            assert!(!tenant(sql).is_tenant("it"), "for {sql}");
        }
        assert!(!tenant("CREATE INDEX ON it (a)").is_tenant("on"));
    }

    #[test]
    fn sequences_of_columns_belong_to_their_table() {
        let mut names = tenant("CREATE TABLE documents (id bigserial)");
        names.add(Folder::Global, "CREATE TABLE documents_old (id bigserial)");
        assert!(names.is_tenant("documents_id_seq"));
        assert!(!names.is_tenant("documents_old_id_seq"));
        assert!(names.is_global("public", "documents_old_id_seq"));
        assert!(!names.is_tenant("others_id_seq"));
    }

    #[test]
    fn global_names_have_a_schema() {
        let mut names = Names::default();
        names.add(
            Folder::Global,
            "CREATE TABLE plans (); CREATE TABLE auth.users (); CREATE SCHEMA IF NOT EXISTS auth",
        );
        assert!(names.is_global("public", "plans"));
        assert!(names.is_global("auth", "users"));
        assert!(!names.is_global("public", "users"));
        assert!(names.is_shared_schema("auth"));
        assert!(!names.is_shared_schema("school_a"));
    }

    #[test]
    fn a_table_that_moved_is_known_by_its_schema() {
        let mut names = tenant("CREATE TABLE plans ()");
        assert!(names.is_qualified_tenant("public", "plans"));
        names.add(Folder::Global, "CREATE TABLE public.plans ()");
        assert!(!names.is_qualified_tenant("public", "plans"));
        assert!(names.is_qualified_tenant("school_a", "plans"));
    }
}
