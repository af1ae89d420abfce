//! What is wrong across schemata, and no schema's own fault: asked, and never changed.
//!
//! | Part | What it holds |
//! |---|---|
//! | `dependent` | [`Registry::dependents_of_template`](crate::Registry::dependents_of_template) |
//! | `shadow` | [`Registry::shadowed`](crate::Registry::shadowed) |
//! | `ids` | [`Registry::foreign_ids`](crate::Registry::foreign_ids), and what it returns |
//! | `column`, `count` | which columns draw ids, and in how many of them at once rows are counted |
//! | `sql`, `counting` | what is sent |

mod column;
mod count;
mod counting;
mod dependent;
mod ids;
mod shadow;
mod sql;

pub use dependent::Dependent;
pub use ids::{ForeignIds, IdReport, Uncounted};
pub use shadow::Shadowed;
