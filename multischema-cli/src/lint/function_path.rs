//! The search path that a function is run with: `SET search_path = …` outside of its body.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::body::{ROUTINES, RULE, is_search_path};
use super::finding::Findings;
use super::names::Names;
use super::statement::Statement;
use super::tokens;

/// Checks a statement of a tenant migration.
pub(super) fn check(statement: &Statement, names: &Names, findings: &mut Findings) {
    let Some(schemata) = path(&statement.tokens) else {
        return;
    };
    let is_shared =
        |schema: &str| schema.is_empty() || schema == "$user" || names.is_shared_schema(schema);
    let what = match schemata.iter().find(|it| !is_shared(it)) {
        Some(schema) => format!("has `{schema}` in its search path in every tenant's schema"),
        None if schemata.iter().any(|it| it == "public") => {
            "has a search path without the tenant's schema, so that it finds no tenant's tables"
                .to_owned()
        }
        // With `pg_catalog` or nothing it names all schemata itself.
        None => return,
    };
    findings.warning(
        RULE,
        format!(
            "the function {what}; write `SET search_path FROM CURRENT`, which is the path of the migration: the tenant's \
             schema first"
        ),
    );
}

/// Returns the schemata of the path that a statement about a function sets, if it lists them.
fn path(tokens: &[TokenWithSpan]) -> Option<Vec<String>> {
    let is_about = tokens::is_any(tokens.first(), &["CREATE", "ALTER"]);
    let kind = is_about.then(|| tokens::skip(&tokens[1..], &["OR", "REPLACE"]).first())?;
    if !tokens::is_any(kind, &ROUTINES) {
        return None;
    }
    let set = tokens
        .windows(2)
        .position(|it| tokens::is_word(it.first(), "SET") && is_search_path(it.get(1)))?;
    let (equals, list) = tokens[set + 2..].split_first()?;
    let is_list = equals.token == Token::Eq || tokens::is_word(Some(equals), "TO");
    // The others are `FROM CURRENT` and `TO DEFAULT`.
    if !is_list || tokens::is_word(list.first(), "DEFAULT") {
        return None;
    }
    let mut schemata = Vec::new();
    for pair in list.chunks(2) {
        let text = tokens::text(pair.first()).map(str::to_owned);
        schemata.extend(tokens::name(pair.first()).or(text));
        if pair.get(1).is_none_or(|it| it.token != Token::Comma) {
            break;
        }
    }
    Some(schemata)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::tests::{assert_none, assert_none_global, assert_rule, tenant};

    #[test]
    fn paths_of_functions_have_the_tenants_schema() {
        for path in [
            "= __template__, public",
            "= public",
            "TO public, pg_temp",
            "= 'school_a', pg_catalog",
            "= \"$user\", public",
        ] {
            let create = "CREATE FUNCTION f() RETURNS int LANGUAGE sql";
            let found = tenant(&format!("{create} SET search_path {path} AS 'SELECT 1'"));
            let warnings = found.iter().filter(|it| it.rule == RULE).count();
            assert_eq!(warnings, 1, "for {path}: {found:#?}");
        }
        assert_rule("ALTER FUNCTION f(int) SET search_path = public", RULE);
    }

    #[test]
    fn paths_of_functions_that_name_every_schema_are_right() {
        for path in [
            "FROM CURRENT",
            "= ''",
            "TO pg_catalog, pg_temp",
            "= auth",
            "TO DEFAULT",
        ] {
            assert_none(&format!(
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path {path} AS 'SELECT 1'"
            ));
        }
    }

    #[test]
    fn bodies_of_global_functions_are_not_meant() {
        assert_none_global(
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = public AS 'SELECT 1'",
        );
    }
}
