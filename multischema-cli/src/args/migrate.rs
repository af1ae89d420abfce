//! What may be said of migrations.

use std::path::PathBuf;

use clap::Subcommand;
use multischema::SchemaName;

#[derive(Subcommand)]
pub(crate) enum MigrateCommand {
    /// Apply what is pending: in `public`, then the template, then every schema
    #[command(after_help = "Example:\n  multischema migrate run --canary 2 --keep-going")]
    Run(MigrateRun),
    /// Show which migrations every schema has, from their histories
    #[command(after_help = "Example:\n  multischema migrate status --format json")]
    Status(Where),
    /// Show what `run` would apply, as far as the registry knows
    #[command(after_help = "Example:\n  multischema migrate pending")]
    Pending(Where),
    /// Revert the last tenant migrations, in the template and in every schema
    #[command(after_help = "Example:\n  multischema migrate revert --number 2")]
    Revert(Revert),
    /// Revert the last tenant migration and apply it again, in the template and in every schema
    #[command(after_help = "Example:\n  multischema migrate redo --canary 1")]
    Redo(How),
    /// Make an empty migration, and say what is wrong with those that there are
    #[command(after_help = "Example:\n  multischema migrate generate add_notes")]
    Generate(Generate),
}

/// Which migrations, in which schemata.
#[derive(clap::Args)]
pub(crate) struct Where {
    /// Folder with the folders `global` and `tenant` [default: that of the file, or else `migrations`]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
    /// Schemata, by commas [default: all]
    #[arg(long = "schema", value_name = "NAME", value_delimiter = ',')]
    pub(crate) schemata: Vec<SchemaName>,
    /// How many schemata to work on at once [default: as many as there are cores, at most 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
}

/// How a run goes from schema to schema.
#[derive(clap::Args)]
pub(crate) struct How {
    #[command(flatten)]
    pub(crate) place: Where,
    /// Migrate so many schemata first, and stop if one of them fails
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) canary: u16,
    /// Migrate so many schemata in one wave [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) wave: Option<u16>,
    /// Go on with other schemata if one fails
    #[arg(long, conflicts_with = "max_failures")]
    pub(crate) keep_going: bool,
    /// Go on until so many have failed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) max_failures: Option<u16>,
    /// Seconds to wait for another run, a schema in use, or the lock of a table, 1 or more
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = seconds)]
    pub(crate) lock_timeout: u32,
    /// Read all histories first, and have the registry say what they say
    #[arg(long)]
    pub(crate) verify: bool,
    /// Write a line of JSON for each thing that happens, when it happens, and the report as the last
    ///
    /// Each has a field `event`; that of the report is `report`, or `failed` if the run failed before the first schema. `--format`
    /// is of no effect then, and there is no progress bar.
    #[arg(long)]
    pub(crate) events: bool,
}

/// Whoever knows PostgreSQL expects 0 to be for ever, and others not to wait at all.
fn seconds(text: &str) -> Result<u32, &'static str> {
    match text.parse() {
        Ok(0) => Err("0 would be to wait for ever in PostgreSQL; say how long, from 1 second"),
        Ok(seconds) => Ok(seconds),
        Err(_) => Err("expected a whole number of seconds, from 1"),
    }
}

#[derive(clap::Args)]
pub(crate) struct MigrateRun {
    #[command(flatten)]
    pub(crate) how: How,
    /// Change nothing, and show what would be applied
    #[arg(long, conflicts_with = "events")]
    pub(crate) dry_run: bool,
}

#[derive(clap::Args)]
pub(crate) struct Revert {
    #[command(flatten)]
    pub(crate) how: How,
    /// How many
    #[arg(long, short, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) number: u16,
}

#[derive(clap::Args)]
pub(crate) struct Generate {
    /// What it does, in small letters, digits and `_`
    pub(crate) name: String,
    /// Make a global migration, which runs once, in `public`
    #[arg(long)]
    pub(crate) global: bool,
    /// Folder with the folders `global` and `tenant` [default: that of the file, or else `migrations`]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
}
