//! Migrations: of what is shared, of the template, and of every schema.
//!
//! | Part | What it holds |
//! |---|---|
//! | `migrator` | [`Migrator`]: what is migrated, and how patiently |
//! | `run` | one run: locks, order, what follows from a failure |
//! | `place` | where migrations run, and the proof that a connection is there |
//! | `checked` | what is done around each migration, in its transaction |
//! | `list` | the migrations of one source |
//! | `worker` | the connection that works, clean for each place |
//! | `report`, `error` | what came of it |
//! | `build` | the same from a build script |
//! | `sql` | all texts |

pub mod build;
mod checked;
mod error;
mod list;
mod migrator;
mod place;
mod report;
mod run;
mod sql;
mod weights;
mod worker;

pub use error::MigrateError;
pub use migrator::{Migrator, OnError, migrate_all};
pub use report::{FleetReport, Outcome, SchemaReport};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
