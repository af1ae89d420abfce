//! Looking for what is wrong, and changing nothing.

use multischema::{Ids, Registry, SchemaStatus, TenantPool};
use serde::Serialize;

use crate::args::Check;
use crate::config::Config;
use crate::connect;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::folder::Folder;
use crate::lint::Severity;
use crate::migrate::migrator;
use crate::output::Output;
use crate::view;

/// One thing that was found.
#[derive(Serialize)]
struct Finding {
    /// `migration`, `history`, `registry` or `structure`.
    kind: &'static str,
    severity: Severity,
    /// A file and a line, or a schema.
    place: String,
    message: String,
}

pub(crate) fn run(
    url: &str,
    check: &Check,
    config: &Config,
    output: &Output,
) -> Result<Exit, Failure> {
    let folder = Folder::open(config.dir(check.place.dir.as_deref()))?;
    let migrator = migrator(&check.place, config)?;
    let pool = connect::pool(url, config.shared())?;
    let registry = Registry::new(pool.clone());
    let ids = registry.ids()?;
    let mut findings = Vec::new();
    for linted in folder.lint(ids == Ids::Unique, config.shared_names())? {
        findings.extend(linted.findings.into_iter().map(|it| Finding {
            kind: "migration",
            severity: it.severity,
            place: format!("{}:{}", linted.file.display(), it.line),
            message: format!("{} [{}]", it.message, it.rule),
        }));
    }
    let status = migrator.status(url)?;
    let histories = [status.global(), status.template()];
    for history in histories
        .into_iter()
        .chain(&status)
        .filter(|it| !it.is_ok())
    {
        let text = history.to_string();
        let (place, message) = text.split_once(": ").unwrap_or((&text, ""));
        findings.push(Finding {
            kind: "history",
            severity: Severity::Error,
            place: place.to_owned(),
            message: message.to_owned(),
        });
    }
    findings.extend(unregistered(&registry)?);
    findings.extend(drifted(&pool, check)?);
    output.data(&findings, || {
        view::table(
            ["kind", "severity", "place", "message"],
            findings.iter().map(|it| {
                [
                    it.kind.to_owned(),
                    it.severity.as_str().to_owned(),
                    it.place.clone(),
                    view::printable(&it.message),
                ]
            }),
        )
    })?;
    let counts = |it: &&Finding| matches!(it.severity, Severity::Error | Severity::Warning);
    let found = findings.iter().filter(counts).count();
    output.say(&match found {
        0 => "nothing is wrong".to_owned(),
        1 => "1 thing is wrong".to_owned(),
        found => format!("{found} things are wrong"),
    });
    Ok(if found == 0 { Exit::Done } else { Exit::Found })
}

/// Where the registry and PostgreSQL do not go together. A row without a schema is among the histories.
fn unregistered(registry: &Registry) -> Result<Vec<Finding>, Failure> {
    let finding = |severity, place, message: &str| Finding {
        kind: "registry",
        severity,
        place,
        message: message.to_owned(),
    };
    let strays = registry.strays()?.into_iter().map(|name| {
        let message = "PostgreSQL has it, and the registry does not: `multischema schema heal` takes it in if it is like the template";
        finding(Severity::Error, name, message)
    });
    let roles = registry.named_like_roles()?.into_iter().map(|name| {
        let message =
            "a role has the same name, and by PostgreSQL's own search path works in this schema";
        finding(Severity::Warning, name.to_string(), message)
    });
    Ok(strays.chain(roles).collect())
}

/// Where a schema's structure is not the template's. Those that differ alike are one finding.
fn drifted(pool: &TenantPool, check: &Check) -> Result<Vec<Finding>, Failure> {
    let report = multischema::drift(pool, SchemaStatus::ALL)?;
    let only = &check.place.schemata;
    let mut findings = Vec::new();
    for group in report.differing() {
        let schemata = group.schemata.iter();
        let schemata = schemata.filter(|it| only.is_empty() || only.contains(it));
        let schemata: Vec<&str> = schemata.map(AsRef::as_ref).collect();
        if schemata.is_empty() {
            continue;
        }
        let differences: Vec<String> = group.differences.iter().map(ToString::to_string).collect();
        findings.push(Finding {
            kind: "structure",
            severity: Severity::Error,
            place: schemata.join(" "),
            message: differences.join("; "),
        });
    }
    for unread in &report.unread {
        findings.push(Finding {
            kind: "structure",
            severity: Severity::Error,
            place: unread.schema.to_string(),
            message: format!("cannot be read: {}", failure::line(&unread.source)),
        });
    }
    Ok(findings)
}
