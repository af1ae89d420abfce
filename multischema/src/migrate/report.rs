//! What came of a run.

use std::fmt;

use super::error::{Chain, MigrateError};
use crate::name::SchemaName;

/// What came of a run, part by part.
///
/// [`Display`](fmt::Display) is a summary with a line for each schema that is not as it should be.
///
/// # Examples
///
/// ```no_run
/// # use diesel_migrations::FileBasedMigrations;
/// # let [global, tenant] = ["global", "tenant"].map(|dir| FileBasedMigrations::from_path(dir).unwrap());
/// let report = multischema::migrate_all("postgres://localhost/app", global, tenant)?;
/// for failed in report.failed() {
///     eprintln!("{}: {:?}", failed.schema(), failed.outcome());
/// }
/// assert!(report.is_ok(), "{report}");
/// # Ok::<(), multischema::MigrateError>(())
/// ```
#[derive(Debug)]
#[must_use = "schemata that failed are in it"]
pub struct FleetReport {
    pub(super) global: Vec<String>,
    pub(super) template: Vec<String>,
    pub(super) schemata: Vec<SchemaReport>,
}

impl FleetReport {
    /// Returns whether every schema has every migration.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.schemata.iter().all(SchemaReport::is_ok)
    }

    /// Returns the schemata that do not have every migration: those that failed, are missing or were not reached.
    pub fn failed(&self) -> impl Iterator<Item = &SchemaReport> {
        self.iter().filter(|report| !report.is_ok())
    }

    /// Returns the versions that this run applied in `public`.
    #[must_use]
    pub fn global(&self) -> &[String] {
        &self.global
    }

    /// Returns the versions that this run applied to the template.
    #[must_use]
    pub fn template(&self) -> &[String] {
        &self.template
    }

    /// Returns what came of one schema, if the registry has it.
    #[must_use]
    pub fn get(&self, schema: &SchemaName) -> Option<&SchemaReport> {
        self.iter().find(|report| report.schema == *schema)
    }

    /// Goes through all schemata of the registry, whatever their status, in the order of their numbers.
    pub fn iter(&self) -> std::slice::Iter<'_, SchemaReport> {
        self.schemata.iter()
    }
}

impl<'a> IntoIterator for &'a FleetReport {
    type Item = &'a SchemaReport;
    type IntoIter = std::slice::Iter<'a, SchemaReport>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for FleetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let applied = |versions: &[String]| match versions.len() {
            0 => "up to date".to_owned(),
            n => format!("{n} applied"),
        };
        write!(
            f,
            "public: {}; {}: {}; schemata: ",
            applied(&self.global),
            SchemaName::TEMPLATE,
            applied(&self.template)
        )?;
        if self.schemata.is_empty() {
            f.write_str("none")?;
        }
        let mut comma = "";
        for word in WORDS {
            let count = self.iter().filter(|it| it.outcome.word() == word).count();
            if count > 0 {
                write!(f, "{comma}{count} {word}")?;
                comma = ", ";
            }
        }
        for report in self.failed() {
            write!(f, "\n{report}")?;
        }
        Ok(())
    }
}

/// What came of one schema.
#[derive(Debug)]
pub struct SchemaReport {
    pub(super) schema: SchemaName,
    pub(super) outcome: Outcome,
}

impl SchemaReport {
    /// Returns the schema.
    #[must_use]
    pub fn schema(&self) -> &SchemaName {
        &self.schema
    }

    /// Returns what came of it.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Returns the versions that this run applied, also if one after them failed.
    #[must_use]
    pub fn applied(&self) -> &[String] {
        match &self.outcome {
            Outcome::Applied(applied) | Outcome::Failed { applied, .. } => applied,
            Outcome::UpToDate | Outcome::Missing | Outcome::NotReached | Outcome::Purging => &[],
        }
    }

    /// Returns whether the schema has every migration, or needs none.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::Applied(_) | Outcome::UpToDate | Outcome::Purging
        )
    }
}

impl fmt::Display for SchemaReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.schema, self.outcome.word())?;
        match &self.outcome {
            Outcome::Applied(applied) => write!(f, " {}", applied.join(", ")),
            Outcome::Failed { error, .. } => write!(f, ": {}", Chain(error)),
            Outcome::Missing => f.write_str(": the registry has it, and PostgreSQL does not"),
            Outcome::UpToDate | Outcome::NotReached | Outcome::Purging => Ok(()),
        }
    }
}

/// What came of a schema.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// These versions were applied, and now it has all.
    Applied(Vec<String>),
    /// It had all.
    UpToDate,
    /// A migration failed or was refused, or the schema could not be worked on. Mend the cause and run again: it
    /// goes on where it stopped.
    Failed {
        /// The versions applied before; they stay.
        applied: Vec<String>,
        /// What happened.
        error: MigrateError,
    },
    /// The registry has the schema, and PostgreSQL does not.
    Missing,
    /// The run stopped before: see [`OnError`](crate::OnError).
    NotReached,
    /// It is being removed for good, and is left alone.
    Purging,
}

const WORDS: [&str; 6] = [
    "applied",
    "up to date",
    "failed",
    "missing",
    "not reached",
    "being purged",
];

impl Outcome {
    fn word(&self) -> &'static str {
        WORDS[match self {
            Self::Applied(_) => 0,
            Self::UpToDate => 1,
            Self::Failed { .. } => 2,
            Self::Missing => 3,
            Self::NotReached => 4,
            Self::Purging => 5,
        }]
    }
}
