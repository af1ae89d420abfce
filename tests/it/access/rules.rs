//! Who may use what: the same for who asks the database, who asks memory, and who is asked for the list.

use std::time::Duration;

use multischema::{
    CachedRegistry, NewSchema, Registry, SchemaAccess, SchemaName, SchemaStatus, User,
};
use multischema_tests::World;

use super::{name, peeks, process, remembers, superuser, until, user, world};

/// Whether the user may use the schema, by all who can be asked.
#[track_caller]
fn may_use(registry: &Registry, cached: &CachedRegistry, who: &User, schema: &SchemaName) -> bool {
    let answer = registry.may_use(who, schema).unwrap();
    // It may have to hear of it first.
    let all = || {
        let visible =
            |all: &[multischema::Schema]| all.iter().filter(|it| it.name == *schema).count();
        [
            usize::from(cached.may_use(who, schema).unwrap()),
            usize::from(cached.peek_may_use(who, schema).unwrap_or(!answer)),
            visible(&registry.visible(who).unwrap()),
            visible(&cached.visible(who).unwrap()),
            visible(&cached.peek_visible(who).unwrap_or_default()),
        ]
    };
    until(Duration::from_secs(3), || all() == [usize::from(answer); 5]);
    answer
}

fn set_status(world: &World, schema: &SchemaName, status: SchemaStatus) {
    world.run(&format!(
        "UPDATE multischema.schemas SET status = '{status}' WHERE name = '{schema}'"
    ));
}

#[test]
fn members_may_use_what_is_active_and_superusers_what_is_suspended_as_well() {
    let (world, [a, b]) = world(["a", "b"]);
    let registry = world.empty_registry();
    registry.add_member(&a, "bob", "member").unwrap();
    registry.remove_member(&a, "ann").unwrap();
    let cached = process(&world);
    let may = |who: &User, schema: &SchemaName| may_use(&registry, &cached, who, schema);
    let [ann, bob, nobody] = ["ann", "bob", "nobody"].map(user);

    for status in SchemaStatus::ALL {
        set_status(&world, &a, *status);
        let is_active = *status == SchemaStatus::Active;
        let is_open = is_active || *status == SchemaStatus::Suspended;
        // Ann belongs to `b` only, bob to `a` only, and who is not known to none.
        assert_eq!(may(&bob, &a), is_active, "{status}");
        assert!(!may(&ann, &a), "{status}");
        assert!(!may(&nobody, &a), "{status}");
        assert_eq!(may(&superuser(), &a), is_open, "{status}");
        // A superuser who is a member is a superuser.
        let bob = bob.clone().superuser(true);
        assert_eq!(may(&bob, &a), is_open, "{status}");
        // What becomes of `a` is nothing to `b`.
        assert!(may(&ann, &b) && !may(&user("bob"), &b));
    }
}

#[test]
fn nobody_may_use_the_template_or_what_is_not_there() {
    let (world, [_a]) = world(["a"]);
    let registry = world.empty_registry();
    // Not even by a row that should not be.
    let cached = process(&world);
    for schema in [SchemaName::template(), name("nowhere")] {
        for who in [user("ann"), superuser()] {
            assert!(!may_use(&registry, &cached, &who, &schema), "{schema}");
        }
    }
    assert_eq!(cached.find(&SchemaName::template()).unwrap(), None);
    assert_eq!(cached.find(&name("nowhere")).unwrap(), None);
}

#[test]
fn several_roles_are_one_membership() {
    let (world, [a, b]) = world(["a", "b"]);
    let registry = world.empty_registry();
    for role in ["teacher", "admin"] {
        assert!(registry.add_member(&a, "ann", role).unwrap());
    }
    assert!(!registry.add_member(&a, "ann", "admin").unwrap());
    let cached = process(&world);
    let ann = user("ann");
    let roles = |schema: &SchemaName| {
        let roles = cached.roles(&ann, schema).unwrap();
        assert_eq!(roles, registry.roles(&ann, schema).unwrap());
        peeks(|| cached.peek_roles(&ann, schema), &roles);
        roles.join(" ")
    };
    assert_eq!(roles(&a), "admin member teacher");
    assert_eq!(roles(&b), "member");
    // Once, whatever the number of roles.
    assert!(may_use(&registry, &cached, &ann, &a));
    assert_eq!(registry.visible(&ann).unwrap().len(), 2);

    let gone = |role: &str| {
        assert!(registry.remove_role(&a, "ann", role).unwrap());
        assert!(!registry.remove_role(&a, "ann", role).unwrap());
        until(Duration::from_secs(1), || {
            !cached.roles(&ann, &a).unwrap().contains(&role.to_owned())
        });
    };
    gone("admin");
    gone("teacher");
    assert!(may_use(&registry, &cached, &ann, &a));
    gone("member");
    assert!(!may_use(&registry, &cached, &ann, &a));
    assert!(!registry.remove_member(&a, "ann").unwrap());
}

#[test]
fn who_may_not_use_a_schema_has_no_roles_in_it() {
    let (world, [a]) = world(["a"]);
    let registry = world.empty_registry();
    let cached = process(&world);
    let [ann, root] = [user("ann"), user("ann").superuser(true)];
    let both = |who: &User| {
        let mut roles = Vec::new();
        until(Duration::from_secs(1), || {
            roles = cached.roles(who, &a).unwrap();
            roles == registry.roles(who, &a).unwrap()
        });
        roles.len()
    };
    assert_eq!((both(&ann), both(&root), both(&superuser())), (1, 1, 0));
    registry.suspend(&a).unwrap();
    assert_eq!((both(&ann), both(&root)), (0, 1));
    registry.archive(&a).unwrap();
    assert_eq!((both(&ann), both(&root)), (0, 0));
}

#[test]
fn a_member_keeps_what_is_renamed_and_gets_nothing_of_what_takes_its_name() {
    let world = World::new();
    let registry = world.registry();
    let [a, b] = ["a", "b"].map(name);
    registry.create(a.clone()).unwrap();
    registry.add_member(&a, "ann", "member").unwrap();
    let cached = process(&world);
    let ann = user("ann");
    let may = |schema: &SchemaName| may_use(&registry, &cached, &ann, schema);
    assert!(may(&a) && !may(&b));

    registry.rename(&a, &b).unwrap();
    assert!(!may(&a) && may(&b));
    // Another gets its name.
    registry
        .create(NewSchema::new(a.clone()).label("Another"))
        .unwrap();
    assert!(!may(&a) && may(&b));

    // Archived and taken back, it still has its members.
    registry.archive(&b).unwrap();
    assert!(!may(&b));
    registry.restore(&b).unwrap();
    assert!(may(&b));

    // Removed for good and made anew, it has none.
    registry.archive(&b).unwrap();
    registry.purge(&b).unwrap();
    assert!(!may(&b));
    registry.create(b.clone()).unwrap();
    assert!(!may(&b));
    assert!(may_use(&registry, &cached, &superuser(), &b));
    assert_eq!(registry.members(&b).unwrap(), []);
}

#[test]
fn the_only_visible_schema_is_the_default() {
    let (world, [a, b]) = world(["a", "b"]);
    let registry = world.empty_registry();
    registry.add_member(&a, "bob", "member").unwrap();
    let cached = process(&world);
    for schema in [&a, &b] {
        remembers(&cached, &user("ann"), schema);
    }
    let default = |who: &User| {
        let answer = SchemaAccess::default_schema(&registry, who).unwrap();
        assert_eq!(SchemaAccess::default_schema(&cached, who).unwrap(), answer);
        peeks(|| cached.peek_default_schema(who), &answer);
        // Who asks the database each time remembers nothing.
        assert_eq!(registry.peek_default_schema(who), None);
        answer.map(|it| it.name)
    };
    assert_eq!(default(&user("bob")), Some(a.clone()));
    assert_eq!(default(&user("ann")), None);
    assert_eq!(default(&user("nobody")), None);
    assert_eq!(default(&superuser()), None);
    registry.suspend(&b).unwrap();
    until(Duration::from_secs(1), || {
        cached.visible(&user("ann")).unwrap().len() == 1
    });
    assert_eq!(default(&user("ann")), Some(a));
}

#[test]
fn what_may_be_used_is_listed_in_the_order_in_which_it_was_made() {
    let (world, [c, a, b]) = world(["c", "a", "b"]);
    let registry = world.empty_registry();
    registry.suspend(&a).unwrap();
    let cached = process(&world);
    let names = |all: &[multischema::Schema]| {
        let names = all.iter().map(|it| it.name.as_str());
        names.collect::<Vec<_>>().join(" ")
    };
    for (who, expected) in [(user("ann"), "c b"), (superuser(), "c a b")] {
        assert_eq!(names(&registry.visible(&who).unwrap()), expected);
        assert_eq!(names(&cached.visible(&who).unwrap()), expected);
    }
    assert_eq!(names(&cached.list().unwrap()), "c a b");
    assert_eq!(
        cached.find(&a).unwrap().unwrap().status,
        SchemaStatus::Suspended
    );
    assert!(cached.find(&b).unwrap().is_some() && cached.find(&c).unwrap().is_some());
}
