//! A transaction that is begun and ended by hand, so that the error which ends it is not lost when that fails.

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;

pub(crate) use crate::scope::depth;

/// Rolls back until `floor` transactions and savepoints are open. What this fails with is of no use: the caller
/// has an error to report already, and Diesel notes that the connection is broken.
pub(crate) fn roll_back_to(pg: &mut PgConnection, floor: u32) {
    let mut open = depth(pg);
    while open > floor {
        let _ = AnsiTransactionManager::rollback_transaction(pg);
        let before = std::mem::replace(&mut open, depth(pg));
        if open >= before {
            break;
        }
    }
}
