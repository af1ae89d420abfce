//! What is asked for and not in memory.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use multischema::{CachedRegistry, NewSchema, Registry, SchemaName, TenantPool, User};
use multischema_tests::{Noting, World};

use super::proxy::{Mode, Proxy};
use super::{live, name, noted_process, peeks, process, remembers, superuser, until, user, world};

const THREADS: usize = 8;

#[test]
fn names_that_somebody_makes_up_do_not_reach_the_database_one_by_one() {
    let (world, [a]) = world(["a"]);
    let (cached, statements) = noted_process(&world);
    remembers(&cached, &user("ann"), &a);
    let _ = statements.take();
    // So that what was read is not young enough to say that they are not there.
    thread::sleep(Duration::from_millis(1100));
    let before = cached.stats().statements;
    let start = Instant::now();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let cached = &cached;
            scope.spawn(move || {
                for number in 0..1000 {
                    let unknown = name(&format!("unknown_{thread}_{number}"));
                    assert!(!cached.may_use(&user("ann"), &unknown).unwrap());
                    assert!(!cached.may_use(&superuser(), &unknown).unwrap());
                    assert_eq!(cached.find(&unknown).unwrap(), None);
                }
            });
        }
    });
    // Once a second at most.
    let allowed = 2 + start.elapsed().as_secs();
    let reads = statements.take();
    let read = reads.iter().filter(|it| it.contains("schemas")).count();
    assert!((1..=allowed).contains(&(read as u64)), "{reads:?}");
    assert!(cached.stats().statements - before <= allowed);
    // What is known is answered meanwhile.
    peeks(|| cached.peek_may_use(&user("ann"), &a), &true);
}

#[test]
fn what_is_not_there_takes_a_member_no_longer_than_what_is_somebody_elses() {
    let (world, [a, b]) = world(["a", "b"]);
    world.empty_registry().remove_member(&b, "ann").unwrap();
    let cached = process(&world);
    remembers(&cached, &user("ann"), &a);
    // So that what was read is not young enough to say that it is not there.
    thread::sleep(Duration::from_millis(1100));
    for schema in [b, name("nobody")] {
        // Memory has both, and nothing is asked for.
        peeks(|| cached.peek_may_use(&user("ann"), &schema), &false);
    }
}

/// Nothing would be heard of one that is made. So whoever asks is told what is so now.
#[test]
fn while_memory_is_not_believed_the_database_is_asked_for_what_was_not_there() {
    let (world, [_a]) = world(["a"]);
    let proxy = Proxy::of(&world);
    let cached = proxy.process(&world);
    proxy.set(Mode::Down);
    until(Duration::from_secs(2), || !cached.is_live());
    let registry = world.empty_registry();
    for number in 0..3 {
        let new = name(&format!("school_{number}"));
        assert!(!cached.may_use(&user("ann"), &new).unwrap());
        assert!(!cached.may_use(&superuser(), &new).unwrap());
        assert_eq!(cached.find(&new).unwrap(), None);
        assert_eq!(cached.roles(&user("ann"), &new).unwrap(), [""; 0]);
        let _ = world.register(new.as_str());
        registry.add_member(&new, "ann", "teacher").unwrap();
        assert!(cached.may_use(&user("ann"), &new).unwrap());
        assert!(cached.may_use(&superuser(), &new).unwrap());
        assert_eq!(cached.find(&new).unwrap().unwrap().name, new);
        assert_eq!(cached.roles(&user("ann"), &new).unwrap(), ["teacher"]);
    }
}

/// Nobody learns by the time that it takes which names there are, nor has the database do more by making some up.
#[test]
fn while_memory_is_not_believed_each_question_is_one_statement_whatever_there_is() {
    let (world, [a, b]) = world(["a", "b"]);
    world.empty_registry().remove_member(&b, "ann").unwrap();
    let noting = Noting::default();
    let pool = TenantPool::builder(world.url()).max_size(4);
    let pool = pool.customizer(Box::new(noting.clone())).build().unwrap();
    // It never hears what the pool says.
    let elsewhere = World::new();
    let cached = CachedRegistry::builder(Registry::new(pool)).listen_at(elsewhere.url());
    let cached = cached.build();
    assert!(!cached.may_use(&user("ann"), &b).unwrap());
    let _ = noting.0.take();
    for who in [user("ann"), superuser()] {
        let ask = |schema: &SchemaName| {
            let before = cached.stats().statements;
            let allowed = cached.may_use(&who, schema).unwrap();
            assert_eq!(cached.stats().statements, before + 1, "{schema}");
            let sent = noting.0.take();
            let asked = sent.iter().filter(|it| it.contains("schemas"));
            let value = format!("[\"{schema}\"");
            let asked: Vec<String> = asked.map(|it| it.replace(&value, "[?")).collect();
            assert_eq!(asked.len(), 1, "{sent:?}");
            (allowed, asked)
        };
        let (_, usual) = ask(&a);
        for _ in 0..2 {
            let (others, of_others) = ask(&b);
            let (nobodys, of_nobodys) = ask(&name("nobody"));
            assert_eq!((others, nobodys), (who.is_superuser(), false));
            assert_eq!(of_others, of_nobodys);
            assert_eq!(of_others, usual);
        }
    }
}

#[test]
fn a_schema_that_another_process_makes_is_found_soon() {
    let world = World::new();
    let registry = world.registry();
    let cached = process(&world);
    for number in 0..3 {
        let new = name(&format!("school_{number}"));
        assert_eq!(cached.find(&new).unwrap(), None);
        registry.create(NewSchema::new(new.clone())).unwrap();
        registry.add_member(&new, "ann", "x").unwrap();
        until(Duration::from_secs(1), || {
            cached.may_use(&user("ann"), &new).unwrap()
        });
        assert_eq!(cached.find(&new).unwrap().unwrap().name, new);
    }
}

/// Nobody tells of it, as if the notification were still on its way.
#[test]
fn a_schema_that_nothing_was_heard_of_is_looked_for() {
    let (world, [a]) = world(["a"]);
    let cached = process(&world);
    remembers(&cached, &user("ann"), &a);
    thread::sleep(Duration::from_millis(1100));
    world.run(
        "SET session_replication_role TO replica;
         INSERT INTO multischema.schemas (name, label) VALUES ('b', 'b')",
    );
    assert!(cached.may_use(&superuser(), &name("b")).unwrap());
}

/// How many statements it takes for all threads to learn at once what nobody remembers.
fn statements_for_all(world: &World, cached: &CachedRegistry, who: &User, a: &SchemaName) -> u64 {
    remembers(cached, who, a);
    cached.forget();
    let before = cached.stats().statements;
    // Whoever reads has to wait, so that all come meanwhile.
    let mut pg = world.pg();
    pg.batch_execute("BEGIN; LOCK TABLE multischema.schemas, multischema.members")
        .unwrap();
    let start = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                assert!(cached.may_use(who, a).unwrap());
            });
        }
        start.wait();
        thread::sleep(Duration::from_millis(300));
        pg.batch_execute("COMMIT").unwrap();
    });
    cached.stats().statements - before
}

#[test]
fn of_those_who_miss_the_same_one_asks() {
    let (world, [a]) = world(["a"]);
    let cached = process(&world);
    for (who, expected) in [(superuser(), 1), (user("ann"), 2)] {
        // On a busy machine some may have waited for long enough to ask themselves. Not each time.
        let sent: Vec<_> = (0..5)
            .map(|_| statements_for_all(&world, &cached, &who, &a))
            .take_while(|sent| *sent != expected)
            .collect();
        assert!(sent.len() < 5, "{sent:?}");
    }
}

/// One who reads on a connection that is dead without knowing it holds up nobody for long.
#[test]
fn who_waits_for_another_asks_in_the_end() {
    let (world, [a]) = world(["a"]);
    let cached = process(&world);
    remembers(&cached, &user("ann"), &a);
    cached.forget();
    thread::scope(|scope| {
        let mut pg = world.pg();
        pg.batch_execute("BEGIN; LOCK TABLE multischema.members")
            .unwrap();
        let first = scope.spawn(|| cached.may_use(&user("ann"), &a).unwrap());
        thread::sleep(Duration::from_millis(200));
        let second = scope.spawn(|| cached.may_use(&user("ann"), &a).unwrap());
        // It has sent a statement of its own, which waits as well.
        let waiting = "SELECT count(*) >= 2 FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
             AND datname = current_database()";
        until(Duration::from_secs(5), || {
            multischema_tests::value(&mut world.pg(), waiting) == "true"
        });
        pg.batch_execute("COMMIT").unwrap();
        assert!(first.join().unwrap() && second.join().unwrap());
    });
}

/// What is read takes long enough for a change to be heard of before it is through.
#[test]
fn what_changes_while_it_is_read_is_read_again() {
    for (table, who, change) in [
        ("members", user("ann"), "DELETE FROM multischema.slow"),
        (
            "schemas",
            superuser(),
            "UPDATE multischema.slow SET status = 'archived'",
        ),
    ] {
        let (world, [a]) = world(["a"]);
        let cached = process(&world);
        remembers(&cached, &who, &a);
        world.run(&format!(
            "ALTER TABLE multischema.{table} RENAME TO slow;
             CREATE VIEW multischema.{table} AS SELECT s.* FROM multischema.slow s, pg_sleep(0.6)"
        ));
        cached.forget();
        thread::scope(|scope| {
            let asking = scope.spawn(|| cached.may_use(&who, &a).unwrap());
            thread::sleep(Duration::from_millis(200));
            world.run(change);
            // Whatever is said to who asked before, nobody is told so later.
            let _ = asking.join().unwrap();
        });
        assert!(!cached.may_use(&who, &a).unwrap(), "{table}");
        until(Duration::from_secs(5), || {
            cached.peek_may_use(&who, &a) == Some(false)
        });
    }
}

#[test]
fn users_are_remembered_as_far_as_there_is_room() {
    let (world, [a]) = world(["a"]);
    world.run(
        "INSERT INTO multischema.members (schema_id, user_id, role)
         SELECT 1, 'user ' || n, 'member' FROM generate_series(1, 500) n",
    );
    let cached = CachedRegistry::builder(world.empty_registry()).max_memberships(100);
    let cached = live(cached.build());
    for number in 1..=500 {
        assert!(
            cached
                .may_use(&user(&format!("user {number}")), &a)
                .unwrap()
        );
        assert!(
            !cached
                .may_use(&user(&format!("nobody {number}")), &a)
                .unwrap()
        );
        assert!(cached.stats().users <= 100);
    }
    assert!(cached.stats().users > 20);
    peeks(|| cached.peek_may_use(&user("user 500"), &a), &true);
    peeks(|| cached.peek_may_use(&user("nobody 500"), &a), &false);
}
