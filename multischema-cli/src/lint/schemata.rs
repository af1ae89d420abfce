//! What is done to schemata, to extensions, and to what is the library's own.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::Folder;
use super::finding::Findings;
use super::names::{self, LIBRARY, Names};
use super::statement::Statement;
use super::tokens::{self, Chain};

pub(super) fn check(statement: &Statement, folder: Folder, names: &Names, findings: &mut Findings) {
    let tokens = &statement.tokens;
    let begins = |words: &[&str]| tokens::begins(tokens, words);
    if folder == Folder::Tenant {
        if begins(&["CREATE", "SCHEMA"]) {
            findings.error(
                "create-schema",
                "this makes a schema for each tenant, which the registry does not know; make a schema that all share in \
                 a global migration, and a tenant's by the registry",
            );
        }
        if tokens::is_any(tokens.first(), &["CREATE", "ALTER", "DROP"])
            && tokens::is_word(tokens.get(1), "EXTENSION")
        {
            findings.error(
                "create-extension",
                "an extension is there once in a database, and this would run for each tenant; do it in a global \
                 migration",
            );
        }
    }
    if begins(&["DROP", "SCHEMA"]) {
        drop_schema(&tokens[2..], folder, names, findings);
    }
    set_schema(tokens, folder, names, findings);
    library_objects(tokens, findings);
}

fn drop_schema(tokens: &[TokenWithSpan], folder: Folder, names: &Names, findings: &mut Findings) {
    let listed = tokens::skip(tokens, &["IF", "EXISTS"]).split(|it| it.token == Token::Comma);
    for schema in listed.filter_map(|it| tokens::name(it.first())) {
        if LIBRARY.contains(&schema.as_str()) {
            library(&schema, findings);
        } else if folder == Folder::Tenant || !names.is_made_by_global(&schema) {
            findings.error(
                "drop-schema",
                format!(
                    "this drops the schema `{schema}` behind the registry's back, for all; remove a tenant's with \
                     `multischema schema purge`, and a shared one in the global migrations that create it"
                ),
            );
        }
    }
}

fn set_schema(tokens: &[TokenWithSpan], folder: Folder, names: &Names, findings: &mut Findings) {
    if !tokens::is_word(tokens.first(), "ALTER") || tokens::is_word(tokens.get(1), "EXTENSION") {
        return;
    }
    let found = tokens
        .windows(2)
        .position(|it| tokens::begins(it, &["SET", "SCHEMA"]));
    let Some(schema) = found.and_then(|at| tokens::name(tokens.get(at + 2))) else {
        return;
    };
    if folder == Folder::Tenant {
        findings.error(
            "set-schema",
            format!(
                "this moves an object of each tenant to `{schema}`, and a second tenant's has no room there; create what \
                 all share in a global migration, copy the rows, and drop it here"
            ),
        );
    } else if !names.is_shared_schema(&schema) {
        findings.error(
            "set-schema",
            format!(
                "this moves an object to `{schema}`, which may be a tenant's; create it in a tenant migration, so that \
                 every tenant has it"
            ),
        );
    }
}

fn library_objects(tokens: &[TokenWithSpan], findings: &mut Findings) {
    let chains = if tokens::is_word(tokens.first(), "DROP") {
        tokens::chains(tokens)
    } else if tokens::begins(tokens, &["ALTER", "SCHEMA"]) {
        match tokens::name(tokens.get(2)) {
            Some(name) if LIBRARY.contains(&name.as_str()) => library(&name, findings),
            _ => {}
        }
        return;
    } else {
        altered(tokens).into_iter().collect()
    };
    for chain in chains {
        match chain.object() {
            (Some(schema), name) if LIBRARY.contains(&schema) => {
                library(&format!("{schema}.{name}"), findings);
            }
            _ => {}
        }
    }
}

/// Returns what an `ALTER` changes: the table, where it is about something of one.
fn altered(tokens: &[TokenWithSpan]) -> Option<Chain> {
    if !tokens::is_word(tokens.first(), "ALTER") {
        return None;
    }
    if tokens::is_any(tokens.get(1), &["TRIGGER", "POLICY", "RULE"]) {
        let on = tokens
            .iter()
            .position(|it| tokens::is_word(Some(it), "ON"))?;
        return tokens::chain(tokens, on + 1);
    }
    names::altered(tokens)
}

fn library(object: &str, findings: &mut Findings) {
    findings.error(
        "library-objects",
        format!("`{object}` is the library's own, and its migrations change it; leave it as it is"),
    );
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{assert_global, assert_none, assert_none_global, assert_rule};

    #[test]
    fn extensions_belong_in_global_migrations() {
        assert_rule(
            "CREATE EXTENSION IF NOT EXISTS pgcrypto",
            "create-extension",
        );
        assert_rule("DROP EXTENSION pgcrypto", "create-extension");
        assert_none_global("CREATE EXTENSION pgcrypto WITH SCHEMA public");
        assert_none_global("DROP EXTENSION pgcrypto");
    }

    #[test]
    fn schemata_are_not_created_for_each_tenant() {
        assert_rule("CREATE SCHEMA a", "create-schema");
        assert_rule(
            "CREATE SCHEMA IF NOT EXISTS a AUTHORIZATION bob",
            "create-schema",
        );
        assert_none_global("CREATE SCHEMA a");
    }

    #[test]
    fn schemata_are_not_dropped() {
        assert_rule("DROP SCHEMA a", "drop-schema");
        assert_rule("DROP SCHEMA auth", "drop-schema");
        assert_global("DROP SCHEMA IF EXISTS school_a CASCADE", "drop-schema");
    }

    #[test]
    fn a_global_migration_may_drop_what_global_ones_create() {
        assert_none_global("DROP SCHEMA auth CASCADE");
        assert_global("DROP SCHEMA auth, school_a", "drop-schema");
    }

    #[test]
    fn objects_do_not_leave_their_tenant() {
        for sql in [
            "ALTER VIEW v SET SCHEMA public",
            "ALTER FUNCTION f(int) SET SCHEMA a",
        ] {
            assert_rule(sql, "set-schema");
        }
        for sql in [
            "ALTER TABLE documents SET SCHEMA public",
            "ALTER TYPE mood SET SCHEMA public",
            "ALTER SEQUENCE s SET SCHEMA public",
        ] {
            let found = crate::lint::tests::tenant(sql);
            assert_eq!(found[0].rule, "set-schema", "for {sql}");
        }
        assert_none("ALTER TABLE documents ALTER COLUMN schema SET DEFAULT 'a'");
    }

    #[test]
    fn global_objects_move_between_shared_schemata_only() {
        assert_none_global("ALTER VIEW v SET SCHEMA auth");
        assert_global("ALTER VIEW v SET SCHEMA school_a", "set-schema");
    }

    #[test]
    fn what_is_the_librarys_is_left_alone() {
        for sql in [
            "DROP TABLE multischema.schemas",
            "DROP TABLE a, multischema.schemas CASCADE",
            "DROP TRIGGER t ON multischema.schemas",
            "DROP SCHEMA multischema CASCADE",
            "ALTER TABLE multischema.schemas ADD COLUMN a int",
            "ALTER TABLE IF EXISTS ONLY multischema.schemas DROP COLUMN a",
            "ALTER SCHEMA multischema RENAME TO a",
            "ALTER TRIGGER t ON multischema.schemas RENAME TO u",
        ] {
            assert_global(sql, "library-objects");
            assert_rule(sql, "library-objects");
        }
    }

    #[test]
    fn what_is_the_librarys_may_be_used() {
        for sql in [
            "INSERT INTO multischema.settings VALUES ('protected', 'true')",
            "SELECT * FROM multischema.schemas",
            "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES multischema.schemas (id)",
            "GRANT SELECT ON multischema.schemas TO app",
        ] {
            assert_none_global(sql);
        }
    }
}
