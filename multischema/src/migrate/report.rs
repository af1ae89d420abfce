//! What came of a run.

use std::collections::HashMap;
use std::fmt;

use super::error::{Chain, MigrateError};
use super::work::Work;
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
#[derive(Debug, Default)]
#[must_use = "schemata that failed are in it"]
pub struct FleetReport {
    pub(super) run: Option<i64>,
    pub(super) resumed: Option<i64>,
    pub(super) stopped: bool,
    /// Whether migrations were left that the run was to revert.
    pub(super) unfinished: bool,
    pub(super) trouble: Option<MigrateError>,
    /// What was done, if not to apply.
    pub(super) work: Option<Work>,
    pub(super) global: Vec<String>,
    pub(super) template: Vec<String>,
    pub(super) schemata: Vec<SchemaReport>,
}

impl FleetReport {
    /// Returns whether every schema is as the run was to leave it, and nothing went wrong beside.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.trouble.is_none() && !self.unfinished && self.schemata.iter().all(SchemaReport::is_ok)
    }

    /// Returns the schemata that do not have every migration: those that failed, are missing or were not reached.
    pub fn failed(&self) -> impl Iterator<Item = &SchemaReport> {
        self.iter().filter(|report| !report.is_ok())
    }

    /// Returns the number of this run in `multischema.runs`; none if it had nothing to do.
    #[must_use]
    pub fn run(&self) -> Option<i64> {
        self.run
    }

    /// Returns the number of the run before, if that was killed and this one went on where it stopped.
    #[must_use]
    pub fn resumed(&self) -> Option<i64> {
        self.resumed
    }

    /// Returns what went wrong with the run itself, after it had begun with the schemata: most often the server went away. What came
    /// of the schemata until then is in the report, and the rest as [`NotReached`](Outcome::NotReached).
    #[must_use]
    pub fn trouble(&self) -> Option<&MigrateError> {
        self.trouble.as_ref()
    }

    /// Returns whether the run was [asked to stop](crate::Stop) before it was through.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Returns the versions that this run applied in `public`.
    #[must_use]
    pub fn global(&self) -> &[String] {
        &self.global
    }

    /// Returns the versions that this run applied to the template, or reverted there.
    #[must_use]
    pub fn template(&self) -> &[String] {
        &self.template
    }

    /// Returns what came of one schema, if the registry has it.
    #[must_use]
    pub fn get(&self, schema: &SchemaName) -> Option<&SchemaReport> {
        self.iter().find(|report| report.schema == *schema)
    }

    /// Adds what came of the schemata to what came of them before. One that is gone now is kept.
    pub(super) fn add(&mut self, reports: Vec<SchemaReport>) {
        let before = std::mem::replace(&mut self.schemata, reports);
        let mut before: HashMap<i32, _> = before.into_iter().map(|it| (it.id, it)).collect();
        for now in &mut self.schemata {
            if let Some(before) = before.remove(&now.id) {
                now.follow(before);
            }
        }
        self.schemata.extend(before.into_values());
        self.schemata.sort_by_key(|it| it.id);
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
        let word = match self.work {
            Some(Work::Revert) => "reverted",
            Some(Work::Redo) => "redone",
            _ => "applied",
        };
        let applied = |versions: &[String]| match versions.len() {
            0 => "up to date".to_owned(),
            n => format!("{n} {word}"),
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
            let count = self.iter().filter(|it| it.outcome.as_str() == word).count();
            if count > 0 {
                write!(f, "{comma}{count} {word}")?;
                comma = ", ";
            }
        }
        for report in self.failed() {
            write!(f, "\n{report}")?;
        }
        if let Some(error) = &self.trouble {
            write!(f, "\n{}", Chain(error))?;
        }
        Ok(())
    }
}

/// What came of one schema.
#[derive(Debug)]
pub struct SchemaReport {
    /// The number in the registry: the name may change during a run.
    pub(super) id: i32,
    pub(super) schema: SchemaName,
    pub(super) outcome: Outcome,
    versions: Vec<String>,
    trouble: Option<MigrateError>,
}

impl SchemaReport {
    pub(super) fn new(
        (id, schema): (i32, SchemaName),
        outcome: Outcome,
        trouble: Option<MigrateError>,
    ) -> Self {
        Self {
            id,
            schema,
            versions: outcome.versions().to_vec(),
            outcome,
            trouble,
        }
    }

    /// Takes what came before as part of this.
    fn follow(&mut self, before: Self) {
        self.trouble = self.trouble.take().or(before.trouble);
        if before.versions.is_empty() {
            return;
        }
        self.versions = [before.versions, std::mem::take(&mut self.versions)].concat();
        let all = self.versions.clone();
        match &mut self.outcome {
            Outcome::Reverted(versions)
            | Outcome::Failed {
                applied: versions, ..
            } => *versions = all,
            Outcome::UpToDate => self.outcome = Outcome::Reverted(all),
            _ => {}
        }
    }

    /// The error and its causes in one line, or what went wrong although it did not fail.
    pub(super) fn message(&self) -> Option<String> {
        let error = self.outcome.error().or(self.trouble.as_ref());
        error.map(|error| Chain(error).to_string())
    }

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

    /// Returns the versions that this run applied or reverted, also if one after them failed, or was not reached.
    #[must_use]
    pub fn versions(&self) -> &[String] {
        &self.versions
    }

    /// Returns what went wrong although the schema is as the run was to leave it: most often
    /// [`MigrateError::NotCleaned`].
    #[must_use]
    pub fn trouble(&self) -> Option<&MigrateError> {
        self.trouble.as_ref()
    }

    /// Returns whether the schema is as the run was to leave it, or needs nothing.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.outcome.is_ok()
    }
}

impl fmt::Display for SchemaReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.schema, self.outcome.as_str())?;
        match &self.outcome {
            Outcome::Applied(versions)
            | Outcome::Reverted(versions)
            | Outcome::Redone(versions) => write!(f, " {}", versions.join(", ")),
            Outcome::Failed { error, .. } => write!(f, ": {}", Chain(error)),
            Outcome::Missing => f.write_str(": the registry has it, and PostgreSQL does not"),
            Outcome::UpToDate | Outcome::NotReached | Outcome::Purging => Ok(()),
        }?;
        if self.outcome.versions().is_empty() && !self.versions.is_empty() {
            write!(f, "; before that {}", self.versions.join(", "))?;
        }
        match &self.trouble {
            Some(error) => write!(f, "; {}", Chain(error)),
            None => Ok(()),
        }
    }
}

/// What came of a schema.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// These versions were applied, and now it has all.
    Applied(Vec<String>),
    /// These versions were reverted.
    Reverted(Vec<String>),
    /// These versions were reverted and applied again.
    Redone(Vec<String>),
    /// There was nothing to do.
    UpToDate,
    /// A migration failed or was refused, or the schema could not be worked on. Mend the cause and run again: it
    /// goes on where it stopped.
    Failed {
        /// The versions that were applied or reverted before; they stay so.
        applied: Vec<String>,
        /// What happened.
        error: MigrateError,
    },
    /// The registry has the schema, and PostgreSQL does not.
    Missing,
    /// The run stopped before: see [`OnError`](crate::OnError) and [`Stop`](crate::Stop). What was reverted before that is in
    /// [`SchemaReport::versions`].
    NotReached,
    /// It is being removed for good, and is left alone.
    Purging,
}

const WORDS: [&str; 8] = [
    "applied",
    "reverted",
    "redone",
    "up to date",
    "failed",
    "missing",
    "not reached",
    "being purged",
];

impl Outcome {
    /// Returns a word for it: `applied`, `reverted`, `redone`, `up to date`, `failed`, `missing`, `not reached`, `being purged`.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        WORDS[match self {
            Self::Applied(_) => 0,
            Self::Reverted(_) => 1,
            Self::Redone(_) => 2,
            Self::UpToDate => 3,
            Self::Failed { .. } => 4,
            Self::Missing => 5,
            Self::NotReached => 6,
            Self::Purging => 7,
        }]
    }

    /// Returns the versions that were applied or reverted.
    #[must_use]
    pub fn versions(&self) -> &[String] {
        match self {
            Self::Applied(versions)
            | Self::Reverted(versions)
            | Self::Redone(versions)
            | Self::Failed {
                applied: versions, ..
            } => versions,
            Self::UpToDate | Self::Missing | Self::NotReached | Self::Purging => &[],
        }
    }

    /// Returns the error, if it failed.
    #[must_use]
    pub fn error(&self) -> Option<&MigrateError> {
        match self {
            Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }

    pub(super) fn is_ok(&self) -> bool {
        match self {
            Self::Applied(_)
            | Self::Reverted(_)
            | Self::Redone(_)
            | Self::UpToDate
            | Self::Purging => true,
            Self::Failed { .. } | Self::Missing | Self::NotReached => false,
        }
    }
}
