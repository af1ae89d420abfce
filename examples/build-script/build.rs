//! Brings the database in `DATABASE_URL` up to date when a migration was added.

fn main() {
    multischema::build::migrate_all("migrations");
}
