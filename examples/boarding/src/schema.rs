//! The tables, as `multischema print-schema --out src/schema` writes them.
//!
//! What all schools share is declared with its schema; what each school has, without one.

mod global;
mod tenant;

pub use global::{sessions, users};
pub use tenant::{houses, pupils};

// No model of ours is a row of it.
multischema::tables! {
    global: [sessions];
}
