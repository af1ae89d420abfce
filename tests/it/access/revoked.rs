//! What one process changes, others know in less than a second, and it knows at once.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use multischema::{CachedRegistry, Registry, SchemaName, User};
use multischema_tests::World;

use super::{name, peeks, process, remembers, superuser, until, user, world};

const SOON: Duration = Duration::from_secs(1);

/// Fails unless all processes have another answer soon.
#[track_caller]
fn turns(all: &[CachedRegistry], who: &User, schema: &SchemaName, expected: bool) {
    for cached in all {
        until(SOON, || cached.may_use(who, schema).unwrap() == expected);
        // By what it heard: it has not lost its connection.
        assert!(cached.wait_until_live(SOON * 3));
    }
}

fn schemata(names: [&str; 2]) -> (World, Registry, [SchemaName; 2]) {
    let world = World::new();
    let registry = world.registry();
    let names = names.map(name);
    for schema in &names {
        registry.create(schema.clone()).unwrap();
        registry.add_member(schema, "ann", "member").unwrap();
    }
    (world, registry, names)
}

#[test]
fn two_processes_hear_of_whatever_revokes_and_gives() {
    let (world, registry, [a, b]) = schemata(["a", "b"]);
    let all = [process(&world), process(&world)];
    let (ann, root) = (user("ann"), superuser());
    for cached in &all {
        remembers(cached, &ann, &a);
        remembers(cached, &ann, &b);
        remembers(cached, &root, &a);
    }
    let raw = |sql: &str| world.run(sql);

    registry.remove_member(&a, "ann").unwrap();
    turns(&all, &ann, &a, false);
    registry.add_member(&a, "ann", "x").unwrap();
    turns(&all, &ann, &a, true);
    registry.remove_role(&a, "ann", "x").unwrap();
    turns(&all, &ann, &a, false);
    registry.add_member(&a, "ann", "x").unwrap();
    turns(&all, &ann, &a, true);

    registry.suspend(&a).unwrap();
    turns(&all, &ann, &a, false);
    turns(&all, &root, &a, true);
    registry.resume(&a).unwrap();
    turns(&all, &ann, &a, true);
    registry.archive(&a).unwrap();
    turns(&all, &ann, &a, false);
    turns(&all, &root, &a, false);
    registry.restore(&a).unwrap();
    turns(&all, &ann, &a, true);
    turns(&all, &root, &a, true);

    let c = name("c");
    registry.rename(&a, &c).unwrap();
    turns(&all, &ann, &a, false);
    turns(&all, &ann, &c, true);
    registry.rename(&c, &a).unwrap();
    turns(&all, &ann, &a, true);

    // By raw SQL, also in ways that fire no trigger for a row.
    raw("UPDATE multischema.members SET user_id = 'bob'");
    turns(&all, &ann, &a, false);
    turns(&all, &user("bob"), &a, true);
    raw("UPDATE multischema.members SET user_id = 'ann'");
    turns(&all, &ann, &a, true);
    raw("DELETE FROM multischema.members");
    turns(&all, &ann, &a, false);
    registry.add_member(&a, "ann", "x").unwrap();
    turns(&all, &ann, &a, true);
    raw("TRUNCATE multischema.members");
    turns(&all, &ann, &a, false);
    raw(
        "COPY multischema.members (schema_id, user_id, role) FROM PROGRAM $$printf '1\\tann\\tx\\n'$$",
    );
    turns(&all, &ann, &a, true);
    raw("DELETE FROM multischema.schemas WHERE name = 'a'");
    turns(&all, &ann, &a, false);
    turns(&all, &root, &a, false);
    turns(&all, &root, &b, true);
    raw("TRUNCATE multischema.schemas CASCADE");
    turns(&all, &root, &b, false);
    for cached in &all {
        assert_eq!(cached.stats().connects, 1);
    }
}

/// The process that changes it does not wait to be told.
#[test]
fn what_a_process_changes_itself_it_knows_at_once() {
    let (world, _, [a, _]) = schemata(["a", "b"]);
    let pool = multischema::TenantPool::builder(world.url());
    let pool = pool.build().unwrap();
    let cached = super::live(Registry::new(pool.clone()).cached());
    // Another registry, on the same pool.
    let registry = Registry::new(pool);
    let ann = user("ann");
    let steps: [(&dyn Fn(), bool); 6] = [
        (
            &|| assert!(registry.remove_member(&a, "ann").unwrap()),
            false,
        ),
        (
            &|| assert!(registry.add_member(&a, "ann", "x").unwrap()),
            true,
        ),
        (&|| drop(registry.suspend(&a).unwrap()), false),
        (&|| drop(registry.resume(&a).unwrap()), true),
        (&|| drop(registry.archive(&a).unwrap()), false),
        (&|| drop(registry.restore(&a).unwrap()), true),
    ];
    for (change, expected) in steps.iter().cycle().take(60) {
        until(SOON, || {
            cached.peek_may_use(&ann, &a).is_some() || {
                cached.may_use(&ann, &a).unwrap();
                false
            }
        });
        change();
        assert_ne!(cached.peek_may_use(&ann, &a), Some(!expected));
        assert_eq!(cached.may_use(&ann, &a).unwrap(), *expected);
    }
}

#[test]
fn a_notification_is_a_hint_and_no_fact() {
    let (world, [a]) = world(["a"]);
    let cached = process(&world);
    let (ann, bob) = (user("ann"), user("bob"));
    remembers(&cached, &ann, &a);
    let mut pg = world.pg();
    for payload in [
        "a",
        "members:",
        "members:bob",
        "schemata:",
        "*",
        "",
        "proof:",
        "nowhere",
        "'';x",
    ] {
        let payload = payload.replace('\'', "''");
        pg.batch_execute(&format!("NOTIFY multischema, '{payload}'"))
            .unwrap();
        std::thread::sleep(Duration::from_millis(120));
        assert!(cached.may_use(&ann, &a).unwrap());
        assert!(!cached.may_use(&bob, &a).unwrap());
        assert!(cached.wait_until_live(SOON * 3));
    }
    // What is said elsewhere is nothing to us.
    until(SOON, || cached.peek_may_use(&ann, &a) == Some(true));
    let before = cached.stats().statements;
    pg.batch_execute("NOTIFY other, 'a'").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    peeks(|| cached.peek_may_use(&ann, &a), &true);
    assert_eq!(cached.stats().statements, before);
}

/// Another's proof that it hears itself costs nobody anything.
#[test]
fn others_who_begin_to_listen_change_nothing() {
    let (world, [a]) = world(["a"]);
    let cached = process(&world);
    remembers(&cached, &user("ann"), &a);
    let before = cached.stats().statements;
    for _ in 0..3 {
        drop(process(&world));
    }
    std::thread::sleep(Duration::from_millis(150));
    peeks(|| cached.peek_may_use(&user("ann"), &a), &true);
    assert_eq!(cached.stats().statements, before);
}

/// A pool does not believe longer than it has to what it proved of a schema.
#[test]
fn a_pool_looks_again_at_a_schema_that_was_suspended_elsewhere() {
    let (world, registry, [a, _]) = schemata(["a", "b"]);
    let pool = multischema::TenantPool::builder(world.url())
        .proof_ttl(Duration::from_secs(3600))
        .build()
        .unwrap();
    let cached = super::live(Registry::new(pool.clone()).cached());
    assert_eq!(cached.list().unwrap().len(), 2);
    drop(pool.tenant(&a).unwrap());
    drop(pool.tenant(&a).unwrap());
    registry.suspend(&a).unwrap();
    until(SOON, || pool.tenant(&a).is_err());
    registry.resume(&a).unwrap();
    until(SOON, || pool.tenant(&a).is_ok());
}
