//! A connection that nobody needs now.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::lease::Lease;
use crate::scope::SessionHandle;

/// A connection that is lent for a question, wherever it is, and goes back as it came.
pub(crate) struct Spare(pub(super) Lease);

impl Spare {
    /// Asks a question whose answer depends on no scope, and which leaves nothing on the connection. If there is no
    /// answer, the connection is closed.
    pub(crate) fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Option<T> {
        let answer = question(self.0.session().aside());
        if answer.is_err() {
            self.0.close();
        }
        answer.ok()
    }
}
