//! What may be said on the command line.

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Parser, Subcommand, ValueEnum};
use multischema::{Ids, SchemaName, SchemaStatus, WithData};

use crate::exit::Exit;
use crate::output;

mod admin;
mod fixture;
mod member;
mod migrate;
mod serve;

pub(crate) use admin::{AdminCommand, Grant, Password, Role};
pub(crate) use fixture::{DumpData, LoadData};
pub(crate) use member::{AddMember, ListMembers, MemberCommand, RemoveMember};
pub(crate) use migrate::{Generate, How, MigrateCommand, Where};
pub(crate) use serve::Serve;

const AFTER_HELP: &str = "\
Exit status:
  0  done
  1  failed
  2  called wrongly, or refused; nothing was done
  3  some schemata failed, or were not reached; for `migrate` also if all did
  4  a check found something

Example:
  multischema schema create school_a --label 'Elm Street School'";

/// PostgreSQL schemata, one per customer
#[derive(Parser)]
#[command(name = "multischema", version, after_help = AFTER_HELP)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What all commands take. It has no `Debug`, as there may be a password in the URL.
#[derive(clap::Args)]
#[command(next_help_heading = "Options of all commands")]
pub(crate) struct Common {
    /// Database to work in [default: that of the environment variable DATABASE_URL, or else of the file `.env`, or of the file of
    /// settings]
    ///
    /// Other users of this machine can read the command line of a program (`ps`). Leave a password to ~/.pgpass, or have the URL in
    /// DATABASE_URL.
    #[arg(long, global = true, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) database_url: Option<String>,
    /// File of settings: `database_url`, `dir`, `jobs`, `shared` [default: multischema.toml, if this folder has one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How to write data to standard output
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Write nothing to standard error but what went wrong
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Show no progress bar. There is none either if standard error is no terminal
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Table,
    /// One document, for programs
    Json,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Prepare a database: make the library's own tables, or bring them up to date, and the template
    #[command(after_help = "Example:\n  multischema init --ids unique")]
    Init(Init),
    /// Make, change and remove schemata
    #[command(
        subcommand,
        after_help = "Example:\n  multischema schema list --status active"
    )]
    Schema(SchemaCommand),
    /// Say which users may use which schemata
    #[command(
        subcommand,
        after_help = "Example:\n  multischema member list school_a"
    )]
    Member(MemberCommand),
    /// Look after the users of the admin site, and say what they may do
    #[command(
        subcommand,
        after_help = "Example:\n  multischema admin grant teacher pupils view,change"
    )]
    Admin(AdminCommand),
    /// Migrate what all share, the template and every schema
    #[command(
        subcommand,
        after_help = "Example:\n  multischema migrate run --canary 1 --jobs 4"
    )]
    Migrate(MigrateCommand),
    /// Look for what is wrong, and change nothing: in migrations, histories, the registry, the structure of schemata and their ids
    ///
    /// Also told is what depends on the template and is none of it, and which names a tenant and all share have.
    #[command(after_help = "Example:\n  multischema check --dir migrations")]
    Check(Check),
    /// Run SQL in one schema, some or all, in a transaction for each
    #[command(
        after_help = "Example:\n  multischema exec --schema school_a,school_b -c 'UPDATE documents SET title = trim(title)'"
    )]
    Exec(Exec),
    /// Write the `table!` of all tables that the migrations make, as a file of two modules, or as two files
    #[command(after_help = "Example:\n  multischema print-schema > src/schema.rs")]
    PrintSchema(PrintSchema),
    /// Write the rows of schemata, or of what all share, to a file
    #[command(
        name = "dumpdata",
        after_help = "Example:\n  multischema dumpdata --schema school_a -o school_a.ndjson.zst"
    )]
    DumpData(DumpData),
    /// Load rows from a file into the schemata that they carry, all of them or none
    #[command(
        name = "loaddata",
        after_help = "Example:\n  multischema loaddata school_a.ndjson.zst --create-schemata --new-ids"
    )]
    LoadData(LoadData),
    /// Write what has a shell complete the program's commands
    #[command(after_help = "Example:\n  multischema completions bash")]
    Completions(Completions),
}

#[derive(clap::Args)]
pub(crate) struct Init {
    /// Whether ids are unique across schemata. It cannot be changed once there is a schema. A new database gets unique ones
    #[arg(long, value_enum)]
    pub(crate) ids: Option<IdsChoice>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum IdsChoice {
    /// An id is that of one row in all schemata
    Unique,
    /// Each schema counts for itself
    PerSchema,
}

impl From<IdsChoice> for Ids {
    fn from(choice: IdsChoice) -> Self {
        match choice {
            IdsChoice::Unique => Self::Unique,
            IdsChoice::PerSchema => Self::PerSchema,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum SchemaCommand {
    /// List schemata, in the order in which they were made
    #[command(
        after_help = "Example:\n  multischema schema list --status active --status suspended"
    )]
    List(List),
    /// Show what the registry has of a schema
    #[command(after_help = "Example:\n  multischema schema show school_a --format json")]
    Show(One),
    /// Make schemata as copies of the template, each as a whole or not at all
    #[command(
        after_help = "Example:\n  multischema schema create school_a --label 'Elm Street School'"
    )]
    Create(Create),
    /// Make a schema as a copy of another, with its rows or without
    #[command(after_help = "Example:\n  multischema schema clone school_a demo --data new-ids")]
    Clone(CloneOf),
    /// Give a schema another name. Its label stays
    #[command(after_help = "Example:\n  multischema schema rename school_a elm_street")]
    Rename(Rename),
    /// Change what people call a schema
    #[command(after_help = "Example:\n  multischema schema label school_a 'Elm Street School'")]
    Label(Label),
    /// Have nobody use a schema until it is resumed. Its rows are kept
    #[command(after_help = "Example:\n  multischema schema suspend school_a")]
    Suspend(One),
    /// Put a suspended schema back into use
    #[command(after_help = "Example:\n  multischema schema resume school_a")]
    Resume(One),
    /// Put a schema away until it is restored or purged. Its rows are kept
    #[command(after_help = "Example:\n  multischema schema archive school_a")]
    Archive(One),
    /// Take an archived schema back
    #[command(after_help = "Example:\n  multischema schema restore school_a")]
    Restore(One),
    /// Remove archived schemata and all their rows for good
    #[command(after_help = "Example:\n  multischema schema purge school_a --yes")]
    Purge(Purge),
    /// Bring the registry and PostgreSQL together, and report what cannot be
    #[command(after_help = "Example:\n  multischema schema heal")]
    Heal,
}

#[derive(clap::Args)]
pub(crate) struct List {
    /// List those of this status only; may be given several times
    #[arg(long = "status", value_name = "STATUS", value_parser = status_parser())]
    pub(crate) statuses: Vec<SchemaStatus>,
}

#[derive(clap::Args)]
pub(crate) struct One {
    /// Schema
    pub(crate) name: SchemaName,
}

#[derive(clap::Args)]
pub(crate) struct Create {
    /// Schemata
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<SchemaName>,
    /// What people call it [default: the name]. With one name only
    #[arg(long)]
    pub(crate) label: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct CloneOf {
    /// Schema to copy
    pub(crate) from: SchemaName,
    /// Schema to make
    pub(crate) new: SchemaName,
    /// What people call it [default: the name]
    #[arg(long)]
    pub(crate) label: Option<String>,
    /// Which rows the copy has
    #[arg(long, value_enum, default_value_t)]
    pub(crate) data: Data,
    /// Have triggers fire for each row that is copied
    #[arg(long)]
    pub(crate) fire_triggers: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Data {
    /// None
    #[default]
    No,
    /// All, with new primary keys and what refers to them
    NewIds,
    /// All as they are, so that an id is in two schemata
    SameIds,
}

impl From<Data> for WithData {
    fn from(data: Data) -> Self {
        match data {
            Data::No => Self::No,
            Data::NewIds => Self::NewIds,
            Data::SameIds => Self::SameIds,
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct Rename {
    /// Schema
    pub(crate) name: SchemaName,
    /// Its new name
    pub(crate) to: SchemaName,
}

#[derive(clap::Args)]
pub(crate) struct Label {
    /// Schema
    pub(crate) name: SchemaName,
    /// What people are to call it
    pub(crate) label: String,
}

#[derive(clap::Args)]
pub(crate) struct Purge {
    /// Schemata
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<SchemaName>,
    /// Confirm that they and their rows are to be removed for good
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(clap::Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) place: Where,
}

#[derive(clap::Args)]
pub(crate) struct Exec {
    /// Schemata, by commas
    #[arg(
        long = "schema",
        value_name = "NAME",
        value_delimiter = ',',
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    pub(crate) schemata: Vec<SchemaName>,
    /// Every active schema
    #[arg(long)]
    pub(crate) all: bool,
    /// SQL
    #[arg(
        short,
        long,
        value_name = "SQL",
        required_unless_present = "file",
        conflicts_with = "file"
    )]
    pub(crate) command: Option<String>,
    /// File with SQL; `-` is standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Go on with other schemata if one fails
    #[arg(long)]
    pub(crate) keep_going: bool,
}

/// The migrations are run in a database of their own on the same server, and that is dropped again.
#[derive(clap::Args)]
pub(crate) struct PrintSchema {
    /// Folder with the folders `global` and `tenant` [default: that of the file, or else `migrations`]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) dir: Option<PathBuf>,
    /// Write `global.rs` and `tenant.rs` into this folder, and not both as modules to standard output
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Completions {
    /// Shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// One of the words for a status.
fn status_parser() -> impl TypedValueParser<Value = SchemaStatus> {
    let all = SchemaStatus::ALL.iter().copied();
    let words = PossibleValuesParser::new(all.clone().map(SchemaStatus::as_str));
    words.try_map(move |word| {
        let mut all = all.clone();
        all.find(|it| it.as_str() == word).ok_or("it is no status")
    })
}

/// Writes the help that was asked for, or what is wrong with the command line.
pub(crate) fn explain(error: &clap::Error) -> Exit {
    let words = error.to_string();
    if !error.use_stderr() {
        return match output::write(&words) {
            Ok(()) => Exit::Done,
            Err(_) => Exit::Failed,
        };
    }
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    // clap repeats what it does not understand, and that may be a URL in the wrong place.
    let others = words.replace("--password-stdin", "");
    if !is_help && ["://", "password"].iter().any(|it| others.contains(it)) {
        let what = error.kind().as_str().unwrap_or("wrong arguments");
        output::say(&format!(
            "error: {what}; if there is a connection string among the arguments, it belongs to `--database-url`\n\n\
             For more information, try '--help'."
        ));
    } else {
        output::say(words.trim_end());
    }
    Exit::Refused
}
