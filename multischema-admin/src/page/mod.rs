//! What is the same on all pages.

mod layout;

pub(crate) use layout::{bare, document};
