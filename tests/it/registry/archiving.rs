//! A schema is put away, and taken back as it was.

use diesel::connection::SimpleConnection;
use multischema::{CheckoutError, RegistryError, SchemaName, SchemaStatus};
use multischema_tests::{World, value};

use super::{name, what_there_is};

/// Roles that every server has.
const ROLE: &str = "pg_monitor";
const OTHER: &str = "pg_signal_backend";

fn rights(world: &World, schema: &str) -> String {
    value(
        &mut world.pg(),
        &format!("(SELECT nspacl::text FROM pg_namespace WHERE nspname = '{schema}')"),
    )
}

/// 12
#[test]
fn nobody_can_check_an_archived_schema_out_until_it_is_restored() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    world.fill("a");
    let pool = multischema::TenantPool::builder(world.url())
        .build()
        .unwrap();
    let archived = registry.archive(&name("a")).unwrap();
    assert_eq!(archived.status, SchemaStatus::Archived);
    assert_eq!(what_there_is(&mut world.pg()), "a|__trash_1");
    let error = pool.tenant(&name("a")).unwrap_err();
    assert!(matches!(error, CheckoutError::Archived { .. }), "{error:?}");
    let refused = pool.transaction(&name("a"), |_| Ok::<_, multischema::Error>(()));
    let refused = refused.unwrap_err();
    assert!(
        matches!(
            &refused,
            multischema::Error::Checkout(CheckoutError::Archived { .. })
        ),
        "{refused:?}"
    );
    assert!("__trash_1".parse::<SchemaName>().is_err());
    // Again it is no change, and its name is nobody else's.
    assert_eq!(registry.archive(&name("a")).unwrap(), archived);
    assert!(registry.create(name("a")).is_err());

    let restored = registry.restore(&name("a")).unwrap();
    assert_eq!(restored.status, SchemaStatus::Active);
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
    let mut conn = pool.tenant(&name("a")).unwrap();
    assert_eq!(multischema_tests::titles(&mut conn).unwrap(), ["a 1"]);
    assert_eq!(registry.restore(&name("a")).unwrap(), restored);
}

#[test]
fn a_suspended_schema_can_be_archived_and_comes_back_active() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    registry.suspend(&name("a")).unwrap();
    let error = registry.restore(&name("a")).unwrap_err();
    assert!(
        matches!(error, RegistryError::WrongStatus { .. }),
        "{error:?}"
    );
    registry.archive(&name("a")).unwrap();
    let error = registry.suspend(&name("a")).unwrap_err();
    assert!(
        matches!(error, RegistryError::WrongStatus { .. }),
        "{error:?}"
    );
    assert_eq!(
        registry.restore(&name("a")).unwrap().status,
        SchemaStatus::Active
    );
}

#[test]
fn the_rights_of_others_are_kept_and_given_back() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    world.run(&format!(
        "GRANT USAGE ON SCHEMA a TO PUBLIC; GRANT USAGE, CREATE ON SCHEMA a TO {ROLE} WITH GRANT OPTION;
         SET ROLE {ROLE}; GRANT USAGE ON SCHEMA a TO {OTHER}"
    ));
    let before = rights(&world, "a");
    registry.archive(&name("a")).unwrap();
    let meanwhile = rights(&world, "__trash_1");
    assert!(
        !meanwhile.contains(ROLE) && !meanwhile.contains(OTHER) && !meanwhile.contains("{="),
        "{meanwhile}"
    );
    let kept = "(SELECT grants FROM multischema.schemas)";
    assert_eq!(value(&mut world.pg(), kept), before);
    registry.restore(&name("a")).unwrap();
    let sorted = |rights: String| {
        let mut items: Vec<String> = rights
            .trim_matches(['{', '}'])
            .split(',')
            .map(str::to_owned)
            .collect();
        items.sort();
        items
    };
    assert_eq!(sorted(rights(&world, "a")), sorted(before));
    let kept = "(SELECT coalesce(grants, 'none') FROM multischema.schemas)";
    assert_eq!(value(&mut world.pg(), kept), "none");
}

#[test]
fn rights_of_a_role_that_is_gone_are_left_out() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    let role = format!("gone_{}", std::process::id());
    world.run(&format!(
        "CREATE ROLE {role}; GRANT USAGE ON SCHEMA a TO {role}; GRANT USAGE ON SCHEMA a TO {ROLE}"
    ));
    registry.archive(&name("a")).unwrap();
    world.run(&format!("DROP ROLE {role}"));
    registry.restore(&name("a")).unwrap();
    let rights = rights(&world, "a");
    assert!(rights.contains(ROLE) && !rights.contains(&role), "{rights}");
}

#[test]
fn a_schema_made_meanwhile_by_others_stands_in_the_way_and_is_left() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    registry.archive(&name("a")).unwrap();
    world.run("CREATE SCHEMA a; CREATE TABLE a.precious ()");
    let error = registry.restore(&name("a")).unwrap_err();
    assert!(
        matches!(error, RegistryError::StraySchema { .. }),
        "{error:?}"
    );
    assert_eq!(what_there_is(&mut world.pg()), "a|__trash_1 a");
    assert_eq!(
        registry.get(&name("a")).unwrap().status,
        SchemaStatus::Archived
    );
    world.run("DROP SCHEMA a CASCADE");
    registry.restore(&name("a")).unwrap();
}

#[test]
fn an_error_in_the_middle_leaves_it_in_use() {
    let world = World::new();
    let registry = world.registry();
    registry.create(name("a")).unwrap();
    world.run(
        "CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
         CREATE TRIGGER refuse BEFORE UPDATE OF status ON multischema.schemas FOR EACH ROW EXECUTE FUNCTION public.refuse();
         GRANT USAGE ON SCHEMA a TO PUBLIC",
    );
    let before = rights(&world, "a");
    registry.archive(&name("a")).unwrap_err();
    assert_eq!(what_there_is(&mut world.pg()), "a|a");
    assert_eq!(rights(&world, "a"), before);
    let mut pg = world.pg();
    pg.batch_execute("SET search_path TO a; SELECT FROM documents")
        .unwrap();
}
