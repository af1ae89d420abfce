//! What Diesel knows of a connection's transaction.

use std::num::NonZeroU32;

use diesel::QueryResult;
use diesel::connection::{
    AnsiTransactionManager, Connection, InTransactionStatus, TransactionManager,
    TransactionManagerStatus,
};
use diesel::pg::PgConnection;

/// Returns how many transactions and savepoints are open.
pub(crate) fn depth<C>(connection: &mut C) -> u32
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
{
    let status = AnsiTransactionManager::transaction_manager_status_mut(connection);
    status
        .transaction_depth()
        .ok()
        .flatten()
        .map_or(0, NonZeroU32::get)
}

/// Returns whether a change of the search path now would last: in a transaction, its rollback would undo
/// it. A test transaction is rolled back only at the end of all; savepoints in it come and go.
pub(super) fn may_change_scope(pg: &mut PgConnection) -> bool {
    match depth(pg) {
        0 => true,
        1 => is_test(pg),
        _ => false,
    }
}

/// Returns whether the transaction that is open is a test transaction.
pub(super) fn is_test(pg: &mut PgConnection) -> bool {
    open(pg).is_some_and(|transaction| transaction.test_transaction)
}

/// Returns whether PostgreSQL refuses everything until the transaction is rolled back.
pub(super) fn requires_rollback(pg: &mut PgConnection) -> bool {
    open(pg).is_some_and(|transaction| transaction.requires_rollback_maybe_up_to_top_level)
}

/// Returns whether Diesel has given up on the transaction.
pub(super) fn is_broken(pg: &mut PgConnection) -> bool {
    let status = AnsiTransactionManager::transaction_manager_status_mut(pg);
    matches!(status, TransactionManagerStatus::InError)
}

/// Has pools close the connection instead of lending it again.
pub(super) fn mark_broken(pg: &mut PgConnection) {
    AnsiTransactionManager::transaction_manager_status_mut(pg).set_in_error();
}

/// Rolls back the innermost transaction or savepoint.
pub(super) fn roll_back(pg: &mut PgConnection) -> QueryResult<()> {
    AnsiTransactionManager::rollback_transaction(pg)
}

fn open(pg: &mut PgConnection) -> Option<&InTransactionStatus> {
    match AnsiTransactionManager::transaction_manager_status_mut(pg) {
        TransactionManagerStatus::Valid(status) => status.in_transaction.as_ref(),
        TransactionManagerStatus::InError => None,
    }
}
