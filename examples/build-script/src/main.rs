//! The database is up to date when this is built: see `build.rs` and `migrations`.
//!
//! `DATABASE_URL=postgres://localhost/scratch cargo run -p build-script` writes to that database.
#![expect(clippy::print_stdout, reason = "a program that shows what it does")]

fn main() {
    println!("built; if DATABASE_URL was set, its database has the tables of `migrations`");
}
