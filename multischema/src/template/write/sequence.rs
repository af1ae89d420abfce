//! Sequences that belong to no identity column.

use super::super::Ids;
use super::super::statement::Statement;
use super::super::unit::{Step, Unit};
use crate::catalog::{Catalog, ObjectKind, Sequence, Span};
use crate::quoted::Identifier;

pub(super) fn write(catalog: &Catalog, ids: Ids, units: &mut Vec<Unit>) {
    for sequence in &catalog.sequences {
        let owner = sequence.owner;
        let relation = catalog.relation(sequence.relation);
        let (Some(it), false) = (relation, owner.is_some_and(|owner| owner.is_identity)) else {
            continue;
        };
        let unlogged = if it.is_unlogged { "UNLOGGED " } else { "" };
        let name = Identifier(&it.name);
        let unit = Unit::new(ObjectKind::Sequence, &it.name, it.id());
        units.push(
            unit.statement(
                Statement::new(format!("CREATE {unlogged}SEQUENCE {name} "))
                    .then(counting(catalog, sequence, ids)),
            ),
        );
        let Some(owner) = owner else {
            continue;
        };
        let table = catalog.relation(owner.relation);
        let column = catalog
            .columns
            .iter()
            .find(|it| it.relation == owner.relation && it.number == owner.column);
        if let (Some(table), Some(column)) = (table, column) {
            let unit = Unit::new(ObjectKind::Column, &it.name, Step::Own.of(it.oid));
            let unit = unit.needs([it.id(), table.id()]);
            units.push(unit.sql(format!(
                "ALTER SEQUENCE {name} OWNED BY {}.{}",
                Identifier(&table.name),
                Identifier(&column.name)
            )));
        }
    }
}

/// How a sequence counts: in the block of the new schema, if it draws ids that are unique across schemata.
pub(super) fn counting(catalog: &Catalog, sequence: &Sequence, ids: Ids) -> Statement {
    let is_id = ids == Ids::Unique && catalog.id_sequences().contains(&sequence.relation);
    let is_identity = sequence.owner.is_some_and(|owner| owner.is_identity);
    let type_name = match sequence.type_ {
        // That of an identity is its column's.
        _ if is_identity => "",
        // A block is too wide for the others, which a sequence may have kept from when its column was narrower.
        _ if is_id => "AS bigint ",
        21 => "AS smallint ",
        23 => "AS integer ",
        _ => "AS bigint ",
    };
    let Sequence {
        start,
        increment,
        max,
        min,
        cache,
        cycle,
        ..
    } = sequence;
    let cycle = if *cycle { "CYCLE" } else { "NO CYCLE" };
    let rest = format!(" CACHE {cache} {cycle}");
    let statement = Statement::new(format!("{type_name}INCREMENT BY {increment} "));
    if is_id {
        return statement.range(Span::of(sequence)).text(rest);
    }
    statement.text(format!(
        "START WITH {start} MINVALUE {min} MAXVALUE {max}{rest}"
    ))
}
