//! Migrations: of what is shared, of the template, and of every schema.
//!
//! | Part | What it holds |
//! |---|---|
//! | `migrator` | [`Migrator`]: what is migrated, and how patiently |
//! | `run`, `revert` | one run: its locks, `public`, the template |
//! | `fleet` | the waves of a run, and what follows from a failure |
//! | `survey`, `target` | what there is, asked in a few statements, and what is left to do in each schema |
//! | `wave`, `visit` | several schemata at once, and one of them |
//! | `steps`, `step` | all migrations of one place, and one of them in its transaction |
//! | `status`, `histories` | what every schema has and lacks |
//! | `place` | where migrations run, and the proof that a connection is there |
//! | `work`, `list` | what is done, with the migrations of one source |
//! | `worker` | a connection that works, clean for each place |
//! | `record`, `event`, `report`, `error` | what came of it: kept, told, returned |
//! | `build` | the same from a build script |
//! | `message` | what is sent around a migration |
//! | `sql` | all other texts |

pub mod build;
mod error;
mod event;
mod fleet;
mod histories;
mod last_error;
mod list;
mod message;
mod migrator;
mod place;
mod record;
mod report;
mod revert;
mod run;
mod sql;
mod status;
mod step;
mod steps;
mod stop;
mod survey;
mod target;
mod visit;
mod wave;
mod weights;
mod work;
mod worker;

pub use error::MigrateError;
pub use event::FleetEvent;
pub use migrator::{Migrator, OnError, migrate_all};
pub use report::{FleetReport, Outcome, SchemaReport};
pub use status::{FleetStatus, History};
pub use stop::Stop;
pub use work::Work;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
