//! The table of a list.

use std::collections::HashMap;

use maud::{Markup, Render, html};

use super::act::acts;
use super::asked::Asked;
use super::chosen::fields_of_all;
use crate::model::{Cells, Order};
use crate::rows::{Count, ListPage, ListRow, segment};
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
    let count = page.rows().len();
    if count == 0 {
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
    let links = Links::new(visit, &model.name, &from);
    let looks: Vec<Look> = columns.iter().map(|it| Look::of(table, it)).collect();
    let content = html! {
        table.list {
            caption.unseen { (model.title) }
            thead { tr {
                @if acts { th scope="col" { span.unseen { "Chosen" } } }
                @for column in columns { (heading(visit, shown, asked, column)) }
                @for it in &model.computed { th scope="col" { (it.label) } }
            } }
            tbody {
                @for row in page.rows() {
                    @let key = row.key().to_string();
                    tr {
                        @if acts {
                            td { input type="checkbox" name="key" value=(Text(&key)) aria-label={ "Choose " (Text(first(row))) }; }
                        }
                        @for (rank, (look, cell)) in looks.iter().zip(row.cells()).enumerate() {
                            @if rank == 0 {
                                th scope="row" { a href={ (links.before) (segment(&key)) (links.after) } { (look.shown(cell)) } }
                            } @else {
                                td { (look.shown(cell)) }
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
                @if let Count::Exactly(all) = page.count {
                    @if all > count {
                        label { input type="checkbox" name="all" value="1"; " All " (all) ", on all pages" }
                    }
                }
                (fields_of_all(visit, model, &from))
                button { "Do" }
            }
            (content)
        }
    }
}

fn first(row: ListRow<'_>) -> &str {
    row.cells().next().flatten().unwrap_or("-")
}

/// Addresses of objects: what is before the key, and after it.
struct Links {
    before: Markup,
    after: Markup,
}

impl Links {
    fn new(visit: &Visit, name: &str, from: &str) -> Self {
        let from = match from {
            "" => String::new(),
            from => {
                let from: String = form_urlencoded::byte_serialize(from.as_bytes()).collect();
                format!("?list={from}")
            }
        };
        let before = visit.link(&format!("/m/{name}/o/"));
        Self {
            before: html! { (before) },
            after: html! { "/" (from) },
        }
    }
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

fn computed(shown: Shown<'_>, before: usize, row: ListRow<'_>) -> Vec<String> {
    let mut cells = row.cells().skip(before);
    let each = shown.model.computed.iter().map(|it| {
        let names = it.of.iter().map(String::as_str);
        let values: HashMap<&str, Option<&str>> = names.zip(cells.by_ref()).collect();
        (it.compute)(&Cells(values))
    });
    each.collect()
}

/// How the values of a column are shown.
#[derive(Debug, Clone, Copy)]
struct Look {
    kind: Option<Kind>,
    is_reference: bool,
}

impl Look {
    fn of(table: &Table, column: &str) -> Self {
        Self {
            kind: table.column(column).map(Column::kind),
            is_reference: table.foreign_of(column).is_some(),
        }
    }

    fn shown(self, value: Option<&str>) -> Value<'_> {
        Value { look: self, value }
    }
}

/// Most texts have nothing that has to be escaped, which is seen sooner than it is escaped.
struct Text<'a>(&'a str);

impl Render for Text<'_> {
    fn render_to(&self, page: &mut String) {
        let is_special = |it| matches!(it, b'&' | b'<' | b'>' | b'"');
        match self.0.bytes().any(is_special) {
            true => self.0.render_to(page),
            false => page.push_str(self.0),
        }
    }
}

/// A value in a list.
struct Value<'a> {
    look: Look,
    value: Option<&'a str>,
}

impl Render for Value<'_> {
    fn render_to(&self, page: &mut String) {
        let Look { kind, is_reference } = self.look;
        let markup = match (self.value, kind) {
            (None, _) => html! { span.null { "-" } },
            (Some("true"), Some(Kind::Bool)) => {
                html! { span.yes { "✓" span.unseen { "Yes" } } }
            }
            (Some("false"), Some(Kind::Bool)) => html! { span.no { "✗" span.unseen { "No" } } },
            (Some(number), Some(Kind::Integer | Kind::Number | Kind::Date | Kind::Time))
                if !is_reference =>
            {
                html! { span.number { (number) } }
            }
            (Some(text), _) => match text.char_indices().nth(SHOWN) {
                Some((end, _)) => html! { (text[..end]) "…" },
                // Most are like that.
                None => return Text(text).render_to(page),
            },
        };
        markup.render_to(page);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_to_be_escaped_is_escaped() {
        let ascii = (0..128).map(char::from).map(String::from);
        for text in ascii.chain(["".to_owned(), "é<i>".to_owned(), "\u{ff1c}".to_owned()]) {
            let expected = html! { (text) };
            assert_eq!(Text(&text).render().0, expected.0, "{text:?}");
        }
    }
}
