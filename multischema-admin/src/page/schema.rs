//! A schema: what it is called, whether it is in use, and whose it is.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};
use multischema::{Member, RegistryError, Schema, SchemaName};

use super::form::{Pairs, Posted, check_seal, posted, seal};
use super::frame::{At, frame};
use super::schemata::{status, text};
use crate::failure::{Failure, answer};
use crate::model::FieldErrors;
use crate::schemata::{Deed, Office, users};
use crate::visit::Visit;

/// Users who are suggested.
const SUGGESTED: usize = 1000;
/// Members that are shown.
const SHOWN: usize = 500;

/// What was put into the page's forms, and what is wrong with it.
#[derive(Debug, Default)]
struct Draft {
    label: Option<String>,
    user: String,
    role: String,
    errors: FieldErrors,
}

/// Shows a schema.
pub(crate) async fn schema(visit: Visit, Path(name): Path<String>) -> Response {
    let page = async {
        let schema = found(&visit, &name).await?;
        page(&visit, schema, &Draft::default()).await
    };
    answer(&visit, page.await.map(IntoResponse::into_response)).await
}

/// Asks whether something is meant that takes something from people.
pub(crate) async fn confirm_change(
    visit: Visit,
    Path((name, word)): Path<(String, String)>,
) -> Response {
    let page = async {
        let schema = found(&visit, &name).await?;
        let query = visit.uri.query().unwrap_or_default();
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let deed = deed(&word, &Posted::new(pairs))?;
        confirmation(&visit, &schema, &deed).await
    };
    answer(&visit, page.await.map(IntoResponse::into_response)).await
}

/// Does something with it.
pub(crate) async fn change_schema(
    visit: Visit,
    Path((name, word)): Path<(String, String)>,
    form: Pairs,
) -> Response {
    let changed = changed(&visit, &name, &word, form).await;
    answer(&visit, changed).await
}

async fn changed(visit: &Visit, name: &str, word: &str, form: Pairs) -> Result<Response, Failure> {
    let schema = found(visit, name).await?;
    let posted = posted(form)?;
    let deed = deed(word, &posted)?;
    check_seal(visit, &about(&schema, &deed), &posted)?;
    let office = Office::of(visit);
    let (of, to_do) = (schema.clone(), deed.clone());
    let done = office
        .run(move |office| office.perform(&of, &to_do))
        .await?;
    match done {
        Ok(has_changed) => {
            let words = deed.done(&schema);
            visit
                .say(match has_changed {
                    true => words,
                    false => format!("{words} It was so before."),
                })
                .await;
            let path = visit.link(&format!("/schemata/{}/", schema.name));
            Ok(Redirect::to(&path).into_response())
        }
        Err(error) => {
            let mut draft = Draft::default();
            match deed {
                Deed::Label(label) => draft.label = Some(label),
                Deed::AddMember { user, role } => (draft.user, draft.role) = (user, role),
                _ => {}
            }
            let status = explain(error, &mut draft.errors)?;
            // It may be otherwise by now.
            let schema = found(visit, name).await?;
            Ok((status, page(visit, schema, &draft).await?).into_response())
        }
    }
}

/// The schema of this name. That there is none is the same as that one may not see it.
async fn found(visit: &Visit, name: &str) -> Result<Schema, Failure> {
    visit.superuser()?;
    let name: SchemaName = name.parse().map_err(|_| Failure::NotFound)?;
    let office = Office::of(visit);
    let schema = office
        .run(move |office| office.registry().get(&name))
        .await?;
    schema.map_err(Failure::of_registry)
}

fn deed(word: &str, posted: &Posted) -> Result<Deed, Failure> {
    let of = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    Deed::of(word, of).ok_or(Failure::NotFound)
}

/// What a form signs: which schema, whatever it is called meanwhile, and what is done. A form that takes something names whom it takes it from.
fn about(schema: &Schema, deed: &Deed) -> String {
    let whom = match deed {
        Deed::RemoveRole { user, role } => format!("\n{user}\n{role}"),
        _ => String::new(),
    };
    format!("schemata/{}/{}{whom}", schema.id, deed.word())
}

/// What is wrong, beside the field that it is about.
fn explain(error: RegistryError, errors: &mut FieldErrors) -> Result<StatusCode, Failure> {
    let (field, words) = match &error {
        RegistryError::InvalidLabel { kind, .. } => {
            ("label", format!("This cannot be a label: {kind}."))
        }
        RegistryError::LabelTaken { .. } => ("label", "Another schema has this label.".to_owned()),
        RegistryError::InvalidUser { kind, .. } => {
            ("user", format!("This cannot be a user: {kind}."))
        }
        RegistryError::InvalidRole { kind, .. } => {
            ("role", format!("This cannot be a role: {kind}."))
        }
        RegistryError::WrongStatus { found, .. } => {
            errors.add_whole(format!("It is {found} by now. Nothing was done."));
            return Ok(StatusCode::CONFLICT);
        }
        RegistryError::Busy { .. } => {
            errors.add_whole(
                "It is being migrated, or others keep it. Nothing was done: try again in a moment.",
            );
            return Ok(StatusCode::CONFLICT);
        }
        RegistryError::StraySchema { .. } | RegistryError::MissingSchema { .. } => {
            errors.add_whole(format!("{}. Nothing was done.", sentence(&error)));
            return Ok(StatusCode::CONFLICT);
        }
        RegistryError::NotAllowed { .. } | RegistryError::Locks { .. } => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a schema was not changed"
            );
            errors.add_whole(
                "The database does not let it be done. The log of the program says why.",
            );
            return Ok(StatusCode::CONFLICT);
        }
        _ => return Err(Failure::of_registry(error)),
    };
    errors.add(field, words);
    Ok(StatusCode::UNPROCESSABLE_ENTITY)
}

fn sentence(error: &RegistryError) -> String {
    let words = error.to_string();
    let mut chars = words.chars();
    let first = chars.next().map(|it| it.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

async fn page(visit: &Visit, schema: Schema, draft: &Draft) -> Result<Markup, Failure> {
    let name = schema.name.clone();
    let office = Office::of(visit);
    let members = office
        .run(move |office| office.registry().members(&name))
        .await?;
    let members = members.map_err(Failure::of_registry)?;
    let users = visit.site.db.run(|conn| users(conn, SUGGESTED)).await?;
    let errors = &draft.errors;
    let content = html! {
        p.trail { a href=(visit.link("/schemata/")) { "Schemata" } }
        h1 { (schema.label) }
        @if !errors.is_empty() {
            div.errors role="alert" {
                p { "Nothing was saved." }
                @if !errors.whole.is_empty() { ul { @for it in &errors.whole { li { (it) } } } }
            }
        }
        dl.facts {
            dt { "Name" } dd { (schema.name) }
            dt { "Status" } dd { (status(schema.status)) }
            dt { "Number" } dd { (schema.id) }
        }
        p.buttons { @for deed in Deed::possible(schema.status) { (button(visit, &schema, deed)) } }
        form.object method="post" action=(path(visit, &schema, "label")) {
            fieldset {
                legend { "Label" }
                (seal(visit, &about(&schema, &Deed::Label(String::new()))))
                (text("label", "Label", draft.label.as_deref().unwrap_or(&schema.label), errors.of("label"), Some("What people call it."), true))
                p.buttons { button { "Save the label" } }
            }
        }
        section {
            h2 { "Members" }
            (table(visit, &schema, &members))
            (form(visit, &schema, draft, &users))
        }
    };
    let error = if errors.is_empty() { "" } else { "Error: " };
    let title = format!("{error}{} – Schemata", schema.label);
    Ok(frame(visit, &title, At::Nowhere, &content).await)
}

fn path(visit: &Visit, schema: &Schema, word: &str) -> String {
    visit.link(&format!("/schemata/{}/{word}/", schema.name))
}

/// What can be done at once; or a link to where it is asked whether it is meant.
fn button(visit: &Visit, schema: &Schema, deed: &Deed) -> Markup {
    let path = path(visit, schema, deed.word());
    html! {
        @match deed.warning(schema) {
            Some(_) => a.button href=(path) { (deed.label()) "…" },
            None => form method="post" action=(path) {
                (seal(visit, &about(schema, deed)))
                button.primary { (deed.label()) }
            },
        }
    }
}

async fn confirmation(visit: &Visit, schema: &Schema, deed: &Deed) -> Result<Markup, Failure> {
    let warning = deed.warning(schema).ok_or(Failure::NotFound)?;
    let title = format!("{} – {}", deed.label(), schema.label);
    let content = html! {
        section.card.narrow {
            h1 { (deed.label()) ": " (schema.label) }
            p { (warning) }
            form method="post" action=(path(visit, schema, deed.word())) {
                (seal(visit, &about(schema, deed)))
                @if let Deed::RemoveRole { user, role } = deed {
                    input type="hidden" name="user" value=(user);
                    input type="hidden" name="role" value=(role);
                }
                p.buttons {
                    button.danger { (deed.label()) }
                    a.button href=(visit.link(&format!("/schemata/{}/", schema.name))) { "Leave it as it is" }
                }
            }
        }
    };
    Ok(frame(visit, &title, At::Nowhere, &content).await)
}

fn table(visit: &Visit, schema: &Schema, members: &[Member]) -> Markup {
    if members.is_empty() {
        return html! { p.notice { "It has none. Superusers can use it." } };
    }
    let remove = |user: &str, role: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("user", user).append_pair("role", role);
        format!("{}?{}", path(visit, schema, "remove_role"), query.finish())
    };
    html! {
        table.list {
            caption { "Members and their roles" }
            thead { tr { th scope="col" { "User" } th scope="col" { "Roles" } } }
            tbody { @for it in members.iter().take(SHOWN) {
                tr {
                    th scope="row" { (it.user) }
                    td { ul.roles { @for role in &it.roles {
                        li { (role) " " a href=(remove(&it.user, role)) { "Remove" span.unseen { " the role " (role) " of " (it.user) } } }
                    } } }
                }
            } }
        }
        @if members.len() > SHOWN { p.note { (members.len() - SHOWN) " more are not shown." } }
    }
}

fn form(visit: &Visit, schema: &Schema, draft: &Draft, users: &[String]) -> Markup {
    let nobody = Deed::AddMember {
        user: String::new(),
        role: String::new(),
    };
    let errors = &draft.errors;
    html! {
        form.object method="post" action=(path(visit, schema, "add_member")) {
            fieldset {
                legend { "Add a member, or a role" }
                (seal(visit, &about(schema, &nobody)))
                div.field.has-error[!errors.of("user").is_empty()] {
                    label for="s-user" { "User" span.required aria-hidden="true" { " *" } }
                    input #s-user name="user" value=(draft.user) required list="s-users" autocomplete="off" spellcheck="false"
                        aria-describedby="s-user-help" aria-invalid=[(!errors.of("user").is_empty()).then_some("true")];
                    datalist #s-users { @for it in users { option value=(it) {} } }
                    p.help #s-user-help { "Users of this site are suggested. One of the application's own can be a member, too." }
                    @if !errors.of("user").is_empty() { ul.errors { @for it in errors.of("user") { li { (it) } } } }
                }
                (text("role", "Role", &draft.role, errors.of("role"), None, true))
                p.buttons { button { "Add" } }
            }
        }
    }
}
