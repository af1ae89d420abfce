//! Why there is no plan of a template, or no schema by it.

use diesel::result::Error;

use super::issue::TemplateIssue;
use super::normal::Difference;
use crate::name::SchemaName;

/// Why a template was not read, or no schema could be made of it. Nothing is left of one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// There is no such schema. [`Registry::init`](crate::Registry::init) and
    /// [`migrate_all`](crate::migrate_all()) make the template.
    #[error(
        "there is no schema `{template}` to make others of; run `multischema init` or `migrate_all` first"
    )]
    Missing {
        /// The template.
        template: SchemaName,
    },
    /// There is nothing in the template.
    #[error(
        "there is nothing in `{template}`, so a schema made of it would be empty; run the tenant migrations first"
    )]
    Empty {
        /// The template.
        template: SchemaName,
    },
    /// Some of what is in the template cannot be copied.
    #[error("`{template}` cannot be copied: {}", listed(issues))]
    Issues {
        /// The template.
        template: SchemaName,
        /// What cannot be copied, and why.
        issues: Vec<TemplateIssue>,
    },
    /// PostgreSQL refused what a copy is made by. Most often the role lacks a right.
    #[error("`{template}` could not be copied")]
    Refused {
        /// The template.
        template: SchemaName,
        /// What PostgreSQL said.
        source: Error,
    },
    /// The copy was not equal to the template, though it was when it was tried.
    #[error("the copy of `{template}` came out different: {}", listed(differences))]
    Different {
        /// The template.
        template: SchemaName,
        /// In what.
        differences: Vec<Difference>,
    },
    /// Something in the copy depends on something in the template, so that a change there would reach it.
    #[error("in the copy of `{template}`, {object} depends on {on} of the template")]
    Leak {
        /// The template.
        template: SchemaName,
        /// What is in the copy.
        object: String,
        /// What is in the template.
        on: String,
    },
    /// The server has not enough room for the locks that it takes. Wait until others are done, or raise
    /// `max_locks_per_transaction` and restart the server.
    #[error(
        "a copy of `{template}` takes about {needed} locks, and the server has room for {free} more of {capacity}; try again later, or raise `max_locks_per_transaction`"
    )]
    Locks {
        /// The template.
        template: SchemaName,
        /// How many locks it takes.
        needed: i64,
        /// For how many more there is room.
        free: i64,
        /// How many the server has room for.
        capacity: i64,
    },
    /// Others had a table of the template locked, or one that all share and that its foreign keys reference, for too long.
    #[error(
        "a table of `{template}`, or one that it references, was locked by others for {waited:.1?}; try again"
    )]
    Busy {
        /// The template.
        template: SchemaName,
        /// How long was waited for it.
        waited: std::time::Duration,
    },
    /// The template was changed since the plan was made. Make another.
    #[error("`{template}` was changed since its plan was made")]
    Outdated {
        /// The template.
        template: SchemaName,
    },
    /// Somebody changed the template whenever it was read.
    #[error("`{template}` was changed by someone while it was read; try again")]
    Changing {
        /// The template.
        template: SchemaName,
    },
    /// PostgreSQL is older than 15.
    #[error("this needs PostgreSQL 15 or newer, and the server is {major}")]
    OldServer {
        /// The major version of the server.
        major: u32,
    },
    /// PostgreSQL or the network failed.
    #[error("`{template}` could not be read")]
    Query {
        /// The template.
        template: SchemaName,
        /// What PostgreSQL or the network said.
        source: Error,
    },
}

impl TemplateError {
    /// A statement that makes a copy failed: PostgreSQL refused it, unless it is gone.
    pub(super) fn refused(template: &SchemaName, source: Error) -> Self {
        use diesel::result::DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};

        let template = template.clone();
        match source {
            Error::DatabaseError(ClosedConnection | UnableToSendCommand, _) => {
                Self::Query { template, source }
            }
            source => Self::Refused { template, source },
        }
    }
}

fn listed<T: std::fmt::Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    items.join("; ")
}
