//! The fleet: what is under way, what every schema has and lacks, the runs that there were, and what is not like the template.

use std::num::NonZeroUsize;

use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use multischema::{DriftReport, OnError, SchemaName};

use super::form::{Pairs, check_seal, posted, seal};
use super::frame::{At, frame};
use crate::failure::{Failure, answer};
use crate::fleet::{Comparison, MODEL, NoRun, Past, Run, Standing, State, past};
use crate::log::Entry;
use crate::rows::Key;
use crate::visit::Visit;

/// Schemata on a page.
const PER_PAGE: usize = 100;
/// Runs that are shown.
const RUNS: usize = 10;
/// Names, or differences, that are told of a group.
const TOLD: usize = 20;

/// What the forms sign.
const RUN: &str = "fleet/run";
const STOP: &str = "fleet/stop";
const COMPARE: &str = "fleet/compare";

/// Shows the fleet.
pub(crate) async fn fleet(visit: Visit) -> Response {
    let page = page(&visit).await;
    answer(&visit, page.map(IntoResponse::into_response)).await
}

/// Starts a run.
pub(crate) async fn start_run(visit: Visit, form: Pairs) -> Response {
    let started = started(&visit, form).await;
    answer(&visit, started).await
}

/// Asks the run to stop.
pub(crate) async fn stop_run(visit: Visit, form: Pairs) -> Response {
    let stopped = stopped(&visit, form).await;
    answer(&visit, stopped).await
}

/// Begins to compare schemata with the template.
pub(crate) async fn compare(visit: Visit, form: Pairs) -> Response {
    let compared = async {
        visit.superuser()?;
        check_seal(&visit, COMPARE, &posted(form)?)?;
        visit
            .say(match visit.site.fleet.compare(&visit.site.pool) {
                true => {
                    "The schemata are being compared with the template. Look again in a moment."
                }
                false => "They are being compared already. Look again in a moment.",
            })
            .await;
        Ok(back(&visit))
    };
    answer(&visit, compared.await).await
}

fn back(visit: &Visit) -> Response {
    Redirect::to(&visit.link("/fleet/")).into_response()
}

async fn started(visit: &Visit, form: Pairs) -> Result<Response, Failure> {
    visit.superuser()?;
    let posted = posted(form)?;
    check_seal(visit, RUN, &posted)?;
    let on_error = match posted.get("on_error") {
        Some("continue") => OnError::Continue,
        Some("some") => OnError::StopAfter(NonZeroUsize::new(10).unwrap_or(NonZeroUsize::MIN)),
        _ => OnError::Stop,
    };
    let words = match visit.site.fleet.start(&visit.operator.name, on_error) {
        Ok(_) => {
            note(visit, "run").await;
            "The run has begun. It goes on if you leave this page.".to_owned()
        }
        Err(NoRun::Running(run)) => {
            format!("A run is under way already, which {} has started.", run.by)
        }
        Err(NoRun::NoMigrations) => return Err(Failure::NotFound),
        Err(NoRun::NoThread(error)) => {
            tracing::error!(%error, "there is no thread for a run");
            "The run could not be started. Try again in a moment.".to_owned()
        }
    };
    visit.say(words).await;
    Ok(back(visit))
}

async fn stopped(visit: &Visit, form: Pairs) -> Result<Response, Failure> {
    visit.superuser()?;
    check_seal(visit, STOP, &posted(form)?)?;
    let run = visit.site.fleet.run().filter(|it| it.ended().is_none());
    let words = match run {
        Some(run) => {
            run.stop();
            note(visit, "stop").await;
            "It stops when the schemata in which it is at work are finished."
        }
        None => "There is no run any more.",
    };
    visit.say(words).await;
    Ok(back(visit))
}

/// Writes it into the log. It is under way by then: what cannot be written is told to whoever looks after the site.
async fn note(visit: &Visit, action: &'static str) {
    let user = visit.operator.name.clone();
    let entry = Entry {
        user: user.clone(),
        schema: None,
        model: MODEL.to_owned(),
        action: action.to_owned(),
    };
    let written = visit.site.db.run(move |conn| {
        let key = Key(vec!["run".to_owned()]);
        entry.write(conn, &key, "All schemata", &[])
    });
    if let Err(error) = written.await {
        tracing::error!(%error, user, action, "it was done, and is not in the log");
    }
}

/// What the page is asked for.
#[derive(Debug, Default)]
struct Asked {
    is_whole: bool,
    after: String,
}

impl Asked {
    fn parse(query: &str) -> Result<Self, Failure> {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match (&*name, &*value) {
                ("all", "1") => asked.is_whole = true,
                ("after", _) => asked.after = value.into_owned(),
                _ => {
                    return Err(Failure::Parameter(format!(
                        "This page has no parameter {name:?} with this value."
                    )));
                }
            }
        }
        Ok(asked)
    }
}

async fn page(visit: &Visit) -> Result<Markup, Failure> {
    visit.superuser()?;
    let asked = Asked::parse(visit.uri.query().unwrap_or_default())?;
    let fleet = &visit.site.fleet;
    let runs = visit.site.db.run(|conn| past(conn, RUNS)).await?;
    let state = fleet.state(&visit.site.db).await?;
    let content = html! {
        h1 { "Fleet" }
        p.note { "All schemata, and the migrations that they have." }
        (running(visit, fleet.run().as_deref(), &state))
        (standings(visit, &state, &asked))
        (past_runs(&runs))
        (comparison(visit, &fleet.comparison()))
    };
    Ok(frame(visit, "Fleet", At::Nowhere, &content).await)
}

/// The run that is under way, or how one is started.
fn running(visit: &Visit, run: Option<&Run>, state: &State) -> Markup {
    let end = run.and_then(Run::ended);
    html! {
        section.run aria-labelledby="run" {
            h2 #run { "Run" }
            @match (run, end) {
                (Some(run), None) => (under_way(visit, run)),
                (Some(_), Some(end)) => div.notice.errors[!end.is_ok] role="status" {
                    p { (if end.is_ok { "The last run is over. All is as it should be." } else { "The last run is over, and not all is as it should be." }) }
                    p.words { (end.message) }
                },
                (None, _) => {}
            }
            @if run.is_none_or(|it| it.ended().is_some()) { (start(visit, state)) }
        }
    }
}

fn under_way(visit: &Visit, run: &Run) -> Markup {
    let it = run.progress();
    html! {
        div data-events=(visit.link("/fleet/events")) {
            p {
                label for="run-progress" { "Progress of the run that " (run.by) " has started" }
                progress #run-progress max=(it.pending.max(1)) value=(it.done) {}
            }
            p role="status" {
                output #run-count { (it.done) " of " (it.pending) " schemata" @if it.failed > 0 { ", " (it.failed) " failed" } }
                @if run.is_stopping() { ". It is stopping." }
            }
            ul.errors data-failures {}
        }
        div.buttons {
            form method="post" action=(visit.link("/fleet/stop")) {
                (seal(visit, STOP))
                button.danger { "Stop" }
            }
            a.button href=(visit.link("/fleet/")) { "Look again" }
        }
    }
}

fn start(visit: &Visit, state: &State) -> Markup {
    if !visit.site.fleet.has_migrations() {
        return html! { p.note { "This site has no migrations. They are run by `multischema migrate run`." } };
    }
    let lacking = |all: &[Standing]| all.iter().filter(|it| !it.behind.is_empty()).count();
    let count = lacking(&state.schemata);
    let is_current = lacking(&state.shared) == 0 && count == 0;
    html! {
        @if is_current {
            p { "Nothing is to be done: all have all migrations." }
        } @else {
            p { "A run applies what is lacking in what all share, in the template and in " (count) (if count == 1 { " schema." } else { " schemata." }) }
        }
        form.buttons method="post" action=(visit.link("/fleet/run")) {
            (seal(visit, RUN))
            label for="on_error" { "If a schema fails" }
            select #on_error name="on_error" {
                option value="stop" { "begin no other" }
                option value="some" { "go on until ten have" }
                option value="continue" { "go on" }
            }
            button.primary { "Start a run" }
        }
    }
}

fn standings(visit: &Visit, state: &State, asked: &Asked) -> Markup {
    let wrong = state.schemata.iter().filter(|it| !it.is_ok()).count();
    let right = state.schemata.len() - wrong;
    let shown = state
        .schemata
        .iter()
        .filter(|it| asked.is_whole || !it.is_ok())
        .filter(|it| asked.after.is_empty() || it.name > asked.after);
    let mut shown: Vec<&Standing> = shown.take(PER_PAGE + 1).collect();
    let has_more = shown.len() > PER_PAGE;
    shown.truncate(PER_PAGE);
    let last = shown.last().map(|it| it.name.clone()).unwrap_or_default();
    let all = if asked.is_whole { "all=1&" } else { "" };
    html! {
        section aria-labelledby="state" {
            h2 #state { "State" }
            p { (right) " up to date" @if wrong > 0 { ", " strong { (wrong) " not" } } }
            @if !state.shared.is_empty() || !shown.is_empty() {
                table.list {
                    caption { "What schemata lack" }
                    thead { tr { @for it in ["Schema", "Status", "Migrations"] { th scope="col" { (it) } } } }
                    tbody {
                        @if asked.after.is_empty() {
                            @for it in &state.shared { tr { th scope="row" { (it.name) } td {} td { (standing(it)) } } }
                        }
                        @for it in &shown {
                            tr {
                                th scope="row" { a href=(visit.link(&format!("/schemata/{}/", it.name))) { (it.name) } }
                                td { (it.status.as_deref().unwrap_or_default()) }
                                td { (standing(it)) }
                            }
                        }
                    }
                }
            }
            nav.pages aria-label="Schemata" {
                @if !asked.after.is_empty() { a href=(visit.link(&format!("/fleet/?{}", all.trim_end_matches('&')))) { "First" } }
                @if has_more { a rel="next" href=(visit.link(&format!("/fleet/?{all}after={last}"))) { "Next" } }
                @match asked.is_whole {
                    true => a href=(visit.link("/fleet/")) { "Only those that are not up to date" },
                    false => a href=(visit.link("/fleet/?all=1")) { "All schemata" },
                }
            }
        }
    }
}

fn standing(it: &Standing) -> Markup {
    if !it.exists {
        return html! { span.no { "The registry has it, and PostgreSQL has not." } };
    }
    html! {
        @if it.is_ok() { span.yes { "up to date" } }
        @if !it.behind.is_empty() { p { span.no { (it.behind.len()) " behind" } ": " (some(&it.behind)) } }
        @if !it.ahead.is_empty() { p { span.no { (it.ahead.len()) " ahead" } ": " (some(&it.ahead)) } }
        @if let Some(words) = &it.failed { p.errors { "Failed: " (words) } }
    }
}

fn past_runs(runs: &[Past]) -> Markup {
    html! {
        section aria-labelledby="runs" {
            h2 #runs { "Runs" }
            @if runs.is_empty() { p.notice { "There was none that had something to do." } }
            @else {
                table.list {
                    caption { "The last runs" }
                    thead { tr { @for it in ["Number", "What", "State", "Began (UTC)", "Took", "Schemata"] { th scope="col" { (it) } } } }
                    tbody { @for run in runs {
                        tr {
                            th scope="row" { (run.id) }
                            td { (run.kind) }
                            td { (run.state) @if let Some(words) = &run.message { p.errors { (words) } } }
                            td { (run.started) }
                            td { @if let Some(seconds) = run.seconds { (format!("{seconds:.1} s")) } }
                            td {
                                @for (outcome, count) in &run.outcomes { p { (count) " " (outcome) } }
                                @if !run.failed.is_empty() {
                                    ul.errors { @for it in &run.failed { li { (it.name) ": " (it.message.as_deref().unwrap_or_default()) } } }
                                }
                            }
                        }
                    } }
                }
            }
        }
    }
}

fn comparison(visit: &Visit, comparison: &Comparison) -> Markup {
    html! {
        section aria-labelledby="drift" {
            h2 #drift { "Drift" }
            @match comparison {
                Comparison::None => p.note { "Whether schemata have the structure of the template is found out when it is asked for." },
                Comparison::UnderWay => p role="status" { "The schemata are being compared with the template. " a href=(visit.link("/fleet/")) { "Look again" } },
                Comparison::Failed(words) => p.errors role="alert" { "The schemata could not be compared: " (words) },
                Comparison::Done { at, report } => {
                    p.note { "As it was on " (at.format("%Y-%m-%d %H:%M:%S")) " UTC." }
                    (drifted(report))
                }
            }
            @if !matches!(comparison, Comparison::UnderWay) {
                form.buttons method="post" action=(visit.link("/fleet/compare")) {
                    (seal(visit, COMPARE))
                    button { "Compare with the template" }
                }
            }
        }
    }
}

fn drifted(report: &DriftReport) -> Markup {
    let names = |all: &[SchemaName]| some(&all.iter().map(ToString::to_string).collect::<Vec<_>>());
    html! {
        p { (report.equal().len()) " are like the template." }
        @for group in report.differing() {
            div.notice {
                p { strong { (group.schemata.len()) (if group.schemata.len() == 1 { " differs" } else { " differ alike" }) } ": " (names(&group.schemata)) }
                ul {
                    @for it in group.differences.iter().take(TOLD) { li { (it) } }
                    @if group.differences.len() > TOLD { li { (group.differences.len() - TOLD) " more" } }
                }
                @if !group.repairs.is_empty() { p.note { (group.repairs.len()) " of it can be repaired: `multischema check` shows how." } }
            }
        }
        @if !report.missing.is_empty() { p.errors { "Not in PostgreSQL: " (names(&report.missing)) } }
        @for it in &report.unread { p.errors { (it.schema) " could not be read: " (it.source) } }
    }
}

/// The first of some, and how many there are besides.
fn some(all: &[String]) -> String {
    let told = all
        .iter()
        .take(TOLD)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match all.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}
