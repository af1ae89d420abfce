//! While nothing changes, nothing is sent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use multischema::{CachedRegistry, SchemaAccess};
use multischema_tests::value;

use super::{
    LISTENERS, live, noted_process, peeks, process, remembers, superuser, until, user, world,
};

#[test]
fn an_answer_sends_nothing() {
    let (world, [a, b]) = world(["a", "b"]);
    let (cached, statements) = noted_process(&world);
    let everybody = [user("ann"), user("bob"), superuser()];
    let ask = || {
        for who in &everybody {
            let expected = who.id() != "bob";
            for schema in [&a, &b] {
                assert_eq!(cached.may_use(who, schema).unwrap(), expected);
                peeks(|| cached.peek_may_use(who, schema), &expected);
                assert_eq!(
                    cached.roles(who, schema).unwrap().len(),
                    usize::from(who.id() == "ann")
                );
            }
            assert_eq!(
                cached.visible(who).unwrap().len(),
                if expected { 2 } else { 0 }
            );
            assert_eq!(SchemaAccess::default_schema(&cached, who).unwrap(), None);
        }
        assert!(cached.find(&a).unwrap().is_some());
        assert_eq!(cached.list().unwrap().len(), 2);
    };
    ask();
    assert_ne!(statements.take(), [""; 0]);
    // On a busy machine a listener may not get to run, so that it has to be asked. Not each time.
    for _ in 0..4 {
        let before = cached.stats();
        let start = Instant::now();
        let mut rounds = 0;
        // More than one sign of life is asked for meanwhile.
        while start.elapsed() < Duration::from_secs(5) {
            ask();
            rounds += 1;
        }
        assert!(rounds > 100);
        let after = cached.stats();
        assert_eq!(after.connects, 1);
        let sent = statements.take();
        assert_eq!(sent.is_empty(), after.statements == before.statements);
        if sent.is_empty() {
            assert!(after.remembered > before.remembered + 1000);
            return;
        }
    }
    panic!("something is sent each time");
}

/// It may be long, and a page that lists it asks on each request.
#[test]
fn what_a_user_may_use_is_put_together_once_until_it_changes() {
    let (world, [a, b]) = world(["a", "b"]);
    let cached = process(&world);
    let (ann, bob) = (user("ann"), user("bob"));
    let visible = || cached.visible(&ann).unwrap();
    let is_the_same = || Arc::ptr_eq(&visible(), &visible());
    let soon = Duration::from_secs(2);
    until(soon, is_the_same);
    let registry = world.empty_registry();
    registry.set_label(&a, "another").unwrap();
    until(soon, || visible()[0].label == "another");
    registry.suspend(&a).unwrap();
    until(soon, || visible().len() == 1);
    registry.resume(&a).unwrap();
    until(soon, || visible().len() == 2);
    registry.add_member(&a, "bob", "member").unwrap();
    until(soon, || cached.visible(&bob).unwrap().len() == 1);
    registry.remove_member(&b, "ann").unwrap();
    until(soon, || visible().len() == 1);
    until(soon, is_the_same);
    // What a superuser sees of it is another list.
    let ann = user("ann").superuser(true);
    assert_eq!(cached.visible(&ann).unwrap().len(), 2);
    assert_eq!(visible().len(), 1);
}

/// What nobody tells of is read again in time.
#[test]
fn what_was_read_is_read_again_after_its_time() {
    let (world, [a]) = world(["a"]);
    let ttl = Duration::from_millis(300);
    let cached = CachedRegistry::builder(world.empty_registry()).ttl(ttl);
    let cached = live(cached.build());
    for (who, sql) in [
        (user("ann"), "DELETE FROM multischema.members"),
        (
            superuser(),
            "UPDATE multischema.schemas SET status = 'archived'",
        ),
    ] {
        remembers(&cached, &who, &a);
        world.run(&format!("SET session_replication_role TO replica; {sql}"));
        until(ttl * 3, || !cached.may_use(&who, &a).unwrap());
    }
    // Nothing was heard of it.
    assert_eq!(cached.stats().connects, 1);
}

#[test]
fn without_a_time_the_database_is_asked_each_time() {
    let (world, [a]) = world(["a"]);
    let cached = CachedRegistry::builder(world.empty_registry()).ttl(Duration::ZERO);
    let cached = cached.build();
    assert!(!cached.wait_until_live(Duration::from_millis(500)));
    for _ in 0..3 {
        assert!(cached.may_use(&user("ann"), &a).unwrap());
        assert_eq!(cached.peek_may_use(&user("ann"), &a), None);
        world.run("SET session_replication_role TO replica; DELETE FROM multischema.members");
        assert!(!cached.may_use(&user("ann"), &a).unwrap());
        world.empty_registry().add_member(&a, "ann", "x").unwrap();
    }
}

#[test]
fn what_is_forgotten_is_read_again() {
    let (world, [a]) = world(["a"]);
    let (cached, statements) = noted_process(&world);
    remembers(&cached, &user("ann"), &a);
    let _ = statements.take();
    cached.forget();
    assert_eq!(cached.peek_may_use(&user("ann"), &a), None);
    assert!(cached.may_use(&user("ann"), &a).unwrap());
    assert_eq!(
        statements
            .take()
            .iter()
            .filter(|it| it.contains("SELECT"))
            .count(),
        2
    );
}

/// One connection for all clones, idle but for a sign of life.
#[test]
fn one_connection_listens_for_all_clones() {
    let (world, [_a]) = world(["a"]);
    let cached = process(&world);
    let clones = [(); 5].map(|()| cached.clone());
    let mut pg = world.pg();
    assert_eq!(
        value(&mut pg, &format!("SELECT count(*) FROM {LISTENERS}")),
        "1"
    );
    assert_eq!(
        value(
            &mut pg,
            &format!("SELECT string_agg(state, ' ') FROM {LISTENERS}")
        ),
        "idle"
    );
    drop(cached);
    assert!(clones[0].is_live());
    drop(clones);
    until(Duration::from_secs(2), || {
        value(&mut pg, &format!("SELECT count(*) FROM {LISTENERS}")) == "0"
    });
}
