//! What is wrong across schemata, and no schema's own fault: asked, and never changed.
//!
//! | Part | What it holds |
//! |---|---|
//! | `dependent` | [`Registry::dependents_of_template`](crate::Registry::dependents_of_template) |
//! | `shadow` | [`Registry::shadowed`](crate::Registry::shadowed) |
//! | `sql` | what is sent |

mod dependent;
mod shadow;
mod sql;

pub use dependent::Dependent;
pub use shadow::Shadowed;
