//! Rules of an application's own.

use std::error::Error as _;
use std::sync::Arc;

use multischema::{
    AccessError, CachedRegistry, Error, Registry, Schema, SchemaAccess, SchemaName, TenantPool,
    User,
};

use super::{name, peeks, process, remembers, superuser, user, world};

/// Everybody may use the schema that has their name.
struct ByName(Registry);

impl SchemaAccess for ByName {
    fn visible(&self, user: &User) -> Result<Arc<[Schema]>, AccessError> {
        let name = user.id().parse().map_err(AccessError::other)?;
        Ok(self.0.find(&name)?.into_iter().collect())
    }

    fn may_use(&self, user: &User, schema: &SchemaName) -> Result<bool, AccessError> {
        Ok(user.id() == schema.as_str())
    }
}

#[test]
fn an_application_can_have_rules_of_its_own() {
    let (world, [a, b]) = world(["a", "b"]);
    let own: Arc<dyn SchemaAccess> = Arc::new(ByName(world.empty_registry()));
    let who = user("a");
    assert!(own.may_use(&who, &a).unwrap());
    assert!(!own.may_use(&who, &b).unwrap());
    assert_eq!(own.visible(&who).unwrap().len(), 1);
    // What it does not say is made of what it does.
    assert_eq!(own.default_schema(&who).unwrap().unwrap().name, a);
    assert_eq!(own.default_schema(&user("nowhere")).unwrap(), None);
    assert_eq!(own.peek_may_use(&who, &a), None);
    assert_eq!(own.peek_visible(&who), None);
    assert_eq!(own.peek_default_schema(&who), None);

    let error = own.visible(&user("No Name")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "who may use which schema could not be found out"
    );
    assert!(error.source().unwrap().to_string().contains("No Name"));
    let error = Error::from(error);
    assert!(!error.is_not_found() && !error.is_forbidden());
    assert_eq!(error.schema(), None);
}

#[test]
fn all_that_answer_do_so_behind_one_type() {
    let (world, [a]) = world(["a"]);
    let cached = process(&world);
    remembers(&cached, &user("ann"), &a);
    let registry = world.empty_registry();
    let all: [Arc<dyn SchemaAccess>; 3] = [
        Arc::new(registry),
        Arc::new(cached.clone()),
        Arc::new(Arc::new(cached)),
    ];
    for (number, access) in all.iter().enumerate() {
        let ann = user("ann");
        assert!(access.may_use(&ann, &a).unwrap());
        assert!(!access.may_use(&ann, &name("b")).unwrap());
        assert_eq!(access.visible(&ann).unwrap().len(), 1);
        assert_eq!(access.visible(&superuser()).unwrap().len(), 1);
        assert_eq!(access.default_schema(&ann).unwrap().unwrap().name, a);
        if number == 0 {
            assert_eq!(access.peek_may_use(&ann, &a), None);
            assert_eq!(access.peek_visible(&ann), None);
            assert_eq!(access.peek_default_schema(&ann), None);
        } else {
            peeks(|| access.peek_may_use(&ann, &a), &true);
            peeks(|| access.peek_visible(&ann).map(|it| it.len()), &1);
            peeks(
                || access.peek_default_schema(&ann).map(|it| it.is_some()),
                &true,
            );
        }
    }
}

#[test]
fn no_debug_shows_a_password() {
    let url = "postgres://me:secret@127.0.0.1:1/db";
    let pool = TenantPool::builder(url).min_idle(Some(0)).build().unwrap();
    let registry = Registry::new(pool.clone());
    let builder = CachedRegistry::builder(registry.clone()).listen_at(url);
    let shown = format!("{builder:?} {:?} {registry:?} {pool:?}", registry.cached());
    assert!(
        !shown.contains("secret") && shown.contains("CachedRegistry"),
        "{shown}"
    );
}
