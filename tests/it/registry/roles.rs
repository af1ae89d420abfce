//! One role migrates and owns, another is the application's. Neither is a superuser, nor owns the database.

use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use multischema::{Filter, Migrator, Registry, TenantPool, WithData};
use multischema_tests::{World, value};

use super::name;

const GLOBAL: EmbeddedMigrations = embed_migrations!("migrations/global");
const TENANT: EmbeddedMigrations = embed_migrations!("migrations/tenant");

/// Roles that every server has, so that none is left behind.
const MIGRATOR: &str = "pg_signal_backend";
const APPLICATION: &str = "pg_monitor";

/// The URL for connections that act as `role`.
fn url(world: &World, role: &str) -> String {
    let url = world.url();
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-c%20role%3D{role}")
}

fn grant_create_on_database(world: &World, grant: &str, preposition: &str) {
    world.run(&format!(
        "DO $$ BEGIN EXECUTE format('{grant} CREATE ON DATABASE %I {preposition} {MIGRATOR}', current_database()); END $$"
    ));
}

#[test]
fn a_life_with_two_roles_that_may_do_what_they_must() {
    let world = World::new();
    world.run(&format!(
        "DROP TABLE plans; GRANT CREATE ON SCHEMA public TO {MIGRATOR};
         ALTER DEFAULT PRIVILEGES FOR ROLE {MIGRATOR} GRANT USAGE ON SCHEMAS TO {APPLICATION};
         ALTER DEFAULT PRIVILEGES FOR ROLE {MIGRATOR} GRANT SELECT, INSERT ON TABLES TO {APPLICATION}"
    ));
    grant_create_on_database(&world, "GRANT", "TO");
    let owner = url(&world, MIGRATOR);
    let migrator = Migrator::new(GLOBAL, TENANT);
    assert!(migrator.run(&owner).unwrap().is_ok());
    world.run(&format!(
        "REVOKE ALL ON ALL TABLES IN SCHEMA multischema FROM {APPLICATION};
         GRANT SELECT ON multischema.schemas TO {APPLICATION}"
    ));
    let registry = Registry::new(TenantPool::builder(&owner).build().unwrap());
    registry.create(name("a")).unwrap();

    let pool = TenantPool::builder(url(&world, APPLICATION))
        .build()
        .unwrap();
    let insert = |title: &str| format!("INSERT INTO documents VALUES ({}, '{title}')", title.len());
    {
        let mut conn = pool.tenant(&name("a")).unwrap();
        assert_eq!(value(conn.as_pg().unwrap(), "current_user"), APPLICATION);
        conn.batch_execute(&insert("one")).unwrap();
    }
    pool.transaction(&name("a"), |conn| conn.batch_execute(&insert("three")))
        .unwrap();
    assert_eq!(Registry::new(pool).list(Filter::all()).unwrap().len(), 1);

    // All that becomes of a schema, by a role that is no superuser.
    registry
        .clone_schema(&name("a"), name("c"), WithData::NewIds)
        .unwrap();
    registry
        .clone_schema(&name("a"), name("d"), WithData::SameIds)
        .unwrap();
    registry.rename(&name("c"), &name("e")).unwrap();
    registry.archive(&name("e")).unwrap();
    registry.restore(&name("e")).unwrap();
    assert_eq!(
        value(
            &mut world.pg(),
            "has_schema_privilege('pg_monitor', 'e', 'USAGE')"
        ),
        "true"
    );
    for gone in ["d", "e"] {
        registry.archive(&name(gone)).unwrap();
        assert!(registry.purge(&name(gone)).unwrap());
    }
    assert!(registry.heal().unwrap().is_ok());

    // What is there needs no right to make it.
    grant_create_on_database(&world, "REVOKE", "FROM");
    registry.init().unwrap();
    assert!(migrator.run(&owner).unwrap().is_ok());
    registry.suspend(&name("a")).unwrap();
    registry.create(name("b")).unwrap_err();
}
