//! Which schemata are not like the template, and how.
//!
//! | Part | What it holds |
//! |---|---|
//! | `drift` | [`drift()`](crate::drift()) and [`Plan::drift`](crate::Plan::drift) |
//! | `member`, `sql` | the schemata that are compared, and the registry's table of them |
//! | `comparison` | reads them, a hundred at a time, and puts those together that differ alike |
//! | `report` | [`DriftReport`]: what came of it |

mod comparison;
#[expect(clippy::module_inception, reason = "it is the noun of this folder")]
mod drift;
mod error;
mod member;
mod report;
mod sql;

pub use drift::drift;
pub use error::DriftError;
pub use report::{DriftGroup, DriftReport, Unread};
