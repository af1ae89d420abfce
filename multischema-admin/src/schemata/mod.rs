//! The page of schemata: which there are, and what can be done with one.
//!
//! They are for superusers. No grant opens them, as one for all models does not mean the names of all customers.

mod deed;
mod directory;
mod office;

pub(crate) use deed::Deed;
pub(crate) use directory::{Directory, Found, Listed, Start, users};
pub(crate) use office::Office;

/// What the log calls them.
pub(crate) const MODEL: &str = "*schemata";
