//! A network that swallows a connection without a word, and ways on which nothing is heard.

use std::thread;
use std::time::{Duration, Instant};

use multischema::{CachedRegistry, Registry, TenantPool};
use multischema_tests::World;

use super::proxy::{Mode, Proxy};
use super::{LISTENERS, remembers, superuser, until, user, world};

#[test]
fn what_is_revoked_is_refused_in_time_however_the_network_ends() {
    let (world, [a, b]) = world(["a", "b"]);
    // At different times since the last sign of life.
    let phases = [0, 700, 1400, 1950].map(|phase| (phase, Proxy::of(&world)));
    let world = &world;
    let (a, b) = (&a, &b);
    thread::scope(|scope| {
        for (phase, proxy) in &phases {
            scope.spawn(move || {
                let who = format!("user {phase}");
                let registry = world.empty_registry();
                registry.add_member(a, &who, "member").unwrap();
                let cached = proxy.process(world);
                remembers(&cached, &user(&who), a);
                remembers(&cached, &superuser(), b);
                thread::sleep(Duration::from_millis(*phase));
                remembers(&cached, &user(&who), a);

                proxy.set(Mode::Silent);
                registry.remove_member(a, &who).unwrap();
                let start = Instant::now();
                until(Duration::from_secs(3), || {
                    !cached.may_use(&user(&who), a).unwrap()
                });
                thread::sleep(Duration::from_secs(3).saturating_sub(start.elapsed()));
                for _ in 0..3 {
                    assert!(!cached.is_live(), "it was heard");
                    assert!(!cached.may_use(&user(&who), a).unwrap());
                    assert_eq!(cached.visible(&user(&who)).unwrap().len(), 0);
                }

                // What was held up comes, and it goes on.
                proxy.set(Mode::Forward);
                assert!(cached.wait_until_live(Duration::from_secs(20)));
                assert!(!cached.may_use(&user(&who), a).unwrap());
                registry.add_member(a, &who, "member").unwrap();
                until(Duration::from_secs(1), || {
                    cached.may_use(&user(&who), a).unwrap()
                });
            });
        }
    });
}

/// The thread that waits for an answer waits for ever.
#[test]
fn a_connection_that_is_swallowed_is_replaced_and_its_thread_left_alone() {
    let (world, [a]) = world(["a"]);
    let proxy = Proxy::of(&world);
    let cached = proxy.process(&world);
    let (ann, registry) = (user("ann"), world.empty_registry());
    for round in 1..=2 {
        remembers(&cached, &ann, &a);
        proxy.swallow();
        registry.remove_member(&a, "ann").unwrap();
        until(Duration::from_secs(3), || {
            !cached.may_use(&ann, &a).unwrap()
        });
        thread::sleep(Duration::from_secs(3));
        // Those who ask have it replaced.
        until(Duration::from_secs(20), || {
            assert!(!cached.may_use(&ann, &a).unwrap());
            cached.stats().connects == round + 1
        });
        assert!(cached.wait_until_live(Duration::from_secs(2)));
        assert!(!cached.may_use(&ann, &a).unwrap());
        registry.add_member(&a, "ann", "member").unwrap();
        until(Duration::from_secs(1), || cached.may_use(&ann, &a).unwrap());
    }
}

/// Those that were left alone end when they come back.
#[test]
fn one_listens_in_the_end_however_many_waited() {
    let (world, [a]) = world(["a"]);
    let proxy = Proxy::of(&world);
    let cached = proxy.process(&world);
    let start = Instant::now();
    proxy.set(Mode::Silent);
    until(Duration::from_secs(15), || {
        assert!(cached.may_use(&user("ann"), &a).unwrap());
        start.elapsed() > Duration::from_secs(9)
    });
    proxy.set(Mode::Forward);
    assert!(cached.wait_until_live(Duration::from_secs(20)));
    let count = format!("SELECT count(*) FROM {LISTENERS}");
    let listeners = || multischema_tests::value(&mut world.pg(), &count);
    until(Duration::from_secs(10), || listeners() == "1");
    // And stays so.
    thread::sleep(Duration::from_secs(3));
    assert_eq!(listeners(), "1");
    remembers(&cached, &user("ann"), &a);
}

/// Asks for what another process changes, of one who does not hear of it.
#[track_caller]
fn asks_each_time(world: &World, cached: &CachedRegistry) {
    let (ann, a) = (user("ann"), "a".parse().unwrap());
    assert!(!cached.wait_until_live(Duration::from_secs(3)));
    let registry = world.empty_registry();
    for _ in 0..3 {
        assert!(cached.may_use(&ann, &a).unwrap());
        assert_eq!(cached.peek_may_use(&ann, &a), None);
        registry.remove_member(&a, "ann").unwrap();
        assert!(!cached.may_use(&ann, &a).unwrap());
        registry.add_member(&a, "ann", "member").unwrap();
    }
    assert!(!cached.is_live());
}

#[test]
fn a_pool_whose_url_is_not_known_is_asked_each_time_until_it_is_told() {
    use diesel::r2d2::{ConnectionManager, Pool};
    let (world, [a]) = world(["a"]);
    let manager = ConnectionManager::new(world.url());
    let pool = Pool::builder().max_size(3).build(manager).unwrap();
    let registry = Registry::new(TenantPool::wrap(pool).build().unwrap());
    asks_each_time(&world, &registry.cached());

    let told = CachedRegistry::builder(registry).listen_at(world.url());
    let told = super::live(told.build());
    remembers(&told, &user("ann"), &a);
}

#[test]
fn another_database_tells_nothing() {
    let (world, [_a]) = world(["a"]);
    let other = World::new();
    let cached = CachedRegistry::builder(world.empty_registry()).listen_at(other.url());
    asks_each_time(&world, &cached.build());
}

/// Nothing is told of what is not committed, and nobody else sees it.
#[test]
fn a_test_that_rolls_back_is_not_remembered() {
    let (world, [a]) = world(["a"]);
    let pool = multischema::testing::rollback_pool(world.url()).unwrap();
    let registry = Registry::new(TenantPool::wrap(pool).build().unwrap());
    let cached = CachedRegistry::builder(registry.clone()).listen_at(world.url());
    let cached = cached.build();
    assert!(!cached.wait_until_live(Duration::from_secs(3)));
    registry.add_member(&a, "bob", "member").unwrap();
    assert!(cached.may_use(&user("bob"), &a).unwrap());
    registry.remove_member(&a, "bob").unwrap();
    assert!(!cached.may_use(&user("bob"), &a).unwrap());
}
