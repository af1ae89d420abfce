//! Users whom applications call what they like.

use multischema::{InvalidUserKind, RegistryError};

use super::{name, noted_process, process, superuser, until, user, world};
use crate::registry::chain;

#[test]
fn ids_are_compared_byte_by_byte() {
    let (world, [a]) = world(["a"]);
    let registry = world.empty_registry();
    let ids = [
        "ann\u{e9}",
        "anne\u{301}",
        "Ann",
        " ann",
        "ann ",
        "O'Neill",
        "\"ann\"",
        "ann'; DROP TABLE multischema.members; --",
        "$1",
        "%",
        "_",
        "\\",
        "a\nb\t\u{1b}",
        "😀",
        "{\"sub\": 1}",
        "members:",
        &"x".repeat(1000),
    ];
    let cached = process(&world);
    for (number, id) in ids.iter().enumerate() {
        let who = user(id);
        assert!(!registry.may_use(&who, &a).unwrap(), "{id:?}");
        assert!(!cached.may_use(&who, &a).unwrap(), "{id:?}");
        assert!(registry.add_member(&a, id, "member").unwrap());
        assert!(registry.may_use(&who, &a).unwrap(), "{id:?}");
        until(std::time::Duration::from_secs(1), || {
            cached.may_use(&who, &a).unwrap()
        });
        // With ann herself.
        assert_eq!(registry.members(&a).unwrap().len(), number + 2);
        let memberships = registry.memberships(id).unwrap();
        assert_eq!(
            (memberships.len(), memberships[0].schema.name.as_str()),
            (1, "a")
        );
    }
    for id in ids {
        assert!(registry.members(&a).unwrap().iter().any(|it| it.user == id));
        assert!(registry.remove_member(&a, id).unwrap(), "{id:?}");
        until(std::time::Duration::from_secs(1), || {
            !cached.may_use(&user(id), &a).unwrap()
        });
    }
    assert_eq!(registry.members(&a).unwrap().len(), 1);
}

#[test]
fn an_id_that_nobody_can_have_is_nobodys_and_sends_nothing() {
    let (world, [a]) = world(["a"]);
    let (cached, statements) = noted_process(&world);
    let registry = cached.registry().clone();
    let long = "x".repeat(10_000);
    for (id, kind) in [
        ("", InvalidUserKind::Empty),
        (long.as_str(), InvalidUserKind::TooLong { len: 10_000 }),
        ("ann\0", InvalidUserKind::Nul),
        ("\0", InvalidUserKind::Nul),
    ] {
        let error = registry.add_member(&a, id, "member").unwrap_err();
        let RegistryError::InvalidUser {
            schema,
            kind: found,
        } = &error
        else {
            panic!("{error:?}");
        };
        assert_eq!((schema, *found), (&a, kind));
        // Not 10 kB of it.
        assert!(chain(&error).len() < 150, "{error}");
        let who = user(id);
        assert!(!cached.may_use(&who, &a).unwrap());
        assert_eq!(cached.peek_may_use(&who, &a), Some(false));
        assert_eq!(cached.visible(&who).unwrap().len(), 0);
        assert_eq!(cached.roles(&who, &a).unwrap().len(), 0);
        assert!(!registry.may_use(&who, &a).unwrap());
        assert_eq!(registry.visible(&who).unwrap(), []);
        assert_eq!(registry.roles(&who, &a).unwrap(), [""; 0]);
        assert_eq!(registry.memberships(id).unwrap(), []);
        assert_eq!(statements.take(), [""; 0], "for {kind}");
        assert!(!registry.remove_member(&a, id).unwrap());
        assert!(!registry.remove_role(&a, id, "x").unwrap());
        let _ = statements.take();
    }
    assert_eq!(cached.stats().users, 0);
    // The application has said what they are.
    let nameless = user("").superuser(true);
    assert!(cached.may_use(&nameless, &a).unwrap());
    assert_eq!(cached.roles(&nameless, &a).unwrap(), [""; 0]);
}

#[test]
fn nor_does_the_table_hold_it() {
    let (world, [_a]) = world(["a"]);
    for id in ["''", "repeat('x', 1001)", "repeat('ü', 501)"] {
        let insert = format!(
            "INSERT INTO multischema.members (schema_id, user_id, role) VALUES (1, {id}, 'x')"
        );
        let error = diesel::connection::SimpleConnection::batch_execute(&mut world.pg(), &insert);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("members_user_check"), "{error}");
    }
    // The longest that there can be, of what cannot be made smaller, fit into the indexes.
    world.run(
        "INSERT INTO multischema.members (schema_id, user_id, role)
         SELECT 1, string_agg(chr(32 + (random() * 90)::int), ''), '😀' || repeat('x', 198) || '😀' FROM generate_series(1, 1000)",
    );
}

#[test]
fn a_role_has_the_rules_of_a_label() {
    let (world, [a]) = world(["a"]);
    let registry = world.empty_registry();
    let long = "ü".repeat(201);
    for (role, words) in [
        ("", "it is empty"),
        (" teacher", "it begins or ends with white space"),
        ("a\0b", "control character"),
        (&long, "201 characters"),
    ] {
        let error = registry.add_member(&a, "ann", role).unwrap_err();
        assert!(
            matches!(error, RegistryError::InvalidRole { .. }),
            "{error:?}"
        );
        assert_eq!(error.schema(), Some(&a));
        assert!(chain(&error).contains(words), "{}", chain(&error));
        assert!(!registry.remove_role(&a, "ann", role).unwrap());
    }
    for role in ["O'Neill's \"deputy\"", &"😀".repeat(200)] {
        assert!(registry.add_member(&a, "ann", role).unwrap());
        assert!(
            registry
                .roles(&user("ann"), &a)
                .unwrap()
                .contains(&role.to_owned())
        );
        assert!(registry.remove_role(&a, "ann", role).unwrap());
    }
    assert!(!registry.may_use(&superuser(), &name("nowhere")).unwrap());
}
