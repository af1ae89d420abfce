//! Views and materialized views.

use super::super::unit::Unit;
use super::apart::Apart;
use crate::catalog::{Catalog, ObjectId, ObjectKind, Relation, RelationKind};
use crate::quoted::{Identifier, list, options};

pub(super) fn write(catalog: &Catalog, apart: &Apart, units: &mut Vec<Unit>) {
    let views = catalog
        .relations
        .iter()
        .filter(|it| matches!(it.kind, RelationKind::View | RelationKind::MaterializedView));
    for it in views {
        let own_rule =
            |rule: &&crate::catalog::Rule| rule.relation == it.oid && rule.after_table.is_none();
        let rule = catalog.rules.iter().find(own_rule).map(|rule| rule.id());
        let unit = Unit::new(it.kind.object_kind(), &it.name, it.id())
            .makes([it.row_type, it.array_type].map(ObjectId::type_));
        if let Some(rule) = rule.filter(|rule| apart.contains(*rule)) {
            units.push(unit.sql(stand_in(catalog, it)));
            let unit = Unit::new(it.kind.object_kind(), &it.name, rule).needs([it.id()]);
            units.push(unit.sql(format!("CREATE OR REPLACE {}", selecting(it))));
        } else {
            let unit = unit.makes(rule).sql(format!("CREATE {}", selecting(it)));
            units.push(details(catalog, it, unit));
        }
        let columns = catalog
            .columns
            .iter()
            .filter(|column| column.relation == it.oid);
        for column in columns {
            let of_column = |default: &&crate::catalog::Default| Catalog::is_of(column, default);
            if let Some(default) = catalog.defaults.iter().find(of_column) {
                let name = format!("{}.{}", it.name, column.name);
                let unit = Unit::new(ObjectKind::Column, name, default.id()).needs([it.id()]);
                units.push(unit.sql(format!(
                    "ALTER VIEW {} ALTER COLUMN {} SET DEFAULT {}",
                    Identifier(&it.name),
                    Identifier(&column.name),
                    default.expression
                )));
            }
        }
    }
}

fn selecting(it: &Relation) -> String {
    let query = it
        .query
        .as_deref()
        .unwrap_or_default()
        .trim_end()
        .trim_end_matches(';');
    let mut text = format!("{} {}", it.kind.keyword(), Identifier(&it.name));
    if let Some(method) = &it.method_name {
        text.push_str(&format!(" USING {}", Identifier(method)));
    }
    let with = options(&it.options, "")
        .into_iter()
        .chain(options(&it.toast_options, "toast."));
    let with = list(with);
    if !with.is_empty() {
        text.push_str(&format!(" WITH ({with})"));
    }
    if let Some(tablespace) = &it.tablespace_name {
        text.push_str(&format!(" TABLESPACE {}", Identifier(tablespace)));
    }
    text.push_str(&format!(" AS {query}"));
    // It is filled when the rows are there.
    if it.kind == RelationKind::MaterializedView {
        text.push_str(" WITH NO DATA");
    }
    text
}

/// A view of the same columns that selects nothing, for one that depends on something which depends on it.
fn stand_in(catalog: &Catalog, it: &Relation) -> String {
    let columns = catalog
        .columns
        .iter()
        .filter(|column| column.relation == it.oid);
    let columns = columns.map(|column| {
        let type_name = column.type_name.as_deref().unwrap_or_default();
        let collate = column
            .collation_name
            .as_ref()
            .map_or(String::new(), |it| format!(" COLLATE {it}"));
        format!("NULL::{type_name}{collate} AS {}", Identifier(&column.name))
    });
    format!(
        "CREATE VIEW {} AS SELECT {}",
        Identifier(&it.name),
        list(columns)
    )
}

/// What is said of the columns of a materialized view.
fn details(catalog: &Catalog, it: &Relation, unit: Unit) -> Unit {
    if it.kind != RelationKind::MaterializedView {
        return unit;
    }
    let mut changes = Vec::new();
    for column in catalog
        .columns
        .iter()
        .filter(|column| column.relation == it.oid)
    {
        let name = Identifier(&column.name);
        if column.storage != column.type_storage {
            let storage = match column.storage {
                'p' => "PLAIN",
                'm' => "MAIN",
                'e' => "EXTERNAL",
                _ => "EXTENDED",
            };
            changes.push(format!("ALTER COLUMN {name} SET STORAGE {storage}"));
        }
        if column.statistics >= 0 {
            changes.push(format!(
                "ALTER COLUMN {name} SET STATISTICS {}",
                column.statistics
            ));
        }
        match column.compression {
            'p' => changes.push(format!("ALTER COLUMN {name} SET COMPRESSION pglz")),
            'l' => changes.push(format!("ALTER COLUMN {name} SET COMPRESSION lz4")),
            _ => {}
        }
        let with = options(&column.options, "");
        if !with.is_empty() {
            changes.push(format!("ALTER COLUMN {name} SET ({})", list(with)));
        }
    }
    if changes.is_empty() {
        return unit;
    }
    unit.sql(format!(
        "ALTER MATERIALIZED VIEW {} {}",
        Identifier(&it.name),
        list(changes)
    ))
}
