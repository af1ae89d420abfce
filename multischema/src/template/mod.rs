//! The template, and how schemata are made that are equal to it.
//!
//! | Part | What it holds |
//! |---|---|
//! | `template` | [`Template`]: a schema to make others of |
//! | `compile`, `trial` | from the template to a plan, which is tried |
//! | `plan`, `statement` | what is sent for one more schema |
//! | `write`, `unit` | the SQL that makes each kind of object, and its order |
//! | `rows`, `counters` | the rows that a schema begins with, and how its sequences go on |
//! | `renumber` | which ids are renumbered together |
//! | `replay` | one more schema, proven equal |
//! | `normal` | what equal means, and [`Difference`] |
//! | `form` | a schema in normal form, to be told from others |
//! | `remedy`, `step`, `draft`, `repair` | what can be made of what a schema lacks |
//! | `watch` | whether a plan is still that of the template |
//! | `busy` | that others have a lock |
//! | `obstacles`, `mention`, `issue` | what cannot be copied |
//! | `apart` | the same for what migrations make |
//! | `ids` | whether ids are unique across schemata |
//! | `ground`, `sql` | what is asked and set on a connection |

#[cfg(feature = "migrations")]
mod apart;
mod busy;
mod compile;
mod counters;
mod draft;
mod error;
mod form;
mod ground;
mod ids;
mod issue;
mod mention;
mod normal;
mod obstacles;
mod plan;
mod remedy;
mod renumber;
mod repair;
mod replay;
mod rows;
mod sql;
mod statement;
mod step;
#[expect(clippy::module_inception, reason = "it is the noun of this folder")]
mod template;
mod trial;
mod unit;
mod watch;
mod write;

pub use error::TemplateError;
pub use ids::Ids;
pub use issue::TemplateIssue;
pub use normal::Difference;
pub use plan::Plan;
pub use repair::Repair;
pub use template::Template;
#[cfg(feature = "migrations")]
pub(crate) use {
    apart::keep_ids_apart,
    ground::{hints_at_locks, room},
    sql::locks,
};
pub(crate) use {
    busy::{is_busy, or_busy, timed_out},
    form::{Deviation, Form},
    ground::{BY_INDEX, Ground, LOCK_TIMEOUT, is_out_of_locks, path_to, prelude},
    obstacles::naming_the_schema,
    plan::Copying,
    remedy::Remedies,
    repair::Maker,
    replay::{Elsewhere, Order},
    rows::Rows,
    sql::version,
    write::{is_global, paths_of_functions, rights_to_schema},
};
#[cfg(feature = "fixture")]
pub(crate) use {counters::Counters, ground::set_path, renumber::Domains, rows::HISTORY};
