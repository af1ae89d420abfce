//! How schemata are made of the template, kept from one to the next.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel::pg::PgConnection;

use crate::template::{Ids, Plan, Template, TemplateError};

/// The plan of the template as it was last read.
#[derive(Default)]
pub(super) struct Plans(Mutex<Option<Arc<Plan>>>);

impl Plans {
    /// The plan of the template for one who acts as `role`, and whether it was kept from an earlier time: then the
    /// template may have changed since.
    pub(super) fn find(
        &self,
        pg: &mut PgConnection,
        ids: Ids,
        role: &str,
    ) -> Result<(Arc<Plan>, bool), TemplateError> {
        let kept = self.kept().clone();
        if let Some(plan) = kept.filter(|plan| plan.ids() == ids && plan.is_for(role)) {
            return Ok((plan, true));
        }
        let plan = Arc::new(Template::new().ids(ids).plan(pg)?);
        *self.kept() = Some(Arc::clone(&plan));
        Ok((plan, false))
    }

    pub(super) fn forget(&self) {
        *self.kept() = None;
    }

    fn kept(&self) -> MutexGuard<'_, Option<Arc<Plan>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plans").finish_non_exhaustive()
    }
}
