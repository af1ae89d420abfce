//! Which schemata are listed.

use crate::lifecycle::SchemaStatus;

/// Which schemata [`Registry::list`](crate::Registry::list) returns: all, or those of some statuses.
///
/// # Examples
///
/// ```no_run
/// use multischema::{Filter, Registry, SchemaStatus};
///
/// # fn example(registry: Registry) -> Result<(), multischema::RegistryError> {
/// let all = registry.list(Filter::all())?;
/// let in_use = registry.list(SchemaStatus::Active)?;
/// let kept = registry.list([SchemaStatus::Active, SchemaStatus::Suspended])?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// None for any.
    pub(super) statuses: Option<Vec<SchemaStatus>>,
}

impl Filter {
    /// All schemata. This is the default.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }
}

impl From<SchemaStatus> for Filter {
    fn from(status: SchemaStatus) -> Self {
        [status].into()
    }
}

impl<const N: usize> From<[SchemaStatus; N]> for Filter {
    fn from(statuses: [SchemaStatus; N]) -> Self {
        Vec::from(statuses).into()
    }
}

impl From<Vec<SchemaStatus>> for Filter {
    fn from(statuses: Vec<SchemaStatus>) -> Self {
        Self {
            statuses: Some(statuses),
        }
    }
}
