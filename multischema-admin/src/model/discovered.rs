//! Tables that nobody has registered, and how they are shown.

use super::home::Home;
use super::registration::Registration;
use crate::structure::{Column, Kind, Structure, Table};

/// Columns that are shown in a list.
const LISTED: usize = 6;
/// Columns that are searched.
const SEARCHED: usize = 4;

/// A registration for each table with a key that is not among `known`.
pub(crate) fn discovered(structure: &Structure, known: &[Registration]) -> Vec<Registration> {
    let mut found: Vec<Registration> = Vec::new();
    for table in structure.tables.iter().filter(|it| !it.key.is_empty()) {
        let is_known = known.iter().any(|it| {
            it.table == table.name
                && it.home == table.home()
                && it.schema.as_ref().is_none_or(|it| *it == table.schema)
        });
        if is_known {
            continue;
        }
        let mut registration = registration(table);
        let all = || known.iter().chain(&found);
        if all().any(|it| it.name == registration.name) {
            registration.name = format!("{}.{}", table.schema, table.name);
        }
        found.push(registration);
    }
    found
}

fn registration(table: &Table) -> Registration {
    let schema = (table.home() == Home::Global).then(|| table.schema.clone());
    let mut registration = Registration::new(table.home(), schema, table.name.clone());
    let names = |wanted: &dyn Fn(&Column) -> bool| -> Vec<String> {
        let wanted = table.columns.iter().filter(|it| wanted(it));
        wanted.map(|it| it.name.clone()).collect()
    };
    // What a row is called by comes first.
    let display = table.display();
    let others = names(&|it| is_short(it) && !display.contains(&it.name));
    registration.list = display.iter().cloned().chain(others).take(LISTED).collect();
    let is_text = |it: &Column| matches!(it.kind(), Kind::Text | Kind::Line) && !is_secret(it);
    registration.search = names(&is_text);
    registration.search.truncate(SEARCHED);
    registration.filters = names(&|it| {
        matches!(it.kind(), Kind::Bool | Kind::Enum) || table.foreign_of(&it.name).is_some()
    });
    registration
}

/// Whether a list has room for it.
fn is_short(column: &Column) -> bool {
    let is_long = matches!(column.kind(), Kind::Json | Kind::Array | Kind::Composite);
    !is_long && column.type_name != "bytea" && !is_secret(column)
}

/// What is called so is nobody's business in a list; the form of the object has it.
fn is_secret(column: &Column) -> bool {
    let words = ["password", "secret", "token"];
    words.iter().any(|it| column.name.contains(it))
}
