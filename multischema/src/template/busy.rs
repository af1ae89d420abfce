//! That others have a lock, said in words that do not depend on the server's language.

use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error};

use super::error::TemplateError;
use super::ground::LOCK_TIMEOUT;
use crate::name::SchemaName;

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

/// Asks one question about `template`, under `lock_timeout`. What PostgreSQL says when that is over is in the server's
/// language, but nothing else that goes wrong takes so long.
pub(super) fn ask<T>(
    template: &SchemaName,
    question: impl FnOnce() -> QueryResult<T>,
) -> Result<T, TemplateError> {
    let start = Instant::now();
    question().map_err(|source| {
        let (template, waited) = (template.clone(), start.elapsed());
        if timed_out(&source, waited) {
            TemplateError::Busy { template, waited }
        } else {
            TemplateError::Query { template, source }
        }
    })
}

/// Whether a statement that took this long failed for want of a lock, as far as can be told.
pub(crate) fn timed_out(error: &Error, took: Duration) -> bool {
    matches!(error, Error::DatabaseError(DatabaseErrorKind::Unknown, _))
        && took >= Duration::from_millis(LOCK_TIMEOUT.into())
}
