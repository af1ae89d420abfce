//! The list of schemata, where new ones are made.

use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};
use multischema::{CreateError, NewSchema, SchemaName, SchemaStatus};

use super::form::{Pairs, check_seal, posted, seal};
use super::frame::{At, frame};
use crate::failure::{Failure, answer};
use crate::model::FieldErrors;
use crate::schemata::{Directory, Found, Listed, Office, Start};
use crate::visit::Visit;

/// Schemata on a page.
const PER_PAGE: usize = 100;
/// Words that can be looked for at once.
const MAX_WORDS: usize = 10;
/// What the form signs.
const CREATE: &str = "schemata/create";

/// What was put into the form for a new one, and what is wrong with it.
#[derive(Debug, Default)]
struct Draft {
    name: String,
    label: String,
    errors: FieldErrors,
}

/// Lists schemata.
pub(crate) async fn schemata(visit: Visit) -> Response {
    let page = page(&visit, &Draft::default()).await;
    answer(&visit, page.map(IntoResponse::into_response)).await
}

/// Makes one.
pub(crate) async fn create_schema(visit: Visit, form: Pairs) -> Response {
    let created = created(&visit, form).await;
    answer(&visit, created).await
}

async fn created(visit: &Visit, form: Pairs) -> Result<Response, Failure> {
    visit.superuser()?;
    let posted = posted(form)?;
    check_seal(visit, CREATE, &posted)?;
    let of = |name: &str| posted.get(name).unwrap_or_default().trim().to_owned();
    let mut draft = Draft {
        name: of("name"),
        label: of("label"),
        errors: FieldErrors::new(),
    };
    let status = match draft.name.parse::<SchemaName>() {
        Err(error) => {
            let words = format!("This cannot be the name of a schema: {}.", error.kind());
            draft.errors.add("name", words);
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Ok(name) => {
            let mut new = NewSchema::new(name);
            if !draft.label.is_empty() {
                new = new.label(draft.label.clone());
            }
            let office = Office::of(visit);
            match office.run(move |office| office.create(new)).await? {
                Ok(schema) => {
                    visit.say(format!("{} was created.", schema.label)).await;
                    let path = visit.link(&format!("/schemata/{}/", schema.name));
                    return Ok(Redirect::to(&path).into_response());
                }
                Err(error) => explain(error, &mut draft.errors)?,
            }
        }
    };
    Ok((status, page(visit, &draft).await?).into_response())
}

/// What is wrong, beside the field that it is about.
fn explain(error: CreateError, errors: &mut FieldErrors) -> Result<StatusCode, Failure> {
    let (field, words) = match &error {
        CreateError::AlreadyExists { .. } => {
            ("name", "There is a schema of this name already.".to_owned())
        }
        CreateError::StraySchema { .. } => (
            "name",
            "The database has something of this name that is no schema of this site's. Take another name, or have it removed."
                .to_owned(),
        ),
        CreateError::Template | CreateError::Shared { .. } => (
            "name",
            "This name is in use for what all schemata share. Take another one.".to_owned(),
        ),
        CreateError::InvalidLabel { kind, .. } => {
            ("label", format!("This cannot be a label: {kind}."))
        }
        CreateError::LabelTaken { .. } => {
            ("label", "Another schema has this label.".to_owned())
        }
        CreateError::Busy { .. } => {
            errors.add_whole("A migration is under way, or others keep what is needed. Nothing was made: try again in a moment.");
            return Ok(StatusCode::CONFLICT);
        }
        CreateError::NotAllowed { .. } | CreateError::Clone { .. } => {
            tracing::error!(error = &error as &dyn std::error::Error, "a schema was not made");
            errors.add_whole("The database does not let it be made. The log of the program says why.");
            return Ok(StatusCode::CONFLICT);
        }
        _ => return Err(Failure::of_create(error)),
    };
    errors.add(field, words);
    Ok(StatusCode::UNPROCESSABLE_ENTITY)
}

/// What a page is asked for.
#[derive(Debug, Default)]
struct Asked {
    q: String,
    status: Option<SchemaStatus>,
    start: Start,
}

impl Asked {
    fn parse(query: &str) -> Result<Self, Failure> {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            // A form sends what is left empty.
            if value.is_empty() {
                continue;
            }
            let unknown = || {
                Failure::Parameter(format!(
                    "This list has no parameter {name:?} with this value."
                ))
            };
            if value.contains('\0') {
                return Err(unknown());
            }
            let value = value.into_owned();
            match &*name {
                "q" if value.split_whitespace().count() <= MAX_WORDS => asked.q = value,
                "status" => {
                    let mut all = SchemaStatus::ALL.iter();
                    let found = all.find(|it| it.as_str() == value);
                    asked.status = Some(*found.ok_or_else(unknown)?);
                }
                "after" => asked.start = Start::After(value),
                "before" => asked.start = Start::Before(value),
                _ => return Err(unknown()),
            }
        }
        Ok(asked)
    }

    fn directory(&self) -> Directory {
        Directory {
            words: self.q.split_whitespace().map(str::to_owned).collect(),
            status: self.status,
            start: self.start.clone(),
            limit: PER_PAGE,
        }
    }

    /// The address of another page of the same.
    fn link(&self, visit: &Visit, more: Option<(&str, &str)>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let status = self.status.map_or("", SchemaStatus::as_str);
        let pairs = [("q", self.q.as_str()), ("status", status)];
        query.extend_pairs(pairs.into_iter().chain(more).filter(|it| !it.1.is_empty()));
        visit.link(&format!("/schemata/?{}", query.finish()))
    }
}

async fn page(visit: &Visit, draft: &Draft) -> Result<Markup, Failure> {
    visit.superuser()?;
    let asked = Asked::parse(visit.uri.query().unwrap_or_default())?;
    let directory = asked.directory();
    let found = visit.site.db.run(move |conn| directory.read(conn)).await?;
    let content = html! {
        h1 { "Schemata" }
        p.note { "All that there are, whoever may use them." }
        (filter(visit, &asked))
        div.rows {
            @match found.rows.is_empty() {
                true => p.notice { "There is no such schema." },
                false => (table(visit, &found.rows)),
            }
            (pages(visit, &asked, &found))
        }
        (form(visit, draft))
    };
    let title = match draft.errors.is_empty() {
        true => "Schemata",
        false => "Error: Schemata",
    };
    Ok(frame(visit, title, At::Nowhere, &content).await)
}

fn filter(visit: &Visit, asked: &Asked) -> Markup {
    html! {
        form.search method="get" role="search" aria-label="Search schemata" action=(visit.link("/schemata/")) {
            label.unseen for="q" { "Search" }
            input #q type="search" name="q" value=(asked.q) data-key="/";
            label for="status" { "Status" }
            select #status name="status" {
                option value="" { "Any" }
                @for it in SchemaStatus::ALL { option value=(it) selected[asked.status == Some(*it)] { (it) } }
            }
            button { "Search" }
            @if !asked.q.is_empty() || asked.status.is_some() { a href=(visit.link("/schemata/")) { "Show all" } }
        }
    }
}

fn table(visit: &Visit, rows: &[Listed]) -> Markup {
    html! {
        table.list {
            caption { "Schemata" }
            thead { tr {
                @for it in ["Name", "Label", "Status", "Members", "Created (UTC)"] { th scope="col" { (it) } }
            } }
            tbody { @for it in rows {
                tr {
                    th scope="row" { a href=(visit.link(&format!("/schemata/{}/", it.name))) { (it.name) } }
                    td { (it.label) }
                    td { (status(it.status)) }
                    td { span.number { (it.members) } }
                    td { (it.created) }
                }
            } }
        }
    }
}

/// A status, so that one sees which are not in use.
pub(super) fn status(status: SchemaStatus) -> Markup {
    html! { span class={ "status status-" (status) } { (status) } }
}

fn pages(visit: &Visit, asked: &Asked, found: &Found) -> Markup {
    let count = match found.count {
        1 => "1 schema".to_owned(),
        count => format!("{count} schemata"),
    };
    let name = |it: Option<&Listed>| it.map(|it| it.name.clone()).unwrap_or_default();
    html! {
        nav.pages aria-label="Pages" {
            span.count { (count) }
            @if found.has_before {
                a href=(asked.link(visit, None)) { "First" }
                a rel="prev" href=(asked.link(visit, Some(("before", &name(found.rows.first()))))) { "Previous" }
            }
            @if found.has_after {
                a rel="next" href=(asked.link(visit, Some(("after", &name(found.rows.last()))))) { "Next" }
            }
        }
    }
}

fn form(visit: &Visit, draft: &Draft) -> Markup {
    let errors = &draft.errors;
    html! {
        form.object method="post" action=(visit.link("/schemata/")) {
            fieldset {
                legend { "Make a schema" }
                (seal(visit, CREATE))
                @if !errors.whole.is_empty() {
                    div.errors role="alert" { ul { @for it in &errors.whole { li { (it) } } } }
                }
                (text("name", "Name", &draft.name, errors.of("name"),
                    Some("Letters a to z, digits and _, beginning with a letter. It is not changed here any more."), true))
                (text("label", "Label", &draft.label, errors.of("label"), Some("What people call it. By default, the name."), false))
                p.buttons { button.primary { "Create" } }
            }
        }
    }
}

/// A field for a line of text.
pub(super) fn text(
    name: &str,
    label: &str,
    value: &str,
    errors: &[String],
    help: Option<&str>,
    is_required: bool,
) -> Markup {
    let ids = [
        help.map(|_| format!("s-{name}-help")),
        (!errors.is_empty()).then(|| format!("s-{name}-error")),
    ];
    let described = ids.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let described = (!described.is_empty()).then_some(described);
    html! {
        div.field.has-error[!errors.is_empty()] {
            label for={ "s-" (name) } {
                (label)
                @if is_required { span.required aria-hidden="true" { " *" } }
            }
            input id={ "s-" (name) } name=(name) value=(value) required[is_required] autocomplete="off" spellcheck="false"
                aria-describedby=[described] aria-invalid=[(!errors.is_empty()).then_some("true")];
            @if let Some(help) = help { p.help id={ "s-" (name) "-help" } { (help) } }
            @if !errors.is_empty() {
                ul.errors id={ "s-" (name) "-error" } { @for it in errors { li { (it) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_one_of_the_page_or_refused() {
        for query in ["", "q=a%20b&status=&after=x", "status=active&before=b"] {
            assert!(Asked::parse(query).is_ok(), "{query}");
        }
        for query in ["x=1", "status=new", "q=%00", "q=1+2+3+4+5+6+7+8+9+10+11"] {
            assert!(Asked::parse(query).is_err(), "{query}");
        }
    }
}
