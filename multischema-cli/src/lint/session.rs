//! What moves the connection: the search path, and the role.

use sqlparser::ast::{
    AlterRoleOperation, DiscardObject, ObjectName, Reset, Set, Statement as Tree,
};
use sqlparser::tokenizer::TokenWithSpan;

use super::finding::Findings;
use super::seen::{Seen, parts};
use super::statement::Statement;
use super::tokens;

const PATH: &str = "set-search-path";
const ROLE: &str = "set-role";

pub(super) fn check(statement: &Statement, seen: Option<&Seen>, findings: &mut Findings) {
    let moved = match &statement.tree {
        Ok(tree) => by_tree(tree),
        Err(_) => by_words(&statement.tokens),
    };
    match moved {
        Some(Moved::Path) => path(findings),
        Some(Moved::Role) => role(findings),
        Some(Moved::LaterPaths) => findings.error(
            PATH,
            "this sets the search path of later connections, so that their unqualified names mean other tables; remove \
             it, as the library sets the path of each connection",
        ),
        None => {}
    }
    for setting in seen.iter().flat_map(|it| &it.settings) {
        match setting.as_deref().map(|name| (name, of_setting(name))) {
            Some((_, Some(Moved::Role))) => role(findings),
            Some((_, Some(_))) => path(findings),
            Some((_, None)) => {}
            None => findings.unknown(
                PATH,
                "which setting `set_config` sets is not written here; see that it is not `search_path`",
            ),
        }
    }
}

fn path(findings: &mut Findings) {
    findings.error(
        PATH,
        "this moves the migration out of the schema that it runs in; remove it, and name the schema of what is global, \
         as `public.plans`",
    );
}

fn role(findings: &mut Findings) {
    findings.error(
        ROLE,
        "this changes the role that the migration runs as, which must own what it makes; remove it, and connect as that \
         role",
    );
}

#[derive(Clone, Copy)]
enum Moved {
    Path,
    Role,
    /// Of connections that are made afterwards.
    LaterPaths,
}

/// Names of settings have no case, in quotes or not.
fn of_setting(name: &str) -> Option<Moved> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if is("search_path") {
        Some(Moved::Path)
    } else if is("role") || is("session_authorization") {
        Some(Moved::Role)
    } else {
        None
    }
}

fn setting(name: &ObjectName) -> Option<Moved> {
    match &parts(name)[..] {
        [name] => of_setting(name),
        _ => None,
    }
}

fn by_tree(tree: &Tree) -> Option<Moved> {
    match tree {
        Tree::Set(Set::SingleAssignment { variable, .. }) => setting(variable),
        Tree::Set(Set::SetRole { .. } | Set::SetSessionAuthorization(_)) => Some(Moved::Role),
        Tree::Reset(it) => match &it.reset {
            Reset::ALL => Some(Moved::Path),
            Reset::SessionAuthorization => Some(Moved::Role),
            Reset::ConfigurationParameter(name) => setting(name),
        },
        Tree::Discard {
            object_type: DiscardObject::ALL,
        } => Some(Moved::Path),
        Tree::AlterRole {
            operation: AlterRoleOperation::Set { config_name, .. },
            ..
        } => match setting(config_name) {
            Some(Moved::Path) => Some(Moved::LaterPaths),
            _ => None,
        },
        _ => None,
    }
}

/// Finds what the parser does not know: `SET SCHEMA`, `SET LOCAL SESSION AUTHORIZATION`, and `ALTER DATABASE`.
fn by_words(tokens: &[TokenWithSpan]) -> Option<Moved> {
    let is_path = |at: usize| {
        let name = tokens::name(tokens.get(at));
        name.is_some_and(|it| matches!(of_setting(&it), Some(Moved::Path)))
    };
    if tokens::is_word(tokens.first(), "ALTER")
        && tokens::is_any(tokens.get(1), &["DATABASE", "SYSTEM", "ROLE", "USER"])
    {
        let mut sets = (2..tokens.len()).filter(|&at| tokens::is_word(tokens.get(at), "SET"));
        return sets.any(|at| is_path(at + 1)).then_some(Moved::LaterPaths);
    }
    if !tokens::is_word(tokens.first(), "SET") {
        return None;
    }
    let rest = tokens::skip(&tokens[1..], &["LOCAL", "SESSION"]);
    let at = tokens.len() - rest.len();
    if tokens::is_word(rest.first(), "SCHEMA") || is_path(at) {
        Some(Moved::Path)
    } else {
        tokens::is_any(rest.first(), &["AUTHORIZATION", "ROLE"]).then_some(Moved::Role)
    }
}

/// Whether there is nothing in the statement but what its first words tell, although the parser does not know it.
pub(super) fn is_known(tokens: &[TokenWithSpan]) -> bool {
    by_words(tokens).is_some() || tokens::begins(tokens, &["SET", "CONSTRAINTS"])
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{assert_none, assert_rule};

    #[test]
    fn whatever_sets_the_path_is_found() {
        for sql in [
            "SET search_path = a",
            "SET search_path TO 'a', public",
            "SET SESSION search_path TO DEFAULT",
            "SET LOCAL search_path = \"$user\", public",
            "set \"Search_Path\" = ''",
            "SET search_path FROM CURRENT",
        ] {
            assert_rule(sql, "set-search-path");
        }
    }

    #[test]
    fn set_schema_sets_the_path() {
        assert_rule("SET SCHEMA 'a'", "set-search-path");
        assert_rule("SET LOCAL SCHEMA 'a'", "set-search-path");
    }

    #[test]
    fn resets_move_the_path_back() {
        for sql in ["RESET search_path", "RESET ALL", "DISCARD ALL"] {
            assert_rule(sql, "set-search-path");
        }
    }

    #[test]
    fn other_resets_are_right() {
        for sql in ["RESET lock_timeout", "DISCARD PLANS", "DISCARD TEMP"] {
            assert_none(sql);
        }
    }

    #[test]
    fn set_config_is_found_wherever_it_is() {
        for sql in [
            "SELECT set_config('search_path', 'a', false)",
            "SELECT pg_catalog.set_config('SEARCH_PATH', 'a', true)",
            "SELECT 1 FROM (SELECT 2 WHERE lower(set_config(E'search_path', 'a', true)) = '') AS x",
            "SELECT * FROM set_config('search_path', 'a', false)",
            "SELECT set_config(setting_name => 'search_path', new_value => 'a', is_local => true)",
            "SELECT set_config('search_path'::text, 'a', false)",
            "CREATE TABLE t (a text DEFAULT set_config('search_path', 'a', false))",
            "INSERT INTO t VALUES (1, set_config($$search_path$$, 'a', false))",
            "WITH x AS (SELECT set_config('search_path', 'a', false)) SELECT * FROM x",
        ] {
            assert_rule(sql, "set-search-path");
        }
    }

    #[test]
    fn set_config_of_other_settings_is_right() {
        for sql in [
            "SELECT set_config('app.user', 'search_path', true)",
            "SELECT mine.set_config('search_path', 'a', false)",
            "SELECT 'set_config(''search_path'', ''a'', false)'",
            "SELECT current_setting('search_path')",
        ] {
            assert_none(sql);
        }
    }

    #[test]
    fn set_config_of_an_unknown_setting_is_not_checked() {
        let found = crate::lint::tests::tenant("SELECT set_config(name, 'a', false) FROM t");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, crate::lint::Severity::NotChecked);
    }

    #[test]
    fn other_settings_and_mentions_of_the_path_are_right() {
        for sql in [
            "SET lock_timeout = '5s'",
            "SET LOCAL statement_timeout TO 0",
            "SET app.search_path = 'a'",
            "SHOW search_path",
            "SET CONSTRAINTS ALL DEFERRED",
            "SET TIME ZONE 'UTC'",
            "INSERT INTO t (search_path) VALUES ('SET search_path = a') -- SET search_path = b",
            "UPDATE t SET search_path = 'a'",
        ] {
            assert_none(sql);
        }
    }

    #[test]
    fn roles_are_found() {
        for sql in [
            "SET ROLE bob",
            "SET LOCAL ROLE bob",
            "SET SESSION ROLE NONE",
            "SET role = 'bob'",
            "RESET ROLE",
            "SET SESSION AUTHORIZATION bob",
            "SET LOCAL SESSION AUTHORIZATION bob",
            "SET SESSION AUTHORIZATION DEFAULT",
            "RESET SESSION AUTHORIZATION",
            "SET session_authorization = 'bob'",
            "SELECT set_config('role', 'bob', false)",
        ] {
            assert_rule(sql, "set-role");
        }
    }

    #[test]
    fn paths_of_later_connections_are_found() {
        for sql in [
            "ALTER ROLE r SET search_path = a",
            "ALTER USER r SET search_path TO a, b",
            "ALTER ROLE r IN DATABASE d SET search_path = a",
            "ALTER DATABASE d SET search_path = a",
            "ALTER SYSTEM SET search_path = 'a'",
        ] {
            assert_rule(sql, "set-search-path");
        }
        assert_none("ALTER ROLE r SET statement_timeout = 3");
    }
}
