//! Statements that failed for what goes on in the server, and not for what they say.

#[cfg(feature = "fixture")]
use diesel::result::{DatabaseErrorKind, Error};

#[cfg(feature = "fixture")]
use crate::template::is_out_of_locks;

/// Others had what the statement wanted.
const BY_LOCKS: [&str; 2] = [
    "canceling statement due to lock timeout",
    "deadlock detected",
];

/// How PostgreSQL begins to say that somebody or something ended a statement, or that there is no room.
#[cfg(feature = "fixture")]
const OTHERS: [&str; 6] = [
    "canceling statement due to ",
    "could not obtain lock on ",
    "terminating connection ",
    "the database system is shutting down",
    "could not extend file ",
    "could not write to file ",
];

/// Whether others had what a statement wanted, in the words of a server that speaks English: Diesel does not tell PostgreSQL's number
/// of the error.
pub(crate) fn is_by_locks(message: &str) -> bool {
    BY_LOCKS.contains(&message)
}

/// Whether a statement would fail also with other rows: as it was cancelled, waited too long, or has nobody left to answer it. The words
/// are those of a server that speaks English.
#[cfg(feature = "fixture")]
pub(crate) fn is_interrupted(error: &Error) -> bool {
    let Error::DatabaseError(kind, information) = error else {
        return false;
    };
    let message = information.message();
    matches!(
        kind,
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::SerializationFailure
    ) || is_out_of_locks(error)
        || is_by_locks(message)
        || OTHERS.iter().any(|words| message.starts_with(words))
}
