//! The pool: connections whose scope is proven when they are handed out, and which carry nothing from one
//! borrower to the next.
//!
//! ```text
//! TenantPool ── tenant(&schema) ──> TenantConnection<Lease> ── dropped ──> parked, where it is
//!            └─ global() ─────────> GlobalConnection<Lease>
//! ```
//!
//! The way of a connection: `tenant_pool` takes a permit and the best connection there is (`park`), enters the
//! scope if its proof is too old (`scope/entering.rs`), lends it (`lease`); when it comes back `lease` parks it or
//! closes it. r2d2 makes, counts and closes connections.

mod apart;
mod builder;
mod changes;
mod choice;
mod customizer;
mod error;
mod lease;
mod park;
mod shared;
mod spare;
mod stats;
mod sweep;
mod tenant_pool;

pub(crate) use apart::Apart;
pub use builder::TenantPoolBuilder;
pub use customizer::SearchPathCustomizer;
pub use error::CheckoutError;
pub use lease::Lease;
pub use stats::PoolStats;
pub use tenant_pool::TenantPool;
