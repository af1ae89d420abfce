//! One PostgreSQL schema per customer, for Diesel.

#[cfg(feature = "testing")]
pub mod testing;
