//! A listener whose connection is known to be dead, and a database that is away.

use std::time::Duration;

use multischema::testing::Server;
use multischema::{CachedRegistry, Registry, RegistryError, TenantPool};
use multischema_tests::{World, value};

use super::proxy::{Mode, Proxy};
use super::{LISTENERS, process, remembers, superuser, until, user, world};

#[test]
fn the_database_is_asked_at_once_when_the_connection_is_lost() {
    let (world, [a, b]) = world(["a", "b"]);
    let proxy = Proxy::of(&world);
    let cached = proxy.process(&world);
    remembers(&cached, &user("ann"), &a);
    remembers(&cached, &superuser(), &b);

    let lose = || {
        proxy.set(Mode::Down);
        until(Duration::from_secs(1), || !cached.is_live())
    };
    // Less than for how long the last look at the connection would be believed. On a busy machine it may take longer, but
    // not each time.
    let is_soon = |took: Duration| took < Duration::from_millis(400);
    let mut took = lose();
    for _ in 0..4 {
        if is_soon(took) {
            break;
        }
        proxy.set(Mode::Forward);
        assert!(cached.wait_until_live(Duration::from_secs(10)));
        remembers(&cached, &user("ann"), &a);
        remembers(&cached, &superuser(), &b);
        took = lose();
    }
    assert!(is_soon(took), "{took:?}");

    let registry = world.empty_registry();
    registry.remove_member(&a, "ann").unwrap();
    assert!(!cached.may_use(&user("ann"), &a).unwrap());
    registry.archive(&b).unwrap();
    assert!(!cached.may_use(&superuser(), &b).unwrap());
    assert_eq!(cached.visible(&user("ann")).unwrap().len(), 0);
    assert_eq!(cached.peek_may_use(&user("ann"), &a), None);
    assert_eq!(cached.peek_visible(&user("ann")), None);
    let before = cached.stats().statements;
    for _ in 0..10 {
        assert!(!cached.may_use(&user("ann"), &a).unwrap());
    }
    assert_eq!(cached.stats().statements, before + 10);
    // What is given is so at once as well.
    registry.add_member(&a, "ann", "member").unwrap();
    assert!(cached.may_use(&user("ann"), &a).unwrap());
}

/// What was remembered before is not believed because somebody listens again.
#[test]
fn what_was_missed_meanwhile_is_known_once_it_is_back() {
    let (world, [a]) = world(["a"]);
    let proxy = Proxy::of(&world);
    let cached = proxy.process(&world);
    remembers(&cached, &user("ann"), &a);
    let before = cached.stats().connects;
    proxy.set(Mode::Down);
    until(Duration::from_secs(2), || !cached.is_live());
    world.empty_registry().remove_member(&a, "ann").unwrap();
    proxy.set(Mode::Forward);
    assert!(cached.wait_until_live(Duration::from_secs(10)));
    assert_ne!(cached.peek_may_use(&user("ann"), &a), Some(true));
    assert!(!cached.may_use(&user("ann"), &a).unwrap());
    assert_eq!(cached.stats().connects, before + 1);
}

#[test]
fn a_backend_that_is_ended_is_replaced() {
    let (world, [a]) = world(["a"]);
    let cached = process(&world);
    let ann = user("ann");
    for round in 1..=3 {
        remembers(&cached, &ann, &a);
        assert_eq!(cached.stats().connects, round);
        let count = format!("SELECT count(*) FROM {LISTENERS}");
        assert_eq!(value(&mut world.pg(), &count), "1");
        world.run(&format!(
            "SELECT pg_terminate_backend(pid) FROM {LISTENERS}"
        ));
        world.empty_registry().remove_member(&a, "ann").unwrap();
        until(Duration::from_secs(1), || {
            !cached.may_use(&ann, &a).unwrap()
        });
        until(Duration::from_secs(10), || {
            cached.stats().connects == round + 1
        });
        world.empty_registry().add_member(&a, "ann", "x").unwrap();
    }
}

#[test]
fn a_database_that_is_away_is_no_yes() {
    let server = Server::start().unwrap();
    let world = World::on(&server);
    let [a] = world.registry_of(["a"]);
    world.empty_registry().add_member(&a, "ann", "x").unwrap();
    let ann = user("ann");

    server.stop().unwrap();
    let pool = TenantPool::builder(world.url())
        .min_idle(Some(0))
        .checkout_timeout(Duration::from_millis(200));
    let cached = Registry::new(pool.build().unwrap()).cached();
    let is_away = |cached: &CachedRegistry| {
        for error in [
            cached.may_use(&ann, &a).unwrap_err(),
            cached.visible(&ann).unwrap_err(),
            cached.roles(&ann, &a).unwrap_err(),
            cached.find(&a).unwrap_err(),
            cached.list().unwrap_err(),
            cached.may_use(&superuser(), &a).unwrap_err(),
        ] {
            assert!(matches!(error, RegistryError::Checkout { .. }), "{error:?}");
        }
        assert_eq!(cached.peek_may_use(&ann, &a), None);
    };
    // At the start.
    is_away(&cached);
    server.restart().unwrap();
    assert!(cached.wait_until_live(Duration::from_secs(15)));
    remembers(&cached, &ann, &a);
    // And later.
    server.stop().unwrap();
    until(Duration::from_secs(1), || cached.may_use(&ann, &a).is_err());
    is_away(&cached);
    server.restart().unwrap();
    assert!(cached.wait_until_live(Duration::from_secs(15)));
    assert!(cached.may_use(&ann, &a).unwrap());
}
