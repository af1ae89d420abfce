//! Who may use which schema, asked on every request.
//!
//! [`SchemaAccess`] is the question. The [`Registry`](crate::Registry) answers it from the database; [`CachedRegistry`] from
//! memory, for as long as that is known to be what the database says:
//!
//! | | holds | is wrong once |
//! |---|---|---|
//! | `snapshot` | all schemata, as they were read at one time | a schema was changed, or its time is over |
//! | `users` | the roles of some users | any member was changed, or their time is over |
//! | `pulse` | until when it is known that all changes are heard of | the listener cannot say so any more |
//!
//! `listener` hears of changes, `memory` puts all of them together and reads what is missing, `flight` has one of several who
//! miss the same read it.

mod builder;
mod cached;
mod error;
mod flight;
mod generations;
mod grant;
mod listener;
mod memory;
mod pulse;
mod schema_access;
mod snapshot;
mod sql;
mod stats;
mod users;

pub use builder::CachedRegistryBuilder;
pub use cached::CachedRegistry;
pub use error::AccessError;
pub use grant::Grant;
pub use schema_access::SchemaAccess;
pub use stats::CacheStats;
