//! What is wrong across schemata: what depends on the template, names that are there twice.

mod dependents;
mod names;

use multischema::{Registry, SchemaName, TenantPool};
use multischema_tests::{Noting, World};

fn name(name: &str) -> SchemaName {
    name.parse().unwrap()
}

/// A registry on one connection whose statements are noted, from now on.
fn noted(world: &World) -> (Registry, Noting) {
    let noting = Noting::default();
    let pool = TenantPool::builder(world.url()).max_size(1);
    let pool = pool.customizer(Box::new(noting.clone())).build().unwrap();
    drop(pool.global().unwrap());
    let _ = noting.0.take();
    (Registry::new(pool), noting)
}

/// What was asked about the template.
fn asked(noting: &Noting) -> Vec<String> {
    let mut all = noting.0.take();
    all.retain(|it| it.contains("__template__"));
    all
}
