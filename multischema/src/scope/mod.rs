//! The scope of a connection: what it can reach, proven when it is entered, checked at each statement,
//! undone when it is left.
//!
//! ```text
//! Session ── tenant(&schema) ──> TenantConnection      a full diesel::Connection
//!         └─ global() ─────────> GlobalConnection      runs queries on global tables only
//! ```
//!
//! The way of a query: `entering` sets and proves the path (`sql` holds the statements for it),
//! `statement` has it checked (`checking`) and sends it as a `ScopedQuery` (`query`), `raw` notes what the DSL
//! did not write, and `entering` cleans up after that.

mod beginning;
mod calls;
mod checking;
mod entering;
mod error;
mod global;
mod handle;
mod lending;
mod limits;
mod prepared;
mod query;
mod quoted;
mod raw;
mod session;
mod sql;
mod stale;
mod statement;
mod status;
mod tenant;
mod transaction;
mod types;

pub(crate) use error::place;
pub use error::{ScopeError, Whereabouts};
pub use global::GlobalConnection;
pub use handle::SessionHandle;
pub(crate) use handle::sealed::Sealed;
pub use limits::TransactionLimits;
pub use session::{Session, Verify};
pub(crate) use sql::in_transaction;
pub(crate) use status::depth;
pub use tenant::TenantConnection;
pub use transaction::TransactionBuilder;
