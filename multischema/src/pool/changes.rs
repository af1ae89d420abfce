//! What changes in the registry, and who has to hear of it.

use std::sync::atomic::Ordering;

use super::apart::Apart;
use super::tenant_pool::TenantPool;
use crate::name::SchemaName;

impl TenantPool {
    /// Has all connections forget what they know of `schema`.
    pub(crate) fn forget(&self, schema: &SchemaName) {
        self.shared.park.invalidate(schema);
        self.shared.relations.store(0, Ordering::Relaxed);
    }

    /// Notes that this process has changed something in the registry: who remembers anything of it has to ask again.
    pub(crate) fn note_change(&self) {
        self.shared.changes.fetch_add(1, Ordering::Release);
    }

    /// Returns how many changes were noted.
    pub(crate) fn changes(&self) -> u64 {
        self.shared.changes.load(Ordering::Acquire)
    }

    /// Returns what makes connections that are none of the pool's, if the pool knows the URL.
    pub(crate) fn apart(&self) -> Option<Apart> {
        self.shared.apart.clone()
    }
}
