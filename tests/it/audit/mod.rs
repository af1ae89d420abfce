//! What is wrong across schemata: what depends on the template, names that are there twice, ids of others.

mod dependents;
mod ids;
mod names;
mod uncounted;

use multischema::{ForeignIds, IdReport, Registry, SchemaName, TenantPool};
use multischema_tests::{Noting, World};

fn name(name: &str) -> SchemaName {
    name.parse().unwrap()
}

/// All ids that are counted, and how: `a.t.id 3 of which 2`.
fn counted(report: &IdReport) -> Vec<String> {
    assert!(report.uncounted.is_empty(), "{report:?}");
    report.foreign.iter().map(words).collect()
}

fn words(it: &ForeignIds) -> String {
    let ForeignIds {
        schema,
        table,
        column,
        rows,
        of_template,
        ..
    } = it;
    format!("{schema}.{table}.{column} {rows} of which {of_template}")
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
