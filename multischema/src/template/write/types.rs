//! Types and collations.

use super::super::unit::Unit;
use crate::catalog::{
    Catalog, Collation, ConstraintKind, Names, ObjectId, ObjectKind, Type, class,
};
use crate::quoted::{Identifier, Literal, list};

pub(super) fn write(catalog: &Catalog, names: &Names, units: &mut Vec<Unit>) {
    for it in &catalog.collations {
        let unit = Unit::new(ObjectKind::Collation, &it.name, it.id());
        units.push(unit.sql(collation(it)));
    }
    for it in &catalog.types {
        let array = ObjectId::type_(it.array_type);
        let come_along = catalog
            .come_along
            .iter()
            .filter(|(_, type_)| *type_ == it.id());
        let mut unit = Unit::new(ObjectKind::Type, &it.name, it.id())
            .makes([array, ObjectId::relation(it.relation)])
            .makes(come_along.map(|(id, _)| *id));
        unit = match it.kind {
            'e' => unit.sql(format!(
                "CREATE TYPE {} AS ENUM ({})",
                Identifier(&it.name),
                list(it.labels.iter().map(|label| Literal(label)))
            )),
            'c' => unit.sql(composite(catalog, it)),
            'd' => {
                units.extend(not_valid(catalog, it));
                domain(catalog, it, unit)
            }
            _ => range(catalog, names, it, unit),
        };
        units.push(unit);
    }
}

fn collation(it: &Collation) -> String {
    let provider = match it.provider {
        'i' => "icu",
        'b' => "builtin",
        _ => "libc",
    };
    let mut options = vec![format!("PROVIDER = {provider}")];
    if !it.is_deterministic {
        options.push("DETERMINISTIC = false".to_owned());
    }
    for (option, value) in [
        ("LC_COLLATE", &it.collate),
        ("LC_CTYPE", &it.ctype),
        ("LOCALE", &it.locale),
        ("RULES", &it.rules),
    ] {
        if let Some(value) = value {
            options.push(format!("{option} = {}", Literal(value)));
        }
    }
    format!(
        "CREATE COLLATION {} ({})",
        Identifier(&it.name),
        list(options)
    )
}

fn composite(catalog: &Catalog, it: &Type) -> String {
    let attributes = catalog
        .columns
        .iter()
        .filter(|column| column.relation == it.relation);
    let attributes = attributes.map(|column| {
        let type_name = column.type_name.as_deref().unwrap_or_default();
        let mut text = format!("{} {type_name}", Identifier(&column.name));
        if let Some(collation) = &column.collation_name {
            text.push_str(&format!(" COLLATE {collation}"));
        }
        text
    });
    format!(
        "CREATE TYPE {} AS ({})",
        Identifier(&it.name),
        list(attributes)
    )
}

fn domain(catalog: &Catalog, it: &Type, unit: Unit) -> Unit {
    let name = Identifier(&it.name);
    let mut text = format!(
        "CREATE DOMAIN {name} AS {}",
        it.base_name.as_deref().unwrap_or_default()
    );
    if let Some(collation) = &it.collation_name {
        text.push_str(&format!(" COLLATE {collation}"));
    }
    if let Some(default) = &it.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    let constraints = catalog
        .constraints
        .iter()
        .filter(|constraint| constraint.domain == it.oid);
    let valid: Vec<_> = constraints.filter(|it| it.is_valid).collect();
    // PostgreSQL 17 has it among the constraints, with a name.
    if it.not_null && !valid.iter().any(|it| it.kind == ConstraintKind::NotNull) {
        text.push_str(" NOT NULL");
    }
    for constraint in &valid {
        let definition = constraint.definition.as_deref().unwrap_or_default();
        text.push_str(&format!(
            " CONSTRAINT {} {definition}",
            Identifier(&constraint.name)
        ));
    }
    unit.sql(text).makes(valid.iter().map(|it| it.id()))
}

/// Constraints that hold for new values only: rows that break them are there first.
fn not_valid(catalog: &Catalog, it: &Type) -> Vec<Unit> {
    let constraints = catalog.constraints.iter();
    let constraints =
        constraints.filter(|constraint| constraint.domain == it.oid && !constraint.is_valid);
    let units = constraints.map(|constraint| {
        let unit = Unit::new(ObjectKind::Constraint, &constraint.name, constraint.id()).late();
        unit.needs([it.id()]).sql(format!(
            "ALTER DOMAIN {} ADD CONSTRAINT {} {}",
            Identifier(&it.name),
            Identifier(&constraint.name),
            constraint.definition.as_deref().unwrap_or_default()
        ))
    });
    units.collect()
}

fn range(catalog: &Catalog, names: &Names, it: &Type, unit: Unit) -> Unit {
    let Some(range) = catalog.ranges.iter().find(|range| range.type_ == it.oid) else {
        return unit;
    };
    let mut options = Vec::new();
    for (option, class, oid) in [
        ("SUBTYPE", class::TYPE, range.subtype),
        ("SUBTYPE_OPCLASS", class::OPERATOR_CLASS, range.class),
        ("COLLATION", class::COLLATION, range.collation),
        ("SUBTYPE_DIFF", class::FUNCTION, range.difference),
    ] {
        if let Some(name) = names.get(&ObjectId::new(class, oid)) {
            options.push(format!("{option} = {name}"));
        }
    }
    options.push(format!(
        "MULTIRANGE_TYPE_NAME = {}",
        Identifier(&range.multirange_name)
    ));
    let sql = format!(
        "CREATE TYPE {} AS RANGE ({})",
        Identifier(&it.name),
        list(options)
    );
    unit.makes([range.multirange, range.multirange_array].map(ObjectId::type_))
        .sql(sql)
}
