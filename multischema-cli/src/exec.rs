//! Running SQL in schemata.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};

use diesel::connection::SimpleConnection;
use multischema::{Registry, SchemaName, SchemaStatus, TenantPool};
use serde::Serialize;

use crate::args::Exec;
use crate::exit::Exit;
use crate::failure::{self, Failure};
use crate::lint::{self, Names};
use crate::output::Output;
use crate::view;

/// What came of one schema.
#[derive(Serialize)]
struct Outcome<'a> {
    schema: &'a str,
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(crate) fn run(pool: &TenantPool, exec: &Exec, output: &Output) -> Result<Exit, Failure> {
    let sql = text(exec)?;
    check(&sql)?;
    let registry = Registry::new(pool.clone());
    let active = registry.list(SchemaStatus::Active)?;
    let names: Vec<SchemaName> = if exec.all {
        active.into_iter().map(|it| it.name).collect()
    } else {
        let is_active = |name: &&SchemaName| active.iter().any(|it| it.name == **name);
        let unknown: Vec<String> = exec
            .schemata
            .iter()
            .filter(|name| !is_active(name))
            .map(|name| format!("`{name}`"))
            .collect();
        if !unknown.is_empty() {
            let error = format!("no such active schema: {}", unknown.join(", "));
            let hint = "`multischema schema list` shows those that there are; nothing was run";
            return Err(Failure::new(Exit::Refused, error).hint(hint));
        }
        let mut seen = HashSet::new();
        let names = exec.schemata.iter().filter(|name| seen.insert(*name));
        names.cloned().collect()
    };
    let mut outcomes = Vec::new();
    let mut failed = 0;
    for name in &names {
        let run = pool.transaction(name, |conn| -> Result<(), Box<dyn std::error::Error>> {
            Ok(conn.as_pg()?.batch_execute(&sql)?)
        });
        failed += usize::from(run.is_err());
        outcomes.push(Outcome {
            schema: name.as_str(),
            done: run.is_ok(),
            error: run.err().map(|error| failure::line(error.as_ref())),
        });
        if failed > 0 && !exec.keep_going {
            break;
        }
    }
    output.data(&outcomes, || {
        let rows = outcomes.iter().map(|it| {
            let result = if it.done { "done" } else { "failed" };
            let error = it.error.as_deref().unwrap_or_default();
            [
                it.schema.to_owned(),
                result.to_owned(),
                view::printable(error),
            ]
        });
        view::table(["schema", "result", "error"], rows)
    })?;
    let left = names.len() - outcomes.len();
    if left > 0 {
        output.say(&format!(
            "{left} more schemata were left alone; `--keep-going` goes on with them"
        ));
    }
    Ok(match failed {
        0 => Exit::Done,
        failed if failed == names.len() => Exit::Failed,
        _ => Exit::Partly,
    })
}

/// Refuses SQL that would end the transaction it is run in, so that a schema has all of it or nothing.
fn check(sql: &str) -> Result<(), Failure> {
    let migration = lint::Migration {
        folder: lint::Folder::Tenant,
        in_transaction: true,
        unique_ids: false,
    };
    let findings = lint::check(sql, migration, &Names::default());
    let Some(found) = findings.iter().find(|it| it.rule == "transaction-control") else {
        return Ok(());
    };
    let error = format!("line {}: {}", found.line, found.message);
    let hint = "each schema has a transaction of its own already; nothing was run";
    Err(Failure::new(Exit::Refused, error).hint(hint))
}

fn text(exec: &Exec) -> Result<String, Failure> {
    let read = match (&exec.command, &exec.file) {
        (Some(sql), _) => return Ok(sql.clone()),
        (None, Some(file)) if file.as_os_str() == "-" => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map(|_| text)
        }
        (None, Some(file)) => fs::read_to_string(file),
        (None, None) => unreachable!("clap asks for one of them"),
    };
    read.map_err(|error| {
        let file = exec.file.as_deref().unwrap_or("-".as_ref());
        let error = format!("cannot read `{}`: {error}", file.display());
        Failure::new(Exit::Refused, error)
    })
}
