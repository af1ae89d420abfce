//! Why schemata were not compared.

use diesel::result::Error;

use crate::pool::CheckoutError;
use crate::template::TemplateError;

/// Why schemata were not compared with the template. What stands in the way of one is in the report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriftError {
    /// The pool has no connection.
    #[error("no connection to compare schemata on")]
    Checkout(#[source] CheckoutError),
    /// The table of schemata could not be read. If there is none, [`Registry::init`](crate::Registry::init) makes it.
    #[error("the registry could not be read; run `multischema init` first if there is none")]
    Registry(#[source] Error),
    /// The template could not be read, or was changed meanwhile.
    #[error("there is no template to compare schemata with")]
    Template(#[from] TemplateError),
    /// PostgreSQL or the network failed.
    #[error("schemata could not be compared with the template")]
    Query(#[source] Error),
}
