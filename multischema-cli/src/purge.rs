//! Removing schemata for good.

use std::collections::HashSet;

use indicatif::{ProgressBar, ProgressStyle};
use multischema::{PurgeProgress, Registry, RegistryError, SchemaName, SchemaStatus};
use serde::Serialize;

use crate::args::Purge;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::output::Output;
use crate::view;

/// What came of one schema.
#[derive(Serialize)]
struct Outcome<'a> {
    schema: &'a str,
    purged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Purge {
    /// Refuses to remove what nobody has confirmed.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let names: Vec<&str> = self.names.iter().map(SchemaName::as_str).collect();
        let error = format!(
            "this would remove, with all rows and for good: {}",
            names.join(", ")
        );
        let command = format!("`multischema schema purge {} --yes`", names.join(" "));
        let failure = Failure::new(Exit::Refused, error);
        Err(failure.hint(format!("if that is meant, run {command}")))
    }
}

pub(crate) fn run(registry: &Registry, purge: &Purge, output: &Output) -> Result<Exit, Failure> {
    let mut seen = HashSet::new();
    let names: Vec<&SchemaName> = purge.names.iter().filter(|it| seen.insert(*it)).collect();
    let bar = output.shows_progress().then(bar);
    let results = registry.purge_many(names.iter().copied(), |progress| {
        if let Some(bar) = &bar {
            show(bar, progress);
        }
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }

    let mut outcomes = Vec::new();
    let mut failures = Vec::new();
    for (name, result) in names.into_iter().zip(results) {
        let result = result.and_then(|was_there| match was_there {
            true => Ok(()),
            false => Err(RegistryError::NotFound {
                schema: name.clone(),
            }),
        });
        outcomes.push(Outcome {
            schema: name.as_str(),
            purged: result.is_ok(),
            error: result.as_ref().err().map(|error| failure::line(error)),
        });
        match result {
            Ok(()) => output.say(&format!("removed schema `{name}`")),
            Err(error) => failures.push(explained(name, error)),
        }
    }
    for failure in &failures {
        output.error(failure);
    }
    output.data(&outcomes, || {
        let rows = outcomes.iter().map(|it| {
            let result = if it.purged { "removed" } else { "failed" };
            [it.schema.to_owned(), result.to_owned()]
        });
        view::table(["schema", "result"], rows)
    })?;
    Ok(match failures.len() {
        0 => Exit::Done,
        failed if failed == outcomes.len() => Exit::Failed,
        _ => Exit::Partly,
    })
}

fn explained(name: &SchemaName, error: RegistryError) -> Failure {
    let is_in_use = matches!(
        error,
        RegistryError::WrongStatus {
            found: SchemaStatus::Active | SchemaStatus::Suspended,
            ..
        }
    );
    let failure = Failure::from(error);
    if is_in_use {
        failure.hint(format!(
            "put it away first, by `multischema schema archive {name}`"
        ))
    } else {
        failure
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    // The style is constant; if it were wrong, there is a plainer one.
    if let Ok(style) = ProgressStyle::with_template("removing {msg} [{bar:30}] {pos}/{len}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

fn show(bar: &ProgressBar, progress: &PurgeProgress<'_>) {
    bar.set_message(progress.schema.to_string());
    bar.set_length(u64::try_from(progress.total).unwrap_or(u64::MAX));
    bar.set_position(u64::try_from(progress.done).unwrap_or(u64::MAX));
}
