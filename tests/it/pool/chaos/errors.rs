//! Which errors are no failures.

use std::error::Error as StdError;

/// What errors may say.
const EXPECTED: [&str; 12] = [
    // Ours.
    "is suspended",
    "the connection was moved",
    "while a transaction is open",
    "before the scope in which raw SQL ran is left",
    // Made here.
    "division by zero",
    "asked diesel to rollback",
    "cannot be used", // it is suspended, and active again when one asks why
    // Of what follows another error.
    "current transaction is aborted",
    "already in progress",
    "outside of a transaction",
    "within a transaction",
    "deadlock detected",
];

/// What they may say on a connection that was killed, but not at its checkout.
const EXPECTED_OF_KILLED: [&str; 5] = [
    "terminating connection",
    "server closed the connection",
    "no connection to the server",
    "connection to server was lost",
    "broken",
];

/// What else they may say of the schema that is dropped and made anew.
const EXPECTED_OF_MORTAL: [&str; 4] = [
    "does not exist",
    "is not in the registry",
    "was changed while",
    "could not open relation",
];

/// Returns whether an error may say so.
pub(super) fn is_expected(text: &str, of_mortal: bool) -> bool {
    let says = |texts: &[&str]| texts.iter().any(|expected| text.contains(expected));
    says(&EXPECTED) || is_of_killed(text) || of_mortal && says(&EXPECTED_OF_MORTAL)
}

/// Returns whether an error says that the connection is gone.
pub(super) fn is_of_killed(text: &str) -> bool {
    EXPECTED_OF_KILLED
        .iter()
        .any(|expected| text.contains(expected))
}

/// What an error and its causes say.
pub(super) fn story(error: &(dyn StdError + 'static)) -> String {
    let mut next = Some(error);
    let mut text = String::new();
    while let Some(error) = next {
        text += &format!("{error}: ");
        next = error.source();
    }
    text
}
