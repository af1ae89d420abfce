//! A schema that is purged while a request is on its way, another that gets its name, and one that is made.

use std::time::Duration;

use axum::body::Body;
use multischema::{CachedRegistry, SchemaAccess, SchemaName};
use multischema_axum::{CurrentSchema, DbError, SchemaLayer, TenantDb, tenant_task};
use multischema_tests::{World, titles};

use crate::database::current_by;
use crate::site::{Site, cached, from, users};

/// What a request has that was let into `a`, for a user; and then there is another `a`, which the user may use as well.
fn let_in_before(
    site: &Site,
    access: impl SchemaAccess + 'static,
    user: &str,
) -> (CurrentSchema, TenantDb) {
    let a: SchemaName = "a".parse().unwrap();
    let schema = current_by(site, access, user, "a");
    let task = async { tenant_task::spawn(&schema, |db| async move { Ok(db) }).await };
    let db = site.runtime().block_on(task).unwrap().unwrap();
    let run = || site.runtime().block_on(db.run(titles));
    assert_eq!(run().unwrap(), ["a 1"]);
    site.registry.archive(&a).unwrap();
    assert!(site.registry.purge(&a).unwrap());
    let again = site.world.register("a");
    site.world
        .run_in("a", "UPDATE documents SET title = 'of another school'");
    site.registry.add_member(&again, "ann", "member").unwrap();
    (schema, db)
}

fn assert_vanished(site: &Site, access: impl SchemaAccess + 'static, user: &str, status: u16) {
    let (schema, db) = let_in_before(site, access, user);
    let run = || site.runtime().block_on(db.run(titles));
    let is_refused = |error: DbError| {
        assert!(matches!(error, DbError::Refused(_)), "{error:?}");
        assert_eq!(error.status().as_u16(), status);
    };
    // At once, and when it is asked again who may use it.
    is_refused(run().unwrap_err());
    std::thread::sleep(Duration::from_millis(1100));
    is_refused(run().unwrap_err());
    is_refused(run().unwrap_err());
    let task = async { tenant_task::spawn(&schema, |_| async { Ok(()) }).await };
    let error = site.runtime().block_on(task).unwrap().unwrap_err();
    assert!(
        matches!(error, tenant_task::TaskError::Refused(_)),
        "{error:?}"
    );
    // Who asks now is let into the other.
    let now = site.get(user, "/t/a/rows");
    assert_eq!(now.short(), "200 of another school");
}

#[test]
fn who_was_let_into_a_schema_is_not_let_into_another_of_its_name() {
    for (user, status) in [("ann", 404), ("root!", 403)] {
        let site = Site::new();
        assert_vanished(&site, site.registry.clone(), user, status);
    }
}

#[test]
fn nor_is_who_was_let_in_from_memory() {
    for (user, status) in [("ann", 404), ("root!", 403)] {
        let site = Site::new();
        assert_vanished(&site, cached(&site.registry), user, status);
    }
}

/// What is remembered of a process that hears of nothing is not believed, not even that something was not there a moment ago.
#[test]
fn a_choice_is_not_forgotten_where_it_is_not_heard_that_the_schema_was_made() {
    let elsewhere = World::new();
    let site = Site::of(
        4,
        |registry, _| {
            let deaf = CachedRegistry::builder(registry.clone()).listen_at(elsewhere.url());
            SchemaLayer::builder(deaf.build(), users())
        },
        |it| it,
    );
    let header = from("ann", "/home").header("x-change-schema", "new");
    let unknown = site.send(header.body(Body::empty()).unwrap());
    assert_eq!(unknown.short(), "404 there is no such schema");
    // Another process makes it, and she chooses it there.
    let new = site.world.register("new");
    let other = site.world.empty_registry();
    other.add_member(&new, "ann", "member").unwrap();
    site.sessions.choose("1", "new");
    assert_eq!(site.get("ann", "/home").short(), "200 new");
    assert_eq!(site.sessions.chosen("1").as_deref(), Some("new"));
}
