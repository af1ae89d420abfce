//! A connection that nobody needs now.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::lease::Lease;
use super::tenant_pool::TenantPool;
use crate::scope::SessionHandle;

/// A connection that is lent for a question, wherever it is, and goes back as it came.
pub(crate) struct Spare(Lease);

impl TenantPool {
    /// Returns a connection that nobody needs now, wherever it is, if there is one; without waiting, and without a statement.
    pub(crate) fn spare(&self) -> Option<Spare> {
        let shared = &self.shared;
        if !shared.park.take_spare_permit() {
            return None;
        }
        let mut lease = Lease::of_permit(Arc::clone(shared));
        let kept = shared.park.take_last();
        // Those of a pool that others use are others' until they were entered.
        let fresh = || {
            let fresh = (!shared.settings.is_wrapped).then(|| shared.r2d2.try_get());
            fresh.flatten().map(|fresh| self.welcome(fresh))
        };
        let kept = kept.or_else(fresh)?;
        lease.hold(kept);
        Some(Spare(lease))
    }
}

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
