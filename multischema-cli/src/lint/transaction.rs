//! What does not go with the transaction of a migration, or with having none.

use sqlparser::ast::{AlterTableOperation, DetachPartitionMode, Statement as Tree};
use sqlparser::tokenizer::TokenWithSpan;

use super::finding::Findings;
use super::statement::Statement;
use super::tokens;

/// Checks a statement of a migration that runs in a transaction.
pub(super) fn check(statement: &Statement, findings: &mut Findings) {
    let (is_control, is_concurrent) = match &statement.tree {
        Ok(tree) => (is_control(tree), is_concurrent(tree)),
        Err(_) => (
            is_two_phase(&statement.tokens),
            is_concurrent_by_words(&statement.tokens),
        ),
    };
    if is_control {
        findings.error(
            "transaction-control",
            "the migration is in a transaction, which this begins or ends; remove it, or set `run_in_transaction = \
             false` in `metadata.toml`",
        );
    }
    if is_concurrent {
        findings.error(
            "concurrently-in-transaction",
            "PostgreSQL does nothing `CONCURRENTLY` in a transaction; put this into a migration of its own, with \
             `run_in_transaction = false` in its `metadata.toml`",
        );
    }
}

/// Checks that a migration without a transaction has no more than one statement.
pub(super) fn number_of_statements(statements: &[(usize, &str)], findings: &mut Findings) {
    if let [_, (line, _), ..] = statements {
        findings.at(*line);
        findings.error(
            "several-statements-without-transaction",
            format!(
                "`run_in_transaction = false` and {} statements: they are sent together, and PostgreSQL runs them in one \
                 transaction all the same; make a migration of each",
                statements.len()
            ),
        );
    }
}

fn is_control(tree: &Tree) -> bool {
    matches!(
        tree,
        Tree::StartTransaction { .. }
            | Tree::Commit { .. }
            | Tree::Rollback {
                savepoint: None,
                ..
            }
    )
}

fn is_concurrent(tree: &Tree) -> bool {
    match tree {
        Tree::CreateIndex(index) => index.concurrently,
        Tree::AlterTable(table) => table.operations.iter().any(|it| {
            matches!(
                it,
                AlterTableOperation::DetachPartitionOf {
                    mode: Some(DetachPartitionMode::Concurrently),
                    ..
                }
            )
        }),
        _ => false,
    }
}

fn is_concurrent_by_words(tokens: &[TokenWithSpan]) -> bool {
    let mut words = tokens.iter();
    is_drop_concurrently(tokens)
        || tokens::is_word(tokens.first(), "REINDEX")
            && words.any(|it| tokens::is_word(Some(it), "CONCURRENTLY"))
}

fn is_drop_concurrently(tokens: &[TokenWithSpan]) -> bool {
    tokens::begins(tokens, &["DROP", "INDEX", "CONCURRENTLY"])
}

fn is_two_phase(tokens: &[TokenWithSpan]) -> bool {
    tokens::begins(tokens, &["PREPARE", "TRANSACTION"])
        || tokens::is_any(tokens.first(), &["COMMIT", "ROLLBACK"])
            && tokens::is_word(tokens.get(1), "PREPARED")
}

/// Whether there is nothing in the statement but what its words tell, although the parser does not know it.
pub(super) fn is_known(tokens: &[TokenWithSpan]) -> bool {
    is_drop_concurrently(tokens)
        || is_two_phase(tokens)
        || tokens::is_word(tokens.first(), "REINDEX")
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{assert_none, assert_none_global, assert_rule, without_transaction};

    #[test]
    fn indexes_are_not_made_concurrently_in_a_transaction() {
        for sql in [
            "CREATE INDEX CONCURRENTLY i ON documents (title)",
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON documents (title)",
            "DROP INDEX CONCURRENTLY i",
            "DROP INDEX CONCURRENTLY IF EXISTS i, j",
            "REINDEX INDEX CONCURRENTLY i",
            "REINDEX (VERBOSE, CONCURRENTLY) TABLE documents",
            "ALTER TABLE p DETACH PARTITION c CONCURRENTLY",
        ] {
            assert_rule(sql, "concurrently-in-transaction");
            assert_eq!(without_transaction(sql), [], "for {sql}");
        }
    }

    #[test]
    fn what_is_not_concurrent_or_may_be_is_right() {
        for sql in [
            "CREATE INDEX i ON documents (title)",
            "DROP INDEX i",
            "DROP INDEX \"concurrently\"",
            "REINDEX TABLE documents",
            "ALTER TABLE p DETACH PARTITION c",
            "ALTER TABLE p DETACH PARTITION c FINALIZE",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY mv",
        ] {
            assert_none(sql);
        }
    }

    #[test]
    fn a_migration_without_a_transaction_is_one_statement() {
        let sql = "-- one\nSELECT 1;\n-- two\nSELECT 2;\nSELECT 3";
        let found = without_transaction(sql);
        assert_eq!(found, [("several-statements-without-transaction", 4)]);
    }

    #[test]
    fn comments_are_no_statements() {
        assert_eq!(without_transaction("-- a; b;\nSELECT 1; /* c; */ ;"), []);
    }

    #[test]
    fn several_statements_in_a_transaction_are_right() {
        assert_none("SELECT 1; SELECT 2");
    }

    #[test]
    fn the_transaction_is_not_the_migrations() {
        for sql in [
            "BEGIN",
            "BEGIN ISOLATION LEVEL SERIALIZABLE",
            "START TRANSACTION",
            "COMMIT",
            "COMMIT AND CHAIN",
            "END",
            "END TRANSACTION",
            "ROLLBACK",
            "ABORT",
            "PREPARE TRANSACTION 'a'",
            "COMMIT PREPARED 'a'",
            "ROLLBACK PREPARED 'a'",
        ] {
            assert_rule(sql, "transaction-control");
            assert_eq!(without_transaction(sql), [], "for {sql}");
        }
    }

    #[test]
    fn savepoints_are_right() {
        for sql in [
            "SAVEPOINT a",
            "ROLLBACK TO SAVEPOINT a",
            "ROLLBACK TO a",
            "RELEASE SAVEPOINT a",
            "PREPARE p AS SELECT 1",
        ] {
            assert_none(sql);
            assert_none_global(sql);
        }
    }

    #[test]
    fn begin_in_a_body_is_right() {
        assert_none(
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        );
        assert_none("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END");
    }
}
