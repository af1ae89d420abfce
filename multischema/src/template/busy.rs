//! That others have a lock, said in words that do not depend on the server's language.

use diesel::result::Error;

/// What is said.
const BUSY: &str = "multischema: locked by others";

/// Statements that fail with those words if others have a lock that they need for longer than `lock_timeout`, or wait in a
/// circle with them. They are plain DDL, each with a semicolon, and all or none are done.
pub(crate) fn or_busy(statements: &str) -> String {
    let mut tag = "$busy$".to_owned();
    while statements.contains(&tag) {
        tag.insert(1, '_');
    }
    format!(
        "DO {tag} BEGIN\n{statements}\
         EXCEPTION WHEN lock_not_available OR deadlock_detected THEN\n\
         RAISE EXCEPTION '{BUSY}' USING ERRCODE = 'lock_not_available';\n\
         END {tag};\n"
    )
}

/// Whether statements failed with those words.
pub(crate) fn is_busy(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(_, information) if information.message() == BUSY)
}
