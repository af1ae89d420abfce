//! A connection that is lent, and its way back.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::park::{Kept, Pooled};
use super::shared::{Shared, give_back};
use crate::scope::{Sealed, Session, SessionHandle};

/// A connection that is lent by a [`TenantPool`](super::TenantPool), and goes back to it when it is dropped.
pub struct Lease {
    shared: Arc<Shared>,
    /// None while it has a permit only.
    kept: Option<Kept>,
}

impl Lease {
    /// Holds a permit that was taken; it is given back when this is dropped.
    pub(super) fn of_permit(shared: Arc<Shared>) -> Self {
        Self { shared, kept: None }
    }

    /// Takes `kept` along with the permit.
    pub(super) fn hold(&mut self, kept: Kept) {
        self.kept = Some(kept);
    }

    /// Closes the connection and keeps the permit.
    pub(super) fn close(&mut self) {
        if let Some(kept) = self.kept.take() {
            self.shared.close(kept);
        }
    }

    /// Parks the connection if it is clean, which is the scope's work and done by now; else closes it.
    fn check_in(&mut self) {
        let Some(mut kept) = self.kept.take() else {
            return;
        };
        // It was in use until now.
        kept.idle_since = Instant::now();
        let shared = &self.shared;
        // Others hold connections of a pool that is wrapped, so that there may be no room for another.
        let is_awaited = || {
            let ttl = shared.settings.proof_ttl;
            ttl.is_zero() || shared.park.is_anyone_connecting()
        };
        // During a panic even of the driver's, nobody knows what is in the connection's buffers.
        let unfit = thread::panicking() || !kept.session.is_clean();
        if unfit || shared.is_large(&kept) || shared.is_old(&kept) {
            shared.close(kept);
        } else if shared.settings.is_wrapped && is_awaited() {
            give_back(kept);
        } else {
            shared.park.put(kept);
        }
    }
}

impl Sealed for Lease {}

impl SessionHandle for Lease {
    type Pg = Pooled;

    fn session(&mut self) -> &mut Session<Pooled> {
        match &mut self.kept {
            Some(kept) => &mut kept.session,
            None => unreachable!("it is lent with a connection"),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.check_in();
        // Last: who takes the permit is to find a connection, or room for one.
        self.shared.park.give_permit();
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}
