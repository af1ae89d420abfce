//! The models of the site: which tables are shown, and how.

mod columns;
mod computed;
mod custom;
mod discovered;
mod home;
#[expect(clippy::module_inception, reason = "it is the noun of this folder")]
mod model;
mod registration;
mod values;

pub use columns::Columns;
pub use computed::Cells;
pub use custom::ActionError;
pub use home::Place;
pub use model::Model;
pub use values::{FieldErrors, Values};

pub(crate) use custom::Act;
pub(crate) use discovered::discovered;
pub(crate) use home::Home;
pub(crate) use registration::{Order, Registration};
