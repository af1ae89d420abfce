//! The table of a list.

use std::collections::HashMap;

use maud::{Markup, html};

use super::act::acts;
use super::asked::Asked;
use super::chosen::fields_of_all;
use crate::model::{Cells, Order};
use crate::rows::{Count, ListPage, ListRow};
use crate::structure::{Column, Kind, Table};
use crate::visit::{Shown, Visit};

/// Characters of a value that are shown.
const SHOWN: usize = 200;

/// Rows, with what can be done with those that are chosen.
pub(crate) fn table(
    visit: &Visit,
    shown: Shown<'_>,
    asked: &Asked,
    columns: &[String],
    page: &ListPage,
) -> Markup {
    let Shown { model, table } = shown;
    if page.rows.is_empty() {
        let words = if asked.is_filtered() {
            "Nothing is like that."
        } else {
            "There is nothing yet."
        };
        return html! { p.notice { (words) } };
    }
    let can = acts(visit, model);
    let acts = !can.is_empty();
    let from = asked.query(&[]);
    let content = html! {
        table.list {
            caption.unseen { (model.title) }
            thead { tr {
                @if acts { th scope="col" { span.unseen { "Chosen" } } }
                @for column in columns { (heading(visit, shown, asked, column)) }
                @for it in &model.computed { th scope="col" { (it.label) } }
            } }
            tbody {
                @for row in &page.rows {
                    tr {
                        @if acts {
                            td { input type="checkbox" name="key" value=(row.key) aria-label={ "Choose " (first(row)) }; }
                        }
                        @for (rank, (column, cell)) in columns.iter().zip(&row.cells).enumerate() {
                            @if rank == 0 {
                                th scope="row" { a href=(object(visit, &model.name, row, &from)) { (value(table, column, cell.as_deref())) } }
                            } @else {
                                td { (value(table, column, cell.as_deref())) }
                            }
                        }
                        @for text in computed(shown, columns.len(), row) { td { (text) } }
                    }
                }
            }
        }
    };
    if !acts {
        return content;
    }
    html! {
        form method="post" action=(visit.link(&format!("/m/{}/", model.name))) {
            (super::form::signature(visit, model, "list"))
            div.actions {
                label for="action" { "With those that are chosen" }
                select #action name="action" {
                    option value="" { "…" }
                    @for (name, label) in can { option value=(name) { (label) } }
                }
                @if let Count::Exactly(count) = page.count {
                    @if count > page.rows.len() {
                        label { input type="checkbox" name="all" value="1"; " All " (count) ", on all pages" }
                    }
                }
                (fields_of_all(visit, model, &from))
                button { "Do" }
            }
            (content)
        }
    }
}

fn first(row: &ListRow) -> &str {
    row.cells.first().and_then(Option::as_deref).unwrap_or("-")
}

fn object(visit: &Visit, name: &str, row: &ListRow, from: &str) -> String {
    let list = match from {
        "" => String::new(),
        from => {
            let from: String = form_urlencoded::byte_serialize(from.as_bytes()).collect();
            format!("?list={from}")
        }
    };
    visit.link(&format!("/m/{name}/o/{}/{list}", row.key.segment()))
}

/// What a column is called, and how the list is sorted by it: first by one that is asked for, then by those before.
fn heading(visit: &Visit, shown: Shown<'_>, asked: &Asked, column: &str) -> Markup {
    let Shown { model, table } = shown;
    let label = model.label(column);
    let sorts = table.column(column).is_some_and(Column::sorts);
    if !sorts {
        return html! { th scope="col" { (label) } };
    }
    let current = if asked.order.is_empty() {
        &model.order
    } else {
        &asked.order
    };
    let found = current.iter().find(|it| it.column == column);
    let direction = found.map(|it| {
        if it.is_descending {
            "descending"
        } else {
            "ascending"
        }
    });
    let turned = Order {
        column: column.to_owned(),
        is_descending: found.is_some_and(|it| !it.is_descending),
    };
    let others = current.iter().filter(|it| it.column != column).take(2);
    let order: Vec<String> = std::iter::once(&turned)
        .chain(others)
        .map(|it| format!("{}{}", if it.is_descending { "-" } else { "" }, it.column))
        .collect();
    let query = asked.query(&[("o", &order.join(","))]);
    html! {
        th scope="col" aria-sort=[direction] {
            a href=(visit.link(&format!("/m/{}/?{query}", model.name))) { (label) }
        }
    }
}

fn computed(shown: Shown<'_>, before: usize, row: &ListRow) -> Vec<String> {
    let mut cells = row.cells.iter().skip(before).map(Option::as_deref);
    let each = shown.model.computed.iter().map(|it| {
        let names = it.of.iter().map(String::as_str);
        let values: HashMap<&str, Option<&str>> = names.zip(cells.by_ref()).collect();
        (it.compute)(&Cells(values))
    });
    each.collect()
}

/// A value in a list.
pub(crate) fn value(table: &Table, column: &str, value: Option<&str>) -> Markup {
    let kind = table.column(column).map(Column::kind);
    let is_reference = table.foreign_of(column).is_some();
    match (value, kind) {
        (None, _) => html! { span.null { "-" } },
        (Some("true"), Some(Kind::Bool)) => html! { span.yes { "✓" span.unseen { "Yes" } } },
        (Some("false"), Some(Kind::Bool)) => html! { span.no { "✗" span.unseen { "No" } } },
        (Some(number), Some(Kind::Integer | Kind::Number | Kind::Date | Kind::Time))
            if !is_reference =>
        {
            html! { span.number { (number) } }
        }
        (Some(text), _) => match text.char_indices().nth(SHOWN) {
            Some((end, _)) => html! { (text[..end]) "…" },
            None => html! { (text) },
        },
    }
}
