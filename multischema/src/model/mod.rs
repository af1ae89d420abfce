//! Models and their scope, as the compiler sees them.
//!
//! Each table is marked once, `#[tenant]` or `#[global]`, by [`derive(MultiSchema)`](derive@crate::MultiSchema)
//! on its model or by [`tables!`](crate::tables). From the marks of the tables follows where a query may run:
//!
//! | | on a tenant connection | on a global connection |
//! |---|---|---|
//! | query on tenant tables | yes | does not compile |
//! | query on global tables | yes | yes |
//! | both joined | yes | does not compile |
//! | query on an unmarked table, raw SQL | after [`unscoped`](UnscopedExt::unscoped) | after `unscoped` |
//!
//! [`InScope`] is that table; [`RunQueryDsl`] asks it before it runs anything.

mod combine;
mod in_scope;
mod mark;
mod run;
mod unscoped;
mod wrapper;

pub use combine::{CombineDsl, Combined};
pub use in_scope::InScope;
pub use mark::{
    Global, Model, Reaches, Scope, TableScope, Tenant, is_marked, is_qualified, is_unqualified,
};
pub use run::{RunQueryDsl, ScopedConnection};
pub use unscoped::{Unscoped, UnscopedExt};
pub use wrapper::{Changes, Counted, Key, NewRow, OneRow, PlainRow, Row, key};
