//! Looking for what is wrong, and changing nothing.

use std::collections::BTreeMap;

use multischema::{
    Dependent, IdReport, Ids, ObjectKind, Registry, SchemaName, SchemaStatus, Shadowed, TenantPool,
};
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
    /// `migration`, `history`, `registry`, `dependency`, `name`, `structure` or `id`.
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
    let only = &check.place.schemata;
    findings.extend(unregistered(&registry, only)?);
    let dependents = registry.dependents_of_template()?;
    findings.extend(dependents.into_iter().filter_map(|it| dependent(it, only)));
    findings.extend(registry.shadowed()?.iter().map(shadowed));
    findings.extend(drifted(&pool, only)?);
    findings.extend(foreign(
        &registry.foreign_ids(|it| is_asked(&it.name, only))?,
    ));
    output.data(&findings, || {
        view::table(
            ["kind", "severity", "place", "message"],
            findings.iter().map(|it| {
                [
                    it.kind.to_owned(),
                    it.severity.as_str().to_owned(),
                    view::printable(&it.place),
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
fn unregistered(registry: &Registry, only: &[SchemaName]) -> Result<Vec<Finding>, Failure> {
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
    let roles = registry.named_like_roles()?.into_iter();
    let roles = roles.filter(|name| is_asked(name, only)).map(|name| {
        let message =
            "a role has the same name, and by PostgreSQL's own search path works in this schema";
        finding(Severity::Warning, name.to_string(), message)
    });
    Ok(strays.chain(roles).collect())
}

/// What would go with the template. If it is in another schema than those asked about, it is none of their business.
fn dependent(it: Dependent, only: &[SchemaName]) -> Option<Finding> {
    let registered = it.registered.as_ref();
    if registered.is_some_and(|name| !is_asked(name, only)) {
        return None;
    }
    let place = registered.map(ToString::to_string).or(it.schema);
    Some(Finding {
        kind: "dependency",
        severity: Severity::Error,
        place: place.unwrap_or_else(|| "no schema".to_owned()),
        message: format!(
            "{} depends on {}, and `DROP SCHEMA __template__ CASCADE` would take it: drop it, or make it anew of what its own schema has",
            it.object,
            it.on.join(", ")
        ),
    })
}

/// What a tenant's query may mean, or what all share.
fn shadowed(it: &Shadowed) -> Finding {
    let Shadowed { kind, name, .. } = it;
    // `migrate run` refuses to begin where both are one of these.
    let is_table = matches!(
        kind,
        ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::ForeignTable
    );
    let (severity, message) = if it.is_overload {
        let message = format!(
            "the template has a {kind} `{name}`, too, for other arguments: whoever calls it gets the one that suits them better"
        );
        (Severity::Info, message)
    } else {
        let message = format!(
            "the template has a {kind} `{name}`, too: a tenant's query means its own, or this one where its schema has none; rename or drop one of the two"
        );
        let severity = if is_table {
            Severity::Error
        } else {
            Severity::Warning
        };
        (severity, message)
    };
    Finding {
        kind: "name",
        severity,
        place: it.schema.clone(),
        message,
    }
}

/// Which ids do not name their schema. Those that came with the template are one finding for all schemata that have as many.
fn foreign(report: &IdReport) -> Vec<Finding> {
    let mut findings = Vec::new();
    let finding = |severity, place, message| Finding {
        kind: "id",
        severity,
        place,
        message,
    };
    let mut of_template: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for it in &report.foreign {
        if it.of_template > 0 {
            let alike = (&it.table, &it.column, it.of_template);
            let schemata = of_template.entry(alike).or_default();
            schemata.push(it.schema.to_string());
        }
        if it.unexpected() > 0 {
            let message = format!(
                "{} outside of the schema's block, {} to {}: written by hand, or copied by `--data same-ids`. Another schema has such an id, or may draw it: give them new ones, or know that they are not unique",
                rows(it.unexpected(), &it.table, &it.column),
                it.block.start(),
                it.block.end()
            );
            findings.push(finding(Severity::Warning, it.schema.to_string(), message));
        }
    }
    for ((table, column, count), schemata) in of_template {
        let message = format!(
            "{} that came with the template: as it should be, but other schemata have the same",
            rows(count, table, column)
        );
        findings.push(finding(Severity::Info, schemata.join(" "), message));
    }
    let uncounted = report.uncounted.iter();
    findings.extend(
        uncounted.map(|it| finding(Severity::Error, it.schema().to_string(), failure::line(it))),
    );
    findings
}

fn rows(count: i64, table: &str, column: &str) -> String {
    match count {
        1 => format!("1 row of `{table}` has an id in `{column}`"),
        _ => format!("{count} rows of `{table}` have ids in `{column}`"),
    }
}

fn is_asked(name: &SchemaName, only: &[SchemaName]) -> bool {
    only.is_empty() || only.contains(name)
}

/// Where a schema's structure is not the template's. Those that differ alike are one finding.
fn drifted(pool: &TenantPool, only: &[SchemaName]) -> Result<Vec<Finding>, Failure> {
    let report = multischema::drift(pool, SchemaStatus::ALL)?;
    let mut findings = Vec::new();
    for group in report.differing() {
        let schemata = group.schemata.iter();
        let schemata = schemata.filter(|it| is_asked(it, only));
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
    let unread = report.unread.iter();
    for unread in unread.filter(|it| is_asked(&it.schema, only)) {
        findings.push(Finding {
            kind: "structure",
            severity: Severity::Error,
            place: unread.schema.to_string(),
            message: format!("cannot be read: {}", failure::line(&unread.source)),
        });
    }
    Ok(findings)
}
