//! The table of a list.

use std::collections::HashMap;

use maud::{Markup, Render, html};

use super::act::acts;
use super::asked::Asked;
use super::chosen::fields_of_all;
use super::layout::Room;
use crate::model::{Cells, Order};
use crate::rows::{Count, ListPage, ListRow, segment};
use crate::structure::{Column, Kind, Table};
use crate::visit::{Shown, Visit};

/// Characters of a value that are shown.
const SHOWN: usize = 200;
/// Bytes that a cell of a table usually is.
const CELL: usize = 64;

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
        (Room(count * (columns.len() + 2) * CELL))
        table.list {
            caption.unseen { (model.title) }
            thead { tr {
                @if acts { th scope="col" { span.unseen { "Chosen" } } }
                @for column in columns { (heading(visit, shown, asked, column)) }
                @for it in &model.computed { th scope="col" { (it.label) } }
            } }
            tbody {
                @for row in page.rows() {
                    @let key = row.key_text();
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
        (Room::around(&content))
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
enum Look {
    Text,
    Number,
    Bool,
}

impl Look {
    fn of(table: &Table, column: &str) -> Self {
        let is_reference = table.foreign_of(column).is_some();
        match table.column(column).map(Column::kind) {
            Some(Kind::Bool) => Self::Bool,
            Some(Kind::Integer | Kind::Number | Kind::Date | Kind::Time) if !is_reference => {
                Self::Number
            }
            _ => Self::Text,
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

/// A value in a list. There are so many of them that each is written where it belongs, and not copied there.
struct Value<'a> {
    look: Look,
    value: Option<&'a str>,
}

impl Render for Value<'_> {
    fn render_to(&self, page: &mut String) {
        let (before, text, after) = match (self.look, self.value) {
            (_, None) => (r#"<span class="null">"#, "-", "</span>"),
            (Look::Bool, Some("true")) => (
                r#"<span class="yes">"#,
                "✓",
                r#"<span class="unseen">Yes</span></span>"#,
            ),
            (Look::Bool, Some("false")) => (
                r#"<span class="no">"#,
                "✗",
                r#"<span class="unseen">No</span></span>"#,
            ),
            (Look::Number, Some(number)) => (r#"<span class="number">"#, number, "</span>"),
            (_, Some(text)) => ("", text, ""),
        };
        // A text has at least as many bytes as characters.
        let end = match text.len() > SHOWN {
            true => text.char_indices().nth(SHOWN).map(|it| it.0),
            false => None,
        };
        page.push_str(before);
        Text(&text[..end.unwrap_or(text.len())]).render_to(page);
        if end.is_some() {
            page.push('…');
        }
        page.push_str(after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_as_its_column_is() {
        let many = "é".repeat(SHOWN);
        let more = format!("{many}é");
        let yes = html! { span.yes { "✓" span.unseen { "Yes" } } };
        let no = html! { span.no { "✗" span.unseen { "No" } } };
        for (look, value, expected) in [
            (Look::Text, None, html! { span.null { "-" } }),
            (Look::Bool, None, html! { span.null { "-" } }),
            (Look::Bool, Some("true"), yes),
            (Look::Bool, Some("false"), no),
            (Look::Text, Some("true"), html! { "true" }),
            (Look::Text, Some("<b>"), html! { "<b>" }),
            (Look::Text, Some(&many), html! { (many) }),
            (Look::Text, Some(&more), html! { (many) "…" }),
            (Look::Number, Some("-1"), html! { span.number { "-1" } }),
            (Look::Number, Some("<"), html! { span.number { "<" } }),
            (
                Look::Number,
                Some(&more),
                html! { span.number { (many) "…" } },
            ),
        ] {
            assert_eq!(
                look.shown(value).render().0,
                expected.0,
                "{look:?} {value:?}"
            );
        }
    }

    #[test]
    fn what_has_to_be_escaped_is_escaped() {
        let ascii = (0..128).map(char::from).map(String::from);
        for text in ascii.chain(["".to_owned(), "é<i>".to_owned(), "\u{ff1c}".to_owned()]) {
            let expected = html! { (text) };
            assert_eq!(Text(&text).render().0, expected.0, "{text:?}");
        }
    }
}
