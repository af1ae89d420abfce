//! Dumping rows, and loading them.

use std::io;
use std::path::Path;
use std::time::Duration;

use comfy_table::Table;
use indicatif::{ProgressBar, ProgressStyle};
use multischema::fixture::{Anonymise, Dump, DumpError, FixtureEvent, Load, LoadError, Report};
use multischema::{Registry, SchemaName};
use serde::Serialize;

use crate::args::{DumpData, LoadData};
use crate::config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::view;

/// What was dumped or loaded.
#[derive(Serialize)]
struct View<'a> {
    tables: Vec<TableView<'a>>,
    created: &'a [String],
}

#[derive(Serialize)]
struct TableView<'a> {
    schema: &'a str,
    table: &'a str,
    rows: u64,
    skipped: u64,
}

pub(crate) fn dump(registry: &Registry, args: &DumpData, output: &Output) -> Result<Exit, Failure> {
    let mut dump = Dump::new(registry)
        .tables(&args.tables)
        .exclude(&args.exclude)
        .keys(&args.pks);
    if !args.schemata.is_empty() {
        dump = dump.schemata(args.schemata.iter().cloned());
    }
    if args.all_schemata {
        dump = dump.all_schemata();
    }
    if args.global {
        dump = dump.global();
    }
    if args.registry {
        dump = dump.with_registry();
    }
    if let Some(condition) = &args.condition {
        dump = dump.condition(condition);
    }
    if let Some(format) = args.written_as {
        dump = dump.format(format.into());
    }
    if let Some(file) = &args.anonymise {
        dump = dump.anonymise(config::read_toml::<Anonymise>(file)?);
    }
    let bar = bar(output, "dumping");
    let dump = dump.on_event(follow(&bar, "dumping"));
    let done = match &args.output {
        Some(path) => dump.to_path(path),
        None => dump.to_writer(io::stdout().lock()),
    };
    bar.finish_and_clear();
    let report = done?;
    let is_template = |schema: &str| schema == SchemaName::TEMPLATE;
    let was_given = !args.schemata.is_empty() || args.all_schemata;
    if !was_given && report.tables.iter().any(|it| is_template(&it.schema)) {
        output.say(
            "no `--schema` was given, so these are the rows of `__template__`: none but those of migrations",
        );
    }
    match &args.output {
        Some(path) => {
            output.say(&format!(
                "{}, written to `{}`",
                summary(&report),
                path.display()
            ));
            tell(&report, output)?;
        }
        // The rows are on standard output.
        None => {
            output.say(&summary(&report));
            for it in report.tables.iter().filter(|it| it.rows > 0) {
                output.say(&view::printable(&it.to_string()));
            }
        }
    }
    Ok(Exit::Done)
}

/// What an option does to a load.
type Set = fn(Load) -> Load;

pub(crate) fn load(registry: &Registry, args: &LoadData, output: &Output) -> Result<Exit, Failure> {
    let mut load = Load::new(registry).on_conflict(args.on_conflict.into());
    if let Some(schema) = &args.schema {
        load = load.schema(schema.clone());
    }
    let options: [(bool, Set); 8] = [
        (args.new_ids, Load::new_ids),
        (args.same_ids, Load::same_ids),
        (args.ignore_unknown, Load::ignore_unknown),
        (args.dry_run, Load::dry_run),
        (args.fast, Load::fast),
        (args.create_schemata, Load::create_schemata),
        (args.fire_triggers, Load::firing_triggers),
        (args.force, Load::force),
    ];
    for (_, option) in options.into_iter().filter(|(is_given, _)| *is_given) {
        load = option(load);
    }
    let bar = bar(output, "loading");
    let load = load.on_event(follow(&bar, "loading"));
    let done = if args.file == Path::new("-") {
        load.from_reader("standard input", io::stdin().lock())
    } else {
        load.from_path(&args.file)
    };
    bar.finish_and_clear();
    let report = done?;
    if let Some(schema) = &args.schema {
        output.say(&format!(
            "rows of schemata went into `{schema}`, whichever they carried"
        ));
    }
    let end = if args.dry_run {
        "would be loaded; nothing is"
    } else {
        "loaded"
    };
    output.say(&format!("{} {end}", summary(&report)));
    tell(&report, output)?;
    Ok(Exit::Done)
}

/// Refuses what is refused whatever there is in the database.
pub(crate) fn check(args: &LoadData) -> Result<(), Failure> {
    match &args.schema {
        Some(schema) if schema.is_template() => Err(LoadError::Template.into()),
        _ => Ok(()),
    }
}

fn summary(report: &Report) -> String {
    let tables = report.tables.iter().filter(|it| it.rows > 0).count();
    let [row, table] =
        [report.rows() == 1, tables == 1].map(|is_one| if is_one { "" } else { "s" });
    format!("{} row{row} of {tables} table{table}", report.rows())
}

/// Writes how many rows each table has.
fn tell(report: &Report, output: &Output) -> Result<(), Failure> {
    let tables = report.tables.iter().map(|it| TableView {
        schema: &it.schema,
        table: &it.table,
        rows: it.rows,
        skipped: it.skipped,
    });
    let view = View {
        tables: tables.collect(),
        created: &report.created,
    };
    output.data(&view, || table(&view))
}

fn table(view: &View<'_>) -> Table {
    let rows = view.tables.iter().map(|it| {
        [
            view::printable(it.schema),
            view::printable(it.table),
            it.rows.to_string(),
            it.skipped.to_string(),
        ]
    });
    view::table(["schema", "table", "rows", "skipped"], rows)
}

/// That something goes on, on a terminal.
fn bar(output: &Output, what: &'static str) -> ProgressBar {
    if !output.shows_progress() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(what);
    // The style is constant; if it were wrong, there is a plainer one.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Shows how many rows of a table there are by now.
fn follow(bar: &ProgressBar, what: &'static str) -> impl Fn(&FixtureEvent) + Send + Sync + 'static {
    let bar = bar.clone();
    move |event| {
        if let FixtureEvent::Rows {
            schema,
            table,
            rows,
        } = event
        {
            let [schema, table] = [schema, table].map(|it| view::printable(it));
            bar.set_message(format!("{what} {schema}.{table}: {rows} rows"));
        }
    }
}

impl From<DumpError> for Failure {
    fn from(error: DumpError) -> Self {
        match error {
            DumpError::UnknownSchemata { .. } => Self::new(Exit::Refused, error)
                .hint("`multischema schema list` shows those that there are"),
            DumpError::UnknownTables { .. }
            | DumpError::SeveralTables { .. }
            | DumpError::NoKey { .. }
            | DumpError::RuledTable { .. }
            | DumpError::Rule { .. }
            | DumpError::Condition { .. } => Self::new(Exit::Refused, error),
            _ => Self::new(Exit::Failed, error),
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        let exit = if error.is_refused() {
            Exit::Refused
        } else {
            Exit::Failed
        };
        let hint = match &error {
            LoadError::NoSchema { .. } => "give it by `--schema NAME`; nothing is loaded",
            LoadError::UnknownSchemata { .. } => {
                "make them by `multischema schema create`, or with `--create-schemata`; nothing is loaded"
            }
            LoadError::OtherVersion { .. } | LoadError::OtherTables { .. } => {
                "migrate one of the two, or load it nevertheless with `--force`; nothing is loaded"
            }
            LoadError::ForeignIds { .. } => {
                "`--new-ids` gives them new ones, `--same-ids` keeps them; nothing is loaded"
            }
            LoadError::Taken {
                new_ids_help: true, ..
            } => {
                "`--on-conflict skip` or `update` says what happens to rows that are there, `--new-ids` loads them beside; nothing is loaded"
            }
            LoadError::Taken { .. } => {
                "`--on-conflict skip` or `update` says what happens to rows that are there; nothing is loaded"
            }
            LoadError::UnknownTable { .. } | LoadError::UnknownColumn { .. } => {
                "`--ignore-unknown` leaves them out; nothing is loaded"
            }
            _ => return Self::new(exit, error),
        };
        Self::new(exit, error).hint(hint)
    }
}
