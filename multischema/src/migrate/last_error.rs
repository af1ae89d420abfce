//! What the database said last, as Diesel's migrations keep it to themselves.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::{Connection, InstrumentationEvent};
use diesel::pg::PgConnection;
use diesel::result::{DatabaseErrorKind, Error};

use crate::interruption::is_by_locks;
use crate::template::hints_at_locks;

/// What the database said of a statement that failed.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// What PostgreSQL calls the error, where Diesel tells.
    pub(super) sqlstate: Option<&'static str>,
}

impl Said {
    fn of(error: &Error) -> Option<Self> {
        let Error::DatabaseError(kind, information) = error else {
            return None;
        };
        Some(Self {
            message: information.message().to_owned(),
            hint: information.hint().map(str::to_owned),
            sqlstate: match kind {
                DatabaseErrorKind::UniqueViolation => Some("23505"),
                DatabaseErrorKind::ForeignKeyViolation => Some("23503"),
                DatabaseErrorKind::NotNullViolation => Some("23502"),
                DatabaseErrorKind::CheckViolation => Some("23514"),
                DatabaseErrorKind::ExclusionViolation => Some("23P01"),
                DatabaseErrorKind::RestrictViolation => Some("23001"),
                DatabaseErrorKind::SerializationFailure => Some("40001"),
                DatabaseErrorKind::ReadOnlyTransaction => Some("25006"),
                _ => None,
            },
        })
    }

    /// Whether others had what the statement wanted, in the words of a server that speaks English.
    pub(super) fn is_lock(&self) -> bool {
        is_by_locks(&self.message)
    }

    /// Whether the server had no room for the statement's locks.
    pub(super) fn is_out_of_locks(&self) -> bool {
        hints_at_locks(self.hint.as_deref())
    }
}

/// Notes what the database said last on a connection. Migrations of files and embedded ones return an error of a type that
/// cannot be named, and that does not tell its cause.
#[derive(Debug, Clone, Default)]
pub(super) struct LastError(Arc<Mutex<Option<Said>>>);

impl LastError {
    pub(super) fn watch(&self, pg: &mut PgConnection) {
        let noted = Arc::clone(&self.0);
        pg.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::FinishQuery {
                error: Some(error), ..
            } = event
            {
                *noted.lock().unwrap_or_else(PoisonError::into_inner) = Said::of(error);
            }
        });
    }

    pub(super) fn clear(&self) {
        self.take();
    }

    pub(super) fn take(&self) -> Option<Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What is said of `error`: by itself, or else by the statement that failed last.
    pub(super) fn of(&self, error: &(dyn StdError + 'static)) -> Option<Said> {
        let noted = self.take();
        let mut causes = std::iter::successors(Some(error), |&error| error.source());
        let known = causes.find_map(|it| it.downcast_ref::<Error>());
        known.map_or(noted, Said::of)
    }
}
