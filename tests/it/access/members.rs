//! The table of members.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use multischema::{Member, Registry, RegistryError, SchemaName, SchemaStatus, TenantPool};
use multischema_tests::World;

use super::{name, superuser, user, world};

#[test]
fn members_are_added_listed_and_removed() {
    let (world, [a, b]) = World::registered(["a", "b"]);
    let registry = world.empty_registry();
    assert_eq!(registry.members(&a).unwrap(), []);
    for (schema, user, role) in [
        (&a, "zoe", "teacher"),
        (&a, "ann", "teacher"),
        (&b, "ann", "head"),
        (&a, "ann", "admin"),
    ] {
        assert!(registry.add_member(schema, user, role).unwrap());
        assert!(!registry.add_member(schema, user, role).unwrap());
    }
    let members = |schema: &SchemaName| {
        let all = registry.members(schema).unwrap();
        let words = |it: &Member| format!("{}: {}", it.user, it.roles.join(" "));
        all.iter().map(words).collect::<Vec<_>>()
    };
    assert_eq!(members(&a), ["ann: admin teacher", "zoe: teacher"]);
    assert_eq!(members(&b), ["ann: head"]);

    registry.archive(&b).unwrap();
    let memberships = registry.memberships("ann").unwrap();
    let words = memberships.iter().map(|it| {
        let schema = &it.schema;
        format!("{} {}: {}", schema.name, schema.status, it.roles.join(" "))
    });
    assert_eq!(
        words.collect::<Vec<_>>(),
        ["a active: admin teacher", "b archived: head"]
    );
    assert_eq!(registry.memberships("bob").unwrap(), []);

    assert!(registry.remove_member(&a, "ann").unwrap());
    assert!(!registry.remove_member(&a, "ann").unwrap());
    assert!(!registry.remove_member(&a, "bob").unwrap());
    assert_eq!(members(&a), ["zoe: teacher"]);
    assert_eq!(members(&b), ["ann: head"]);
}

#[test]
fn a_schema_has_to_be_there_whatever_its_status() {
    let (world, [a]) = World::registered(["a"]);
    let registry = world.empty_registry();
    let nowhere = name("nowhere");
    let calls = |schema: &SchemaName| {
        [
            registry.add_member(schema, "ann", "x").map(drop),
            registry.remove_member(schema, "ann").map(drop),
            registry.remove_role(schema, "ann", "x").map(drop),
            registry.members(schema).map(drop),
            // Also if nobody can be called so.
            registry.remove_member(schema, "").map(drop),
        ]
    };
    for result in calls(&nowhere) {
        let error = result.unwrap_err();
        assert!(matches!(error, RegistryError::NotFound { .. }), "{error:?}");
        assert_eq!(error.schema(), Some(&nowhere));
    }
    for result in calls(&SchemaName::template()) {
        let error = result.unwrap_err();
        assert!(matches!(error, RegistryError::Template), "{error:?}");
    }
    for status in SchemaStatus::ALL {
        world.run(&format!(
            "UPDATE multischema.schemas SET status = '{status}'"
        ));
        for result in calls(&a) {
            result.unwrap();
        }
    }
}

/// What was notified on `pg` since the last call.
fn heard(pg: &mut PgConnection) -> Vec<String> {
    pg.batch_execute("SELECT 1").unwrap();
    let all = pg.notifications_iter().map(|one| one.unwrap());
    all.filter(|one| one.channel == "multischema")
        .map(|one| one.payload)
        .collect()
}

#[test]
fn what_changes_is_notified_once_and_names_nobody() {
    let (world, [a, b]) = World::registered(["a", "b"]);
    let registry = world.empty_registry();
    let mut pg = world.pg();
    pg.batch_execute("LISTEN multischema").unwrap();
    let once = ["members:"];

    registry.add_member(&a, "ann", "x").unwrap();
    assert_eq!(heard(&mut pg), once);
    registry.add_member(&a, "ann", "x").unwrap();
    assert_eq!(heard(&mut pg), [""; 0]);
    registry.add_member(&b, "ann", "x").unwrap();
    registry.remove_role(&b, "ann", "x").unwrap();
    assert_eq!(heard(&mut pg), ["members:", "members:"]);
    registry.remove_member(&a, "ann").unwrap();
    assert_eq!(heard(&mut pg), once);
    registry.remove_member(&a, "ann").unwrap();
    registry.members(&a).unwrap();
    assert_eq!(heard(&mut pg), [""; 0]);

    world.run(
        "BEGIN;
         INSERT INTO multischema.members (schema_id, user_id, role)
         SELECT s.id, 'user ' || n, 'x' FROM multischema.schemas s, generate_series(1, 1000) n;
         UPDATE multischema.members SET role = 'y';
         COMMIT",
    );
    assert_eq!(heard(&mut pg), once);
    world.run("BEGIN; DELETE FROM multischema.members; ROLLBACK");
    assert_eq!(heard(&mut pg), [""; 0]);
    // With the schema its members go.
    world.run("DELETE FROM multischema.schemas WHERE name = 'a'");
    let mut both = heard(&mut pg);
    both.sort();
    assert_eq!(both, ["a", "members:"]);
    assert_eq!(registry.members(&b).unwrap().len(), 1000);
    world.run("TRUNCATE multischema.members");
    assert_eq!(heard(&mut pg), once);
}

/// A role that every server has, so that none is left behind.
const ROLE: &str = "pg_monitor";

#[test]
fn a_role_that_lacks_a_right_is_told_which() {
    let (world, [a]) = world(["a"]);
    let url = world.url();
    let separator = if url.contains('?') { '&' } else { '?' };
    let url = format!("{url}{separator}options=-c%20role%3D{ROLE}");
    let registry = Registry::new(TenantPool::builder(url).max_size(1).build().unwrap());
    let ann = user("ann");
    let needs = |result: Result<bool, RegistryError>| match result.unwrap_err() {
        RegistryError::NotAllowed { needs, .. } => needs,
        error => panic!("{error:?}"),
    };
    world.run(&format!(
        "GRANT USAGE ON SCHEMA multischema TO {ROLE}; GRANT SELECT ON multischema.schemas TO {ROLE}"
    ));
    let select = "SELECT ON multischema.members";
    assert_eq!(needs(registry.may_use(&ann, &a)), select);
    assert_eq!(needs(registry.visible(&ann).map(|_| true)), select);
    assert_eq!(needs(registry.roles(&ann, &a).map(|_| true)), select);
    assert_eq!(needs(registry.members(&a).map(|_| true)), select);
    assert_eq!(needs(registry.memberships("ann").map(|_| true)), select);
    // It needs none to know what superusers may.
    assert!(registry.may_use(&superuser(), &a).unwrap());
    // Who may not ask is not let in by memory either.
    let cached = registry.cached();
    assert!(cached.wait_until_live(std::time::Duration::from_secs(10)));
    assert_eq!(needs(cached.may_use(&ann, &a)), select);

    world.run(&format!("GRANT {select} TO {ROLE}"));
    assert!(registry.may_use(&ann, &a).unwrap());
    assert!(cached.may_use(&ann, &a).unwrap());
    let insert = "INSERT ON multischema.members";
    assert_eq!(needs(registry.add_member(&a, "bob", "x")), insert);
    world.run(&format!("GRANT {insert} TO {ROLE}"));
    assert!(registry.add_member(&a, "bob", "x").unwrap());
    let delete = "DELETE ON multischema.members";
    assert_eq!(needs(registry.remove_member(&a, "bob")), delete);
    assert_eq!(needs(registry.remove_role(&a, "bob", "x")), delete);
    world.run(&format!("GRANT {delete} TO {ROLE}"));
    assert!(registry.remove_member(&a, "bob").unwrap());
}

#[test]
fn a_database_without_the_table_is_to_be_prepared() {
    let (world, [a]) = World::registered(["a"]);
    let registry = world.empty_registry();
    world.run("DROP TABLE multischema.members");
    for result in [
        registry.may_use(&user("ann"), &a),
        registry.add_member(&a, "ann", "x"),
        registry.remove_member(&a, "ann"),
    ] {
        let error = result.unwrap_err();
        assert!(
            matches!(error, RegistryError::NotInstalled { .. }),
            "{error:?}"
        );
    }
    let empty = World::new();
    let error = empty
        .empty_registry()
        .may_use(&user("ann"), &a)
        .unwrap_err();
    assert!(
        matches!(error, RegistryError::NotInstalled { .. }),
        "{error:?}"
    );
}
