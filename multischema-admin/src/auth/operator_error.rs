//! Why users of the admin site, or what they may do, were not read or changed.

use diesel::pg::PgConnection;
use diesel::result::Error;
use multischema::{CheckoutError, InvalidLabelKind};

use super::obstacle::Obstacle;
use super::password::InvalidPasswordKind;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why users of the admin site, or what they may do, were not read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorError {
    /// There is no user of this name: make one by [`Operators::create`](crate::Operators::create).
    #[error("the admin site has no user {name:?}")]
    NotFound {
        /// The name asked for.
        name: String,
    },
    /// There is a user of this name. Take another, or set that user's password.
    #[error("the admin site has a user {name:?} already")]
    Taken {
        /// The name.
        name: String,
    },
    /// The name breaks a rule; they are those of a [label](multischema::NewSchema::label).
    #[error("nobody can be called {name:?}")]
    InvalidName {
        /// The name.
        name: String,
        /// The rule.
        #[source]
        kind: InvalidLabelKind,
    },
    /// The password breaks a rule. It is not repeated here.
    #[error("this cannot be the password of {name:?}")]
    InvalidPassword {
        /// Whose it was to be.
        name: String,
        /// The rule.
        #[source]
        kind: InvalidPasswordKind,
    },
    /// The role breaks a rule; they are those of a [label](multischema::NewSchema::label).
    #[error("nobody can have the role {role:?}")]
    InvalidRole {
        /// The role.
        role: String,
        /// The rule.
        #[source]
        kind: InvalidLabelKind,
    },
    /// No model can be called so; the rules are those of a [label](multischema::NewSchema::label).
    #[error("no model can be called {model:?}")]
    InvalidModel {
        /// The model.
        model: String,
        /// The rule.
        #[source]
        kind: InvalidLabelKind,
    },
    /// The password could not be hashed, for example as the system gives no randomness.
    #[error("the password could not be hashed")]
    Hash {
        /// Why not.
        source: BoxError,
    },
    /// The tables are not in the database: run `multischema init`, or [`Registry::init`](multischema::Registry::init).
    #[error(
        "this database has no tables for the admin site; run `migrate_all` or `Registry::init` first"
    )]
    NotInstalled,
    /// The database role lacks a right.
    #[error("role `{role}` may not do this; it needs `GRANT {needs} TO \"{role}\"`")]
    NotAllowed {
        /// The role that the connection acts as.
        role: String,
        /// The right.
        needs: String,
    },
    /// The pool had no connection.
    #[error("there is no connection to the database")]
    Checkout(#[source] CheckoutError),
    /// PostgreSQL or the network failed.
    #[error("the database did not answer")]
    Query(#[source] Error),
}

impl OperatorError {
    /// Finds out why a query failed.
    pub(crate) fn explain(pg: &mut PgConnection, error: Error) -> Self {
        match Obstacle::find(pg, &error) {
            Some(Obstacle::NotInstalled) => Self::NotInstalled,
            Some(Obstacle::NotAllowed { role, needs }) => Self::NotAllowed { role, needs },
            None => Self::Query(error),
        }
    }
}
