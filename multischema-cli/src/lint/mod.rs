//! What is wrong with a migration, as far as its text tells.
//!
//! A tenant migration runs in the schema of every tenant and so names none of them; a global one runs once, in `public`. The
//! lint reads each statement with a parser and looks for what breaks that, before any database is asked.
//!
//! | File | Finds |
//! |---|---|
//! | `session` | what moves the connection to another schema or role |
//! | `schemata` | what is done to schemata, extensions and the library's own objects |
//! | `transaction` | what a migration's transaction does not go with |
//! | `mention` | names with a schema where there should be none, and tenants' names in global migrations |
//! | `body` | the same in bodies of functions, which are text to PostgreSQL, too |
//! | `function_path` | the same in the search path that a function is run with |
//! | `table` | columns and keys that do not suit many schemata |
//!
//! A statement that the parser does not know is reported as [not checked](Severity::NotChecked). In it, only what its first
//! words say, and the template's name, are found. Text that is put together when it runs (`EXECUTE`) is not read.

mod body;
mod finding;
mod function_path;
mod mention;
mod names;
mod schemata;
mod seen;
mod session;
pub(crate) mod split;
mod statement;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod transaction;

use std::thread;

use sqlparser::ast::{CopyTarget, Statement as Tree};

pub(crate) use finding::{Finding, Severity};
pub(crate) use names::Names;

use finding::Findings;
use seen::Seen;
use statement::Statement;

/// Whose migrations a folder has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folder {
    /// They run once, in `public`.
    Global,
    /// They run in each tenant's schema.
    Tenant,
}

/// How a migration will be run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    pub(crate) folder: Folder,
    /// `run_in_transaction` in its `metadata.toml`, which defaults to `true`.
    pub(crate) in_transaction: bool,
    /// Whether ids are unique across schemata.
    pub(crate) unique_ids: bool,
}

/// Of the thread that reads SQL. The parser goes 50 levels deep, each of which can take 70 kB if it is not optimised; and a
/// tree is dropped as deep as it is.
const STACK: usize = 64 << 20;

/// Returns what there is to say about an `up.sql` or `down.sql`, in the order of its statements.
pub(crate) fn check(sql: &str, migration: Migration, names: &Names) -> Vec<Finding> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK);
        let findings =
            thread.spawn_scoped(scope, || check_statements(sql, migration, names).in_order());
        findings
            .ok()
            .and_then(|it| it.join().ok())
            .unwrap_or_else(|| Findings::none_checked().in_order())
    })
}

fn check_statements(sql: &str, migration: Migration, names: &Names) -> Findings {
    let mut findings = Findings::default();
    let statements: Vec<_> = split::statements(sql).collect();
    if !migration.in_transaction {
        transaction::number_of_statements(&statements, &mut findings);
    }
    for (line, text) in statements {
        findings.at(line);
        check_statement(text, migration, names, &mut findings);
    }
    findings
}

fn check_statement(text: &str, migration: Migration, names: &Names, findings: &mut Findings) {
    let statement = Statement::read(text);
    let seen = statement.tree.as_ref().map(Seen::of).ok();

    session::check(&statement, seen.as_ref(), findings);
    schemata::check(&statement, migration.folder, names, findings);
    if migration.in_transaction {
        transaction::check(&statement, findings);
    }
    mention::check(&statement, seen, migration.folder, names, findings);
    if migration.folder == Folder::Tenant {
        body::check(&statement, names, findings);
        function_path::check(&statement, names, findings);
        table::check(&statement, migration.unique_ids, names, findings);
    }
    match &statement.tree {
        Ok(Tree::Copy {
            target: CopyTarget::Stdin,
            ..
        }) => findings.not_checked(text, "Diesel sends no rows after a statement"),
        Err(reason) if !is_known_by_its_words(&statement) => findings.not_checked(text, reason),
        _ => {}
    }
}

/// Whether there is nothing in the statement but what its words tell.
fn is_known_by_its_words(statement: &Statement) -> bool {
    session::is_known(&statement.tokens) || transaction::is_known(&statement.tokens)
}
