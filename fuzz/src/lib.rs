//! What the fuzz targets share. The corpus is read by `tests/it/fixture/reading.rs` as well, without a fuzzer.

#[path = "../../tests/src/fuzzed.rs"]
mod fuzzed;

pub use fuzzed::{TARGETS, read};
