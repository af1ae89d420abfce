//! How schemata are made of the template, kept from one to the next.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::pg::PgConnection;

use crate::template::{Ids, Plan, Seen, Template, TemplateError};

/// The plan of the template as it was last read.
#[derive(Default)]
pub(super) struct Plans(Mutex<Option<Arc<Plan>>>);

impl Plans {
    /// The plan of the template as it is now, for one who acts as `maker`, and the tables of it that may have rows.
    pub(super) fn current(
        &self,
        pg: &mut PgConnection,
        ids: Ids,
        maker: &str,
    ) -> Result<(Arc<Plan>, Seen), TemplateError> {
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(plan) = known.filter(|plan| plan.ids() == ids && plan.is_for(maker)) {
            if let Some(seen) = plan.still(pg)? {
                return Ok((plan, seen));
            }
        }
        let plan = Arc::new(Template::new().ids(ids).plan(pg)?);
        let seen = plan.still(pg)?.ok_or_else(|| plan.outdated())?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&plan));
        Ok((plan, seen))
    }

    /// Forgets the plan, after it has failed: what it names in other schemata may be called otherwise now.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plans").finish_non_exhaustive()
    }
}
