//! Which columns of a model are shown anywhere. What is not is nobody's business: no order, file, history or log tells it.

use super::draft;
use super::list;
use crate::visit::Shown;

/// The key, and what the list or the form shows, in the order of the table.
pub(crate) fn visible(shown: Shown<'_>) -> Vec<String> {
    let table = shown.table;
    let listed = list::columns(shown.model, table);
    let in_form = draft::columns(shown);
    let is_shown = |name: &String| {
        table.key.contains(name)
            || listed.contains(name)
            || in_form.iter().any(|it| it.name == *name)
    };
    let names = table.columns.iter().map(|it| it.name.clone());
    names.filter(is_shown).collect()
}
