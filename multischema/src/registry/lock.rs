//! Advisory locks: who may change what.
//!
//! | Lock | Alone | Shared |
//! |---|---|---|
//! | [`Lock::Install`] | whoever makes the library's own tables | |
//! | [`Lock::Fleet`] | a fleet run | |
//! | [`Lock::Template`] | a migration of the template | whoever makes a schema of it |
//! | [`Lock::Schema`] | whoever migrates or changes that schema | |
//!
//! Nobody waits inside of `pg_advisory_lock`: the snapshot of one who waits holds up a `CREATE INDEX
//! CONCURRENTLY` of the one who has the lock, and neither ends.

#![cfg_attr(
    not(feature = "migrations"),
    expect(dead_code, reason = "most of it is for migrations")
)]

use std::thread;
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::sql_types::Integer;
use diesel::{QueryResult, RunQueryDsl};

use crate::patience::pause;

/// The first half of all our locks' keys, "msch", so that they are nobody else's.
const CLASS: i32 = 0x6d73_6368;

#[diesel::declare_sql_function]
extern "SQL" {
    #[sql_name = "pg_catalog.pg_try_advisory_lock"]
    fn try_lock(class: Integer, id: Integer) -> Bool;
    #[sql_name = "pg_catalog.pg_advisory_unlock"]
    fn unlock(class: Integer, id: Integer) -> Bool;
    #[cfg(feature = "fixture")]
    #[sql_name = "pg_catalog.pg_try_advisory_lock_shared"]
    fn try_lock_shared(class: Integer, id: Integer) -> Bool;
    #[cfg(feature = "fixture")]
    #[sql_name = "pg_catalog.pg_advisory_unlock_shared"]
    fn unlock_shared(class: Integer, id: Integer) -> Bool;
    #[cfg(feature = "fixture")]
    #[sql_name = "pg_catalog.pg_try_advisory_xact_lock"]
    fn try_lock_in_transaction(class: Integer, id: Integer) -> Bool;
}

/// What is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// The library's own tables.
    Install,
    /// All schemata, for one who goes through them.
    Fleet,
    /// The template.
    Template,
    /// The schema with this number in the registry.
    Schema(i32),
}

impl Lock {
    /// Takes the lock, alone, until it is [released](Self::release) or the connection ends; returns whether it
    /// was free.
    pub(crate) fn try_take(self, pg: &mut PgConnection) -> QueryResult<bool> {
        diesel::select(try_lock(CLASS, self.id())).get_result(pg)
    }

    /// The expression that takes the lock whose [`id`](Self::id) is given in `place`, together with others who share it,
    /// until the transaction ends; it is true if nobody has it alone.
    pub(super) fn share_in_transaction(place: &str) -> String {
        format!("pg_catalog.pg_try_advisory_xact_lock_shared({CLASS}, {place})")
    }

    /// Gives back a lock that was taken alone; returns whether it was.
    pub(crate) fn release(self, pg: &mut PgConnection) -> QueryResult<bool> {
        diesel::select(unlock(CLASS, self.id())).get_result(pg)
    }

    /// Tries to take the lock, alone, until it is taken or `patience` is over; returns whether it was. Not for
    /// use in a transaction, whose snapshot would be held meanwhile.
    pub(crate) fn poll(self, pg: &mut PgConnection, patience: Duration) -> QueryResult<bool> {
        poll(pg, patience, |pg| self.try_take(pg))
    }

    /// Tries to take the lock, together with others who share it, until it is taken or `patience` is over; returns whether
    /// it was. Not for use in a transaction either.
    #[cfg(feature = "fixture")]
    pub(crate) fn share(self, pg: &mut PgConnection, patience: Duration) -> QueryResult<bool> {
        let shared = |pg: &mut PgConnection| {
            diesel::select(try_lock_shared(CLASS, self.id())).get_result(pg)
        };
        poll(pg, patience, shared)
    }

    /// Gives back a lock that was shared; returns whether it was.
    #[cfg(feature = "fixture")]
    pub(crate) fn release_shared(self, pg: &mut PgConnection) -> QueryResult<bool> {
        diesel::select(unlock_shared(CLASS, self.id())).get_result(pg)
    }

    /// Tries to take the lock, alone, until the transaction that is open ends. It keeps its own snapshots and locks meanwhile,
    /// so `patience` is to be short.
    #[cfg(feature = "fixture")]
    pub(crate) fn poll_in_transaction(
        self,
        pg: &mut PgConnection,
        patience: Duration,
    ) -> QueryResult<bool> {
        let taken = |pg: &mut PgConnection| {
            diesel::select(try_lock_in_transaction(CLASS, self.id())).get_result(pg)
        };
        poll(pg, patience, taken)
    }

    pub(super) fn id(self) -> i32 {
        match self {
            Self::Install => -2,
            Self::Fleet => -1,
            Self::Template => 0,
            Self::Schema(id) => id,
        }
    }
}

/// Tries until it succeeds or `patience` is over; returns whether it did.
fn poll(
    pg: &mut PgConnection,
    patience: Duration,
    mut attempt: impl FnMut(&mut PgConnection) -> QueryResult<bool>,
) -> QueryResult<bool> {
    let start = Instant::now();
    while !attempt(pg)? {
        let Some(left) = patience.checked_sub(start.elapsed()) else {
            return Ok(false);
        };
        thread::sleep(pause().min(left));
    }
    Ok(true)
}
