//! What may be said of fixtures.

use std::path::PathBuf;

use clap::ValueEnum;
use multischema::fixture::{Format, OnConflict};
use multischema::{InvalidSchemaName, SchemaName};

/// The file is written beside its place, and put there once it is complete.
#[derive(clap::Args)]
pub(crate) struct DumpData {
    /// Tables [default: all of the schemata]. One that they do not have is looked for in what all share
    #[arg(value_name = "TABLE")]
    pub(crate) tables: Vec<String>,
    /// Schemata, by commas [default: __template__, which has only the rows that migrations put there]
    #[arg(
        long = "schema",
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = any_schema,
        conflicts_with = "all_schemata"
    )]
    pub(crate) schemata: Vec<SchemaName>,
    /// Every schema that is active or suspended
    #[arg(long)]
    pub(crate) all_schemata: bool,
    /// All tables of what all share, too; alone if no schema is given
    #[arg(long)]
    pub(crate) global: bool,
    /// The rows of the registry, too: to load them makes the schemata
    #[arg(long)]
    pub(crate) registry: bool,
    /// Leave a table out; may be given several times
    #[arg(short, long, value_name = "TABLE")]
    pub(crate) exclude: Vec<String>,
    /// Primary keys, by commas, of the rows of one table
    #[arg(
        long,
        value_name = "KEY",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub(crate) pks: Vec<String>,
    /// Condition in SQL for the rows of one table, which is called `t` in it
    #[arg(long = "where", value_name = "SQL")]
    pub(crate) condition: Option<String>,
    /// Write other values than those that are there, by the rules in this file of TOML: `[tables.pupils]`, `email = "hash"`
    #[arg(long, value_name = "FILE")]
    pub(crate) anonymise: Option<PathBuf>,
    /// File, compressed if it ends with .zst or .gz [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// How to write the rows [default: what the name of the file says, or else ndjson]
    #[arg(long = "as", value_name = "FORMAT", value_enum)]
    pub(crate) written_as: Option<FixtureFormat>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FixtureFormat {
    /// An object in each line
    Ndjson,
    /// An array of objects, as in fixtures of Django's
    Json,
    /// What PostgreSQL's COPY writes: the fastest, for the same tables
    Copy,
}

impl From<FixtureFormat> for Format {
    fn from(format: FixtureFormat) -> Self {
        match format {
            FixtureFormat::Ndjson => Self::Ndjson,
            FixtureFormat::Json => Self::Json,
            FixtureFormat::Copy => Self::Copy,
        }
    }
}

/// Each object goes into the schema that it carries: all of them, or none.
#[derive(clap::Args)]
pub(crate) struct LoadData {
    /// File that `dumpdata` wrote, or one like it; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Load all rows of schemata into this one, whichever they carry
    #[arg(long, value_name = "NAME", value_parser = any_schema)]
    pub(crate) schema: Option<SchemaName>,
    /// What to do where a row is there already
    #[arg(long, value_enum, default_value_t)]
    pub(crate) on_conflict: Conflict,
    /// Give new ids to the rows, also where they refer to each other
    #[arg(long, conflicts_with = "same_ids")]
    pub(crate) new_ids: bool,
    /// Keep the ids, so that they may be in two schemata
    #[arg(long)]
    pub(crate) same_ids: bool,
    /// Leave out tables and columns that are not there
    #[arg(long)]
    pub(crate) ignore_unknown: bool,
    /// Do all of it, and undo it
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take foreign keys and indexes off tables meanwhile, which nobody else can use then
    #[arg(long)]
    pub(crate) fast: bool,
    /// Make schemata that are not there
    #[arg(long)]
    pub(crate) create_schemata: bool,
    /// Have triggers fire for each row
    #[arg(long)]
    pub(crate) fire_triggers: bool,
    /// Load rows from a schema with other migrations or tables
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Conflict {
    /// Load nothing
    #[default]
    Error,
    /// Leave the row that is there
    Skip,
    /// Give the row that is there the values of the file
    Update,
}

impl From<Conflict> for OnConflict {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::Error => Self::Error,
            Conflict::Skip => Self::Skip,
            Conflict::Update => Self::Update,
        }
    }
}

/// The name of a schema, or that of the template. What may not be done with that is refused in words of its own.
fn any_schema(name: &str) -> Result<SchemaName, InvalidSchemaName> {
    if name == SchemaName::TEMPLATE {
        return Ok(SchemaName::template());
    }
    name.parse()
}
