//! Migrating the fleet.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use multischema::{FleetReport, FleetStatus, History, MigrateError, Migrator, OnError, Stop};
use serde::Serialize;

use crate::args::{How, MigrateCommand, Where};
use crate::config::Config;
use crate::connect;
use crate::events::Lines;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::folder::Folder;
use crate::output::Output;
use crate::progress::Progress;
use crate::view;

/// What came of a run, for programs.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    run: Option<i64>,
    resumed: Option<i64>,
    stopped: bool,
    /// What went wrong with the run itself.
    trouble: Option<String>,
    global: &'a [String],
    template: &'a [String],
    schemata: Vec<Outcome<'a>>,
}

/// What came of one schema.
#[derive(Serialize)]
struct Outcome<'a> {
    schema: &'a str,
    outcome: &'static str,
    versions: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What went wrong although it did not fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

pub(crate) fn run(
    url: &str,
    command: &MigrateCommand,
    config: &Config,
    output: &Output,
) -> Result<Exit, Failure> {
    match command {
        MigrateCommand::Run(it) if it.dry_run => pending(url, &it.how.place, config, output),
        MigrateCommand::Run(it) => {
            let run = |migrator: &Migrator| migrator.run(url);
            over_the_fleet(&it.how, false, url, config, output, run)
        }
        MigrateCommand::Revert(it) => {
            let number = usize::from(it.number);
            let revert = |migrator: &Migrator| migrator.revert(url, number);
            over_the_fleet(&it.how, false, url, config, output, revert)
        }
        MigrateCommand::Redo(how) => {
            let redo = |migrator: &Migrator| migrator.redo(url);
            over_the_fleet(how, true, url, config, output, redo)
        }
        MigrateCommand::Status(place) => {
            let migrator = migrator(place, config)?;
            connect::reach(url)?;
            let status = migrator.status(url)?;
            show(&status, output)?;
            Ok(if status.is_ok() {
                Exit::Done
            } else {
                Exit::Found
            })
        }
        MigrateCommand::Pending(place) => pending(url, place, config, output),
        MigrateCommand::Generate(_) => unreachable!("it needs no database"),
    }
}

/// What a run would apply.
fn pending(url: &str, place: &Where, config: &Config, output: &Output) -> Result<Exit, Failure> {
    let migrator = migrator(place, config)?;
    connect::reach(url)?;
    show(&migrator.pending(url)?, output)?;
    Ok(Exit::Done)
}

/// A migrator of the folder's migrations.
pub(crate) fn migrator(place: &Where, config: &Config) -> Result<Migrator, Failure> {
    let folder = Folder::open(config.dir(place.dir.as_deref()))?;
    let migrator = Migrator::new(folder.source("global")?, folder.source("tenant")?);
    let mut migrator = migrator.shared(config.shared());
    if let Some(jobs) = config.jobs(place.jobs) {
        migrator = migrator.jobs(jobs);
    }
    if !place.schemata.is_empty() {
        migrator = migrator.only(place.schemata.iter().cloned());
    }
    Ok(migrator)
}

fn over_the_fleet(
    how: &How,
    is_redo: bool,
    url: &str,
    config: &Config,
    output: &Output,
    work: impl FnOnce(&Migrator) -> Result<FleetReport, MigrateError>,
) -> Result<Exit, Failure> {
    let policy = match how
        .max_failures
        .and_then(|most| NonZeroUsize::new(most.into()))
    {
        Some(most) => OnError::StopAfter(most),
        None if how.keep_going => OnError::Continue,
        None => OnError::Stop,
    };
    let stop = Stop::new();
    let progress = Arc::new(Progress::new(output, how.events));
    let lines = how.events.then(|| Arc::new(Lines::default()));
    let heard = (Arc::clone(&progress), lines.clone());
    let migrator = migrator(&how.place, config)?
        .on_error(policy)
        .canary(how.canary.into())
        .wave(how.wave.map_or(usize::MAX, usize::from))
        .lock_timeout(Duration::from_secs(how.lock_timeout.into()))
        .verify(how.verify)
        .stop(&stop)
        .on_event(move |event| {
            let (progress, lines) = &heard;
            progress.hear(event);
            if let Some(lines) = lines {
                lines.hear(event);
            }
        });
    let report = connect::reach(url).and_then(|()| {
        stop_on_signals(stop)?;
        Ok(work(&migrator)?)
    });
    progress.end();
    let report = report.inspect_err(|failure| {
        if let Some(lines) = &lines {
            lines.fail(failure);
        }
    })?;
    tell(&report, is_redo, lines.as_deref(), output)?;
    Ok(if report.is_ok() {
        Exit::Done
    } else {
        Exit::Partly
    })
}

/// Has a signal stop the run. A second one ends the program at once.
fn stop_on_signals(stop: Stop) -> Result<(), Failure> {
    let asked = ctrlc::set_handler(move || {
        if stop.is_stopped() {
            std::process::exit(130);
        }
        stop.stop();
    });
    asked.map_err(|error| Failure::new(Exit::Failed, error))
}

fn tell(
    report: &FleetReport,
    is_redo: bool,
    lines: Option<&Lines>,
    output: &Output,
) -> Result<(), Failure> {
    let outcomes: Vec<Outcome<'_>> = report
        .iter()
        .map(|it| Outcome {
            schema: it.schema().as_str(),
            outcome: it.outcome().as_str(),
            versions: it.versions(),
            error: it.outcome().error().map(|error| failure::line(error)),
            trouble: it.trouble().map(|error| failure::line(error)),
        })
        .collect();
    let told = Report {
        run: report.run(),
        resumed: report.resumed(),
        stopped: report.is_stopped(),
        trouble: report.trouble().map(|error| failure::line(error)),
        global: report.global(),
        template: report.template(),
        schemata: outcomes,
    };
    let table = || {
        // Those that had nothing to do are counted, and not listed.
        let is_told = |it: &&Outcome<'_>| it.outcome != "up to date" || it.trouble.is_some();
        let rows = told.schemata.iter().filter(is_told);
        view::table(
            ["schema", "outcome", "versions", "error"],
            rows.map(|it| {
                let wrong = it.error.as_deref().or(it.trouble.as_deref());
                [
                    it.schema.to_owned(),
                    it.outcome.to_owned(),
                    it.versions.join(" "),
                    view::printable(wrong.unwrap_or_default()),
                ]
            }),
        )
    };
    match lines {
        Some(lines) => lines.end(&told)?,
        None => output.data(&told, table)?,
    }
    // The first line counts; the others are in the table.
    let summary = report.to_string();
    output.say(summary.lines().next().unwrap_or_default());
    if let Some(error) = &told.trouble {
        output.say(&format!("error: {error}"));
    }
    if !report.is_ok() && !is_redo {
        output.say("mend the cause and run again: it goes on where it stopped");
    }
    if !report.is_ok() && is_redo {
        output
            .say("mend the cause, and `multischema migrate run` applies it where it was reverted");
    }
    Ok(())
}

fn show(status: &FleetStatus, output: &Output) -> Result<(), Failure> {
    output.data(status, || {
        let places = [status.global(), status.template()];
        let rows = places
            .into_iter()
            .chain(status.iter().filter(|it| !it.is_ok()));
        view::table(
            ["schema", "status", "applied", "pending", "what is wrong"],
            rows.map(row),
        )
    })?;
    let right = status.iter().filter(|it| it.is_ok()).count();
    let all = status.iter().count();
    output.say(&format!("{right} of {all} schemata are up to date"));
    Ok(())
}

fn row(history: &History) -> [String; 5] {
    let text = history.to_string();
    let wrong = match text.split_once(": ") {
        _ if history.is_ok() => "",
        Some((_, wrong)) => wrong,
        None => "",
    };
    [
        history
            .schema
            .as_ref()
            .map_or("public", |it| it.as_str())
            .to_owned(),
        history.status.map_or("", |it| it.as_str()).to_owned(),
        history.applied.len().to_string(),
        history.pending.len().to_string(),
        wrong.to_owned(),
    ]
}
