//! Does what a build script does, for the tests of what Cargo is told.

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_default();
    multischema::build::migrate_all(folder);
}
