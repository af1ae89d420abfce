//! Transactions with an isolation level or a mode of their own.

use diesel::connection::{AnsiTransactionManager, Connection, TransactionManager};
use diesel::result::Error;

use super::status::depth;

/// Builds a transaction, as [`diesel::pg::TransactionBuilder`] does, whose constructor is Diesel's own.
#[derive(Debug)]
#[must_use = "a transaction does nothing until `run` is called"]
pub struct TransactionBuilder<'a, C> {
    connection: &'a mut C,
    isolation: &'static str,
    mode: &'static str,
    deferrable: &'static str,
}

impl<'a, C: Connection<TransactionManager = AnsiTransactionManager>> TransactionBuilder<'a, C> {
    pub(super) fn new(connection: &'a mut C) -> Self {
        Self {
            connection,
            isolation: "",
            mode: "",
            deferrable: "",
        }
    }

    /// Lets the transaction write nothing.
    pub fn read_only(mut self) -> Self {
        self.mode = " READ ONLY";
        self
    }

    /// Lets the transaction write, whatever the server's default.
    pub fn read_write(mut self) -> Self {
        self.mode = " READ WRITE";
        self
    }

    /// Has a serializable, read-only transaction wait until it cannot be cancelled by others.
    pub fn deferrable(mut self) -> Self {
        self.deferrable = " DEFERRABLE";
        self
    }

    /// Has the transaction begin at once, whatever the server's default.
    pub fn not_deferrable(mut self) -> Self {
        self.deferrable = " NOT DEFERRABLE";
        self
    }

    /// Has each statement see what was committed before it.
    pub fn read_committed(mut self) -> Self {
        self.isolation = " ISOLATION LEVEL READ COMMITTED";
        self
    }

    /// Has all statements see what was committed before the first.
    pub fn repeatable_read(mut self) -> Self {
        self.isolation = " ISOLATION LEVEL REPEATABLE READ";
        self
    }

    /// Has the transaction run as if all others ran before it or after it.
    pub fn serializable(mut self) -> Self {
        self.isolation = " ISOLATION LEVEL SERIALIZABLE";
        self
    }

    /// Runs `work` in the transaction, which is committed if it returns `Ok`, else rolled back.
    ///
    /// # Errors
    ///
    /// What `work` returns; [`Error::AlreadyInTransaction`] if one is open; or what `BEGIN`, `COMMIT` or
    /// `ROLLBACK` do.
    pub fn run<T, E>(self, work: impl FnOnce(&mut C) -> Result<T, E>) -> Result<T, E>
    where
        E: From<Error>,
    {
        let Self {
            connection,
            isolation,
            mode,
            deferrable,
        } = self;
        let begin = format!("BEGIN TRANSACTION{isolation}{mode}{deferrable}");
        AnsiTransactionManager::begin_transaction_sql(connection, &begin)?;
        let open = Open::innermost(connection);
        let result = work(connection);
        open.end(connection, result)
    }
}

/// A transaction or savepoint that was begun and is to be ended.
#[derive(Debug)]
pub(super) struct Open {
    depth: u32,
}

impl Open {
    /// The one that was begun last.
    pub(super) fn innermost<C>(connection: &mut C) -> Self
    where
        C: Connection<TransactionManager = AnsiTransactionManager>,
    {
        Self {
            depth: depth(connection),
        }
    }

    /// Commits the transaction if the work in it succeeded, else rolls it back, as Diesel's
    /// [`TransactionManager::transaction`] does.
    ///
    /// Savepoints that the work has left open, as a panic does that was caught, are rolled back first. Else the
    /// innermost would be what is committed here.
    pub(super) fn end<C, T, E>(self, connection: &mut C, result: Result<T, E>) -> Result<T, E>
    where
        C: Connection<TransactionManager = AnsiTransactionManager>,
        E: From<Error>,
    {
        while depth(connection) > self.depth {
            if let Err(rollback) = AnsiTransactionManager::rollback_transaction(connection) {
                return Err(result.err().unwrap_or_else(|| rollback.into()));
            }
        }
        match result {
            Ok(value) => {
                AnsiTransactionManager::commit_transaction(connection)?;
                Ok(value)
            }
            Err(error) => match AnsiTransactionManager::rollback_transaction(connection) {
                // The error that broke the transaction says more than that it is broken.
                Ok(()) | Err(Error::BrokenTransactionManager) => Err(error),
                Err(rollback) => Err(rollback.into()),
            },
        }
    }
}
