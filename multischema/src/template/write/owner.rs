//! Owners that are not the role which makes the schema.

use super::function::specified;
use crate::catalog::{Catalog, ObjectId};
use crate::quoted::Identifier;

/// Gives each object to its owner. An index, and a sequence that belongs to a column, follow their table.
pub(in crate::template) fn owners(catalog: &Catalog, maker: &str) -> Vec<(ObjectId, String)> {
    let mut owned: Vec<(ObjectId, String, &str)> = Vec::new();
    for it in &catalog.types {
        owned.push((it.id(), format!("TYPE {}", Identifier(&it.name)), &it.owner));
    }
    for it in &catalog.functions {
        owned.push((it.id(), specified(it), &it.owner));
    }
    for it in &catalog.operators {
        owned.push((it.id(), format!("OPERATOR {}", it.signature), &it.owner));
    }
    for it in &catalog.families {
        let family = format!(
            "OPERATOR FAMILY {} USING {}",
            Identifier(&it.name),
            it.method
        );
        owned.push((it.id(), family, &it.owner));
    }
    for it in &catalog.classes {
        let class = format!(
            "OPERATOR CLASS {} USING {}",
            Identifier(&it.name),
            it.method
        );
        owned.push((it.id(), class, &it.owner));
    }
    for it in &catalog.collations {
        owned.push((
            it.id(),
            format!("COLLATION {}", Identifier(&it.name)),
            &it.owner,
        ));
    }
    for it in catalog.searches.iter().filter(|it| !it.owner.is_empty()) {
        let search = format!("TEXT SEARCH {} {}", it.keyword(), Identifier(&it.name));
        owned.push((it.id, search, &it.owner));
    }
    for it in &catalog.relations {
        let belongs = catalog
            .sequences
            .iter()
            .any(|sequence| sequence.relation == it.oid && sequence.owner.is_some());
        if !belongs {
            owned.push((
                it.id(),
                format!("{} {}", it.kind.keyword(), Identifier(&it.name)),
                &it.owner,
            ));
        }
    }
    for it in &catalog.statistics {
        owned.push((
            it.id(),
            format!("STATISTICS {}", Identifier(&it.name)),
            &it.owner,
        ));
    }
    let others = owned.into_iter().filter(|(_, _, owner)| *owner != maker);
    let statements = others.map(|(id, what, owner)| {
        let statement = format!("ALTER {what} OWNER TO {}", Identifier(owner));
        (id, statement)
    });
    statements.collect()
}
