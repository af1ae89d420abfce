//! A list.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maud::{Markup, html};
use multischema_axum::DbError;

use super::asked::Asked;
use super::field;
use super::frame::{At, frame};
use super::layout::Room;
use super::table;
use crate::auth::Action;
use crate::failure::{Failure, answer};
use crate::model::Registration;
use crate::rows::{
    Choices, Condition, Count, List, ListPage, ListRow, Paging, Shown as ShownColumn,
    is_about_value,
};
use crate::structure::{Kind, Table};
use crate::visit::{Shown, Visit};

/// Columns that are shown if nobody says which.
const COLUMNS: usize = 6;
/// Rows that a filter by a foreign key lists.
const CHOICES: usize = 200;

/// Shows a list; where no schema is selected, the page that says so is no error.
pub(crate) async fn list(visit: Visit, Path(name): Path<String>) -> Response {
    let page = page(&visit, &name).await;
    let is_notice = matches!(page, Err(Failure::NoSchema));
    let mut response = answer(&visit, page.map(IntoResponse::into_response)).await;
    if is_notice {
        *response.status_mut() = StatusCode::OK;
    }
    response
}

async fn page(visit: &Visit, name: &str) -> Result<Markup, Failure> {
    let shown = visit.shown(name, Action::View)?;
    let Shown { model, table } = shown;
    let asked = Asked::parse(visit.uri.query().unwrap_or_default(), shown)?;
    let (list, has_edges) = wanted(visit, shown, &asked)?;
    let columns = columns(model, table);
    let page = visit
        .run(model.home, list)
        .await
        .map_err(|it| bad_value(it, table))?;
    let filters = filters(visit, shown, &asked, &page)?;
    let rows = table::table(visit, shown, &asked, &columns, &page);
    let content = html! {
        (Room::around(&rows))
        div.head {
            h1 { (model.title) }
            @if visit.may(model, Action::Add) {
                a.button.primary href=(visit.link(&format!("/m/{name}/add/"))) { "Add" span.unseen { " to " (model.title) } }
            }
        }
        @match (&visit.here, model.home) {
            (Some(here), crate::model::Home::Tenant) => p.note { "Only displaying objects from " (here.label) "." },
            _ => p.note { "Shared by all schemata." },
        }
        @if let Some(comment) = &table.comment { p.note { (comment) } }
        (search(visit, model, &asked))
        div.columns {
            div.rows {
                (rows)
                (pages(visit, name, &asked, &page, has_edges, model.per_page))
                (super::export::links(visit, name, &asked))
            }
            @if !model.filters.is_empty() { (filters) }
        }
    };
    Ok(frame(visit, &model.title, At::Anywhere, &content).await)
}

/// A value that is none of its column's type is the user's mistake, or that of whoever made a link.
pub(crate) fn bad_value(failure: Failure, table: &Table) -> Failure {
    match failure {
        Failure::Database(DbError::Query(error)) if is_about_value(&error, table) => {
            Failure::Parameter(format!(
                "There is a value that its column cannot have: {error}."
            ))
        }
        failure => failure,
    }
}

/// The columns of a list.
pub(crate) fn columns(model: &Registration, table: &Table) -> Vec<String> {
    let all = || table.columns.iter().map(|it| it.name.clone());
    match model.list.is_empty() {
        true => all().take(COLUMNS).collect(),
        // One that the template lacks is not asked for.
        false => model
            .list
            .iter()
            .filter(|it| table.column(it).is_some())
            .cloned()
            .collect(),
    }
}

/// The rows that are asked for, and whether pages go by their keys.
pub(crate) fn wanted(
    visit: &Visit,
    shown: Shown<'_>,
    asked: &Asked,
) -> Result<(List, bool), Failure> {
    let Shown { model, table } = shown;
    let (order, has_edges) = asked.whole_order(shown);
    let paging = match &asked.paging {
        Paging::After(edge) | Paging::Before(edge)
            if !has_edges || !edge.fits(order.len(), table.key.len()) =>
        {
            return Err(Failure::Parameter("This list has no such page.".to_owned()));
        }
        paging => paging.clone(),
    };
    let listed = columns(model, table)
        .into_iter()
        .map(|column| referring(visit, table, column));
    let computed = model.computed.iter().flat_map(|it| it.of.iter().cloned());
    let listed = listed.chain(computed.map(ShownColumn::Whole));
    let index = match &*asked.conditions {
        [Condition::Is { column, .. }] => {
            let columns = order.iter().map(|it| &*it.column);
            let turns = order
                .windows(2)
                .any(|it| it[0].is_descending != it[1].is_descending);
            table.index(column, columns).filter(|_| !turns)
        }
        _ => None,
    };
    let list = List {
        of: visit.relation(table)?,
        key: table.key.clone(),
        shown: listed.collect(),
        conditions: asked.conditions.clone(),
        order,
        paging,
        limit: model.per_page,
        choices: choices(visit, shown)?.into_iter().map(|it| it.1).collect(),
        is_usual: asked.is_usual(),
        index,
    };
    Ok((list, has_edges))
}

/// What is shown of a column: of a foreign key what it refers to, if the user may see that.
fn referring(visit: &Visit, table: &Table, column: String) -> ShownColumn {
    let foreign = table.foreign_of(&column);
    let found = foreign.and_then(|foreign| {
        let to = visit.structure.referred(foreign)?;
        let model = visit.model_of(to)?;
        Some((foreign.to_columns.first()?, to, model))
    });
    match found {
        Some((to_column, to, model)) => match visit.relation(to) {
            Ok(relation) => ShownColumn::Referred {
                column,
                to: relation,
                to_column: to_column.clone(),
                display: display(model, to),
            },
            Err(_) => plain(table, column),
        },
        None => plain(table, column),
    }
}

/// A value of some types is short, whatever it is.
fn plain(table: &Table, column: String) -> ShownColumn {
    let is_short = |kind| {
        matches!(
            kind,
            Kind::Bool
                | Kind::Integer
                | Kind::Date
                | Kind::Time
                | Kind::Timestamp
                | Kind::TimestampTz
        )
    };
    match table.column(&column).is_some_and(|it| is_short(it.kind())) {
        true => ShownColumn::Whole(column),
        false => ShownColumn::Column(column),
    }
}

/// The columns that an object is called by.
pub(crate) fn display(model: &Registration, table: &Table) -> Vec<String> {
    let known = model.display.iter().filter(|it| table.column(it).is_some());
    let known: Vec<String> = known.cloned().collect();
    match known.is_empty() {
        true => table.display(),
        false => known,
    }
}

fn search(visit: &Visit, model: &Registration, asked: &Asked) -> Markup {
    html! {
        @if !model.search.is_empty() {
            form.search method="get" role="search" aria-label={ "Search " (model.title) } action=(visit.link(visit.uri.path())) {
                @for (name, value) in asked.others(|it| it == "q") { input type="hidden" name=(name) value=(value); }
                label.unseen for="q" { "Search" }
                input #q type="search" name="q" value=(asked.q) data-key="/";
                button { "Search" }
                @if asked.is_filtered() { a href=(visit.link(visit.uri.path())) { "Show all" } }
            }
        }
    }
}

fn filters(
    visit: &Visit,
    shown: Shown<'_>,
    asked: &Asked,
    page: &ListPage,
) -> Result<Markup, Failure> {
    let Shown { model, table } = shown;
    let referring = choices(visit, shown)?;
    let found = |column: &str| {
        let rank = referring.iter().position(|it| it.0 == column)?;
        let choices = page.choices.get(rank)?;
        let are_few = choices.len() <= CHOICES;
        are_few.then(|| {
            let choices = choices.iter();
            choices.map(|it| (&*it.value, &*it.label)).collect()
        })
    };
    let mut fields = Vec::new();
    for column in model.filters.iter().filter_map(|it| table.column(it)) {
        let label = model.label(&column.name);
        let is = format!("is.{}", column.name);
        let options: Option<Vec<(&str, &str)>> = match (found(&column.name), column.kind()) {
            (Some(choices), _) => Some(choices),
            (None, Kind::Bool) => Some(vec![("true", "Yes"), ("false", "No")]),
            (None, Kind::Enum) => Some(column.labels.iter().map(|it| (&**it, &**it)).collect()),
            (None, _) => None,
        };
        let is_range = matches!(
            column.kind(),
            Kind::Date
                | Kind::Time
                | Kind::Timestamp
                | Kind::TimestampTz
                | Kind::Integer
                | Kind::Number
        );
        fields.push(html! {
            @match options {
                Some(options) => (select(&label, &is, asked.value(&is), &options)),
                None if is_range => {
                    fieldset {
                        legend { (label) }
                        @for (what, word) in [("from", "From"), ("to", "To")] {
                            @let name = format!("{what}.{}", column.name);
                            label { (word) input type=(field::input_type(column.kind())) step="any" name=(name) value=(asked.value(&name)); }
                        }
                    }
                }
                None => p.field { label { (label) " is" input name=(is) value=(asked.value(&is)); } }
            }
            @if !column.not_null {
                @let null = format!("null.{}", column.name);
                (select(&format!("{label} is empty"), &null, asked.value(&null), &[("yes", "Yes"), ("no", "No")]))
            }
        });
    }
    let is_own = |name: &str| name.contains('.');
    Ok(html! {
        form.filters method="get" action=(visit.link(visit.uri.path())) aria-label="Filters" {
            h2 { "Filter" }
            @for (name, value) in asked.others(is_own) { input type="hidden" name=(name) value=(value); }
            @for field in &fields { (field) }
            p.buttons {
                button.primary { "Apply" }
                @if asked.is_filtered() { a href=(visit.link(visit.uri.path())) { "Clear" } }
            }
        }
    })
}

fn select(label: &str, name: &str, value: &str, options: &[(&str, &str)]) -> Markup {
    let is_known = value.is_empty() || options.iter().any(|it| it.0 == value);
    html! {
        p.field {
            label for={ "f-" (name) } { (label) }
            select id={ "f-" (name) } name=(name) {
                option value="" { "All" }
                @for (option, label) in options { option value=(option) selected[*option == value] { (label) } }
                @if !is_known { option value=(value) selected { (value) } }
            }
        }
    }
}

/// The columns of filters that refer to rows which the user may see, and how these are found: one more than a filter lists, if there are.
fn choices(visit: &Visit, shown: Shown<'_>) -> Result<Vec<(String, Choices)>, Failure> {
    let Shown { model, table } = shown;
    let mut all = Vec::new();
    for column in model.filters.iter().filter(|it| table.column(it).is_some()) {
        if let Some((_, choices)) = referred(visit, table, column)? {
            let limit = CHOICES + 1;
            all.push((column.clone(), Choices { limit, ..choices }));
        }
    }
    Ok(all)
}

/// How the rows are found that a column refers to, if the user may see them.
pub(crate) fn referred(
    visit: &Visit,
    table: &Table,
    column: &str,
) -> Result<Option<(crate::model::Home, Choices)>, Failure> {
    let found = table.foreign_of(column).and_then(|foreign| {
        let to = visit.structure.referred(foreign)?;
        Some((foreign.to_columns.first()?, to, visit.model_of(to)?))
    });
    let Some((to_column, to, model)) = found else {
        return Ok(None);
    };
    let choices = Choices {
        of: visit.relation(to)?,
        column: to_column.clone(),
        display: display(model, to),
        words: Vec::new(),
        only: None,
        limit: CHOICES,
    };
    Ok(Some((to.home(), choices)))
}

fn pages(
    visit: &Visit,
    name: &str,
    asked: &Asked,
    page: &ListPage,
    has_edges: bool,
    per_page: usize,
) -> Markup {
    let link = |more: &[(&str, &str)]| {
        let query = asked.query(more);
        visit.link(&format!(
            "/m/{name}/{}{query}",
            if query.is_empty() { "" } else { "?" }
        ))
    };
    let skipped = match asked.paging {
        Paging::Skip(rows) => rows,
        _ => 0,
    };
    let edge = |row: Option<ListRow<'_>>| row.map(|it| it.edge().text()).unwrap_or_default();
    let before = match has_edges {
        true => link(&[("before", &edge(page.rows().next()))]),
        false => link(&[("skip", &skipped.saturating_sub(per_page).to_string())]),
    };
    let after = match has_edges {
        true => link(&[("after", &edge(page.rows().next_back()))]),
        false => link(&[("skip", &(skipped + per_page).to_string())]),
    };
    html! {
        nav.pages aria-label="Pages" {
            span.count { (count(page.count)) }
            @if page.has_before {
                a href=(link(&[])) { "First" }
                a rel="prev" href=(before) { "Previous" }
            }
            @if page.has_after {
                a rel="next" href=(after) { "Next" }
                @if has_edges { a href=(link(&[("last", "1")])) { "Last" } }
            }
        }
    }
}

fn count(count: Count) -> String {
    match count {
        Count::Exactly(1) => "1 row".to_owned(),
        Count::Exactly(rows) => format!("{rows} rows"),
        Count::MoreThan(rows) => format!("more than {rows} rows"),
        Count::About(rows) => format!("about {rows} rows"),
    }
}
