//! The program in the README, to the letter.
#![cfg_attr(rustfmt, rustfmt_skip)]
#![expect(dead_code, missing_docs, reason = "what the README shows is short")]

use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use multischema::{MultiSchema, Registry, RunQueryDsl, SchemaName, TenantPool, migrate_all};

const GLOBAL: EmbeddedMigrations = embed_migrations!("migrations/global");
const TENANT: EmbeddedMigrations = embed_migrations!("migrations/tenant");

diesel::table! { public.plans (id) { id -> Integer, name -> Text } } // all share one
diesel::table! { documents { id -> BigInt, title -> Text } }        // each tenant has one

#[derive(HasQuery, MultiSchema)]
#[global]
struct Plan { id: i32, name: String }

#[derive(HasQuery, Insertable, MultiSchema)]
#[tenant]
struct Document { id: i64, title: String }

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = multischema::testing::Server::from_env_or_start()?; // or a server of yours
    let database = server.database()?;
    let report = migrate_all(database.url(), GLOBAL, TENANT)?; // `public`, the template, every schema
    assert!(report.is_ok(), "{report}");

    let pool = TenantPool::builder(database.url()).max_size(4).build()?;
    let registry = Registry::new(pool.clone());
    for name in ["school_a", "school_b"] {
        let school = registry.create(name.parse::<SchemaName>()?)?.name;
        let mut conn = pool.tenant(&school)?; // proven: it is there, active, and the connection is in it
        Document::create(&mut conn, Document { id: 1, title: format!("Timetable of {school}") })?;
        let titles: Vec<String> = documents::table.select(documents::title).load(&mut conn)?;
        assert_eq!(titles, [format!("Timetable of {name}")]); // its own, and nothing else
    }
    assert_eq!(Plan::count(&mut pool.global()?)?, 0);
    Ok(())
}
