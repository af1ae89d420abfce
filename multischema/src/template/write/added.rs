//! A column that is added to a table which has rows.

use super::super::Ids;
use super::super::statement::Statement;
use super::apart::Apart;
use super::table::Tables;
use crate::catalog::{Catalog, Column, Default, Relation, RelationKind};
use crate::quoted::{Identifier, list};

/// What adds a column at the end of a table, if that asks nothing of the rows that are there, draws no ids for them, and
/// concerns no other table.
pub(in crate::template) fn added_column(
    catalog: &Catalog,
    ids: Ids,
    it: &Relation,
    column: &Column,
) -> Option<Vec<Statement>> {
    let is_plain = it.kind == RelationKind::Table && !it.is_partition && it.of_type == 0;
    let has_parents = catalog.parents.iter().any(|parent| parent.child == it.oid);
    let mut defaults = catalog.defaults.iter();
    let default = defaults.find(|default| Catalog::is_of(column, default));
    let draws = column.identity != ' ' || default.is_some_and(|it| Default::sequence(it).is_some());
    let is_computed = column.generated != ' ';
    let is_demanding = column.not_null && default.is_none();
    if !is_plain || has_parents || draws || is_computed || is_demanding {
        return None;
    }
    let apart = Apart::default();
    let tables = Tables::of(catalog, &apart, ids);
    let table = Identifier(&it.name);
    let add = Statement::new(format!("ALTER TABLE {table} ADD COLUMN "));
    let mut statements = vec![add.then(tables.column(it, column))];
    let changes = tables.changes(it, column);
    if !changes.is_empty() {
        statements.push(Statement::new(format!(
            "ALTER TABLE ONLY {table} {}",
            list(changes)
        )));
    }
    Some(statements)
}
