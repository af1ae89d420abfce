//! Indexes that do not come with a constraint, and what is said of those that do.

use super::super::unit::{Step, Unit};
use crate::catalog::{Catalog, Index, ObjectId, ObjectKind, Oid};
use crate::quoted::{Identifier, list, options};

pub(super) fn write(catalog: &Catalog, units: &mut Vec<Unit>) {
    for it in &catalog.indexes {
        let made = catalog
            .constraints
            .iter()
            .find(|constraint| constraint.kind.has_index() && constraint.index == it.oid);
        match made {
            None => units.extend(index(catalog, it)),
            Some(constraint) => {
                let changes = changes_of_constraint(it);
                if !changes.is_empty() {
                    let step = Step::Complete.of(it.oid);
                    let mut unit = Unit::new(ObjectKind::Index, &it.name, step).late();
                    unit = unit.needs([constraint.id()]);
                    for change in changes {
                        unit = unit.sql(format!("ALTER INDEX {} {change}", Identifier(&it.name)));
                    }
                    units.push(unit);
                }
            }
        }
    }
}

fn index(catalog: &Catalog, it: &Index) -> Vec<Unit> {
    let table = name(catalog, it.relation);
    let own = Identifier(&it.name);
    let mut unit = Unit::new(ObjectKind::Index, &it.name, it.id()).late();
    let only = if it.is_partitioned { "ONLY " } else { "" };
    let rest = it.after_table().unwrap_or_default();
    unit = unit.sql(format!("{} {own} ON {only}{table}{rest}", it.keyword()));
    for column in &it.details {
        if column.statistics >= 0 {
            unit = unit.sql(format!(
                "ALTER INDEX {own} ALTER COLUMN {} SET STATISTICS {}",
                column.number, column.statistics
            ));
        }
    }
    if it.parent == 0 {
        return vec![unit];
    }
    let step = Step::AttachIndex.of(it.oid);
    let attach = Unit::new(ObjectKind::Index, &it.name, step).late();
    let attach = attach.needs([it.id(), ObjectId::relation(it.parent)]);
    let parent = catalog.indexes.iter().find(|index| index.oid == it.parent);
    let parent = parent.map_or("", |index| &index.name);
    vec![
        unit,
        attach.sql(format!(
            "ALTER INDEX {} ATTACH PARTITION {own}",
            Identifier(parent)
        )),
    ]
}

/// What the definition of a constraint does not say of its index.
fn changes_of_constraint(it: &Index) -> Vec<String> {
    let mut changes = Vec::new();
    let with = options(&it.options, "");
    if !with.is_empty() {
        changes.push(format!("SET ({})", list(with)));
    }
    if let Some(tablespace) = &it.tablespace_name {
        changes.push(format!("SET TABLESPACE {}", Identifier(tablespace)));
    }
    for column in &it.details {
        if column.statistics >= 0 {
            changes.push(format!(
                "ALTER COLUMN {} SET STATISTICS {}",
                column.number, column.statistics
            ));
        }
    }
    changes
}

fn name(catalog: &Catalog, relation: Oid) -> String {
    let relation = catalog.relations.iter().find(|it| it.oid == relation);
    relation.map_or(String::new(), |it| Identifier(&it.name).to_string())
}
