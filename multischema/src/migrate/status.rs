//! What every schema has and lacks.

use std::collections::HashMap;
use std::fmt;

use diesel::pg::PgConnection;

use super::error::MigrateError;
use super::histories::{self, Histories};
use super::list::List;
use super::migrator::Migrator;
use super::place::Place;
use super::run::Run;
use super::sql;
use super::target::{self, Target};
use super::work::{Goal, Work};
use super::worker::connect;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::registry::Lock;

/// Which migrations `public`, the template and every schema have: see [`Migrator::status`].
///
/// [`Display`](fmt::Display) is a summary with a line for each that is not as it should be.
///
/// # Examples
///
/// ```no_run
/// # use diesel_migrations::FileBasedMigrations;
/// # let [global, tenant] = ["global", "tenant"].map(|dir| FileBasedMigrations::from_path(dir).unwrap());
/// let status = multischema::Migrator::new(global, tenant).status("postgres://localhost/app")?;
/// for history in status.iter().filter(|it| !it.is_ok()) {
///     println!("{history}");
/// }
/// # Ok::<(), multischema::MigrateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FleetStatus {
    global: History,
    template: History,
    schemata: Vec<History>,
}

/// Which migrations one place has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct History {
    /// The schema; none for `public`.
    pub schema: Option<SchemaName>,
    /// Its status, if it is in the registry.
    pub status: Option<SchemaStatus>,
    /// Whether PostgreSQL has it.
    pub exists: bool,
    /// The versions that it has, in order.
    pub applied: Vec<String>,
    /// Those that it lacks.
    pub pending: Vec<String>,
    /// Those that it has, and the migrations lack: they were run from elsewhere, or a file was deleted.
    pub unknown: Vec<String>,
    /// Those that it has, and the registry does not know of: somebody ran them by hand.
    pub unnoted: Vec<String>,
    /// Those that the registry says it has, and that it has not: somebody reverted them by hand.
    pub unfounded: Vec<String>,
}

impl FleetStatus {
    /// Returns whether every history is as it should be.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.global.is_ok() && self.template.is_ok() && self.schemata.iter().all(History::is_ok)
    }

    /// Returns the history of `public`.
    #[must_use]
    pub fn global(&self) -> &History {
        &self.global
    }

    /// Returns the history of the template.
    #[must_use]
    pub fn template(&self) -> &History {
        &self.template
    }

    /// Returns the history of one schema, if the registry has it.
    #[must_use]
    pub fn get(&self, schema: &SchemaName) -> Option<&History> {
        self.iter().find(|it| it.schema.as_ref() == Some(schema))
    }

    /// Goes through all schemata of the registry, whatever their status, in the order of their numbers.
    pub fn iter(&self) -> std::slice::Iter<'_, History> {
        self.schemata.iter()
    }
}

impl<'a> IntoIterator for &'a FleetStatus {
    type Item = &'a History;
    type IntoIter = std::slice::Iter<'a, History>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl History {
    fn new(schema: Option<SchemaName>, exists: bool, applied: Vec<String>, all: &[String]) -> Self {
        let lacks = |these: &[String], those: &[String]| -> Vec<String> {
            let lacking = those.iter().filter(|it| !these.contains(it));
            lacking.cloned().collect()
        };
        Self {
            schema,
            status: None,
            exists,
            pending: lacks(&applied, all),
            unknown: lacks(all, &applied),
            unnoted: Vec::new(),
            unfounded: Vec::new(),
            applied,
        }
    }

    /// Returns whether it has every migration and no other, and the registry knows. One that is being purged needs none.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        let has_all = self.exists && self.pending.is_empty() && self.unknown.is_empty();
        let is_known = self.unnoted.is_empty() && self.unfounded.is_empty();
        self.status == Some(SchemaStatus::Purging) || (has_all && is_known)
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.schema.as_ref().map_or("public", SchemaName::as_str))?;
        if !self.exists {
            return f.write_str(": the registry has it, and PostgreSQL does not");
        }
        let mut colon = ":";
        for (versions, what) in [
            (&self.pending, "pending"),
            (&self.unknown, "applied, but not among the migrations"),
            (&self.unnoted, "applied, but not noted in the registry"),
            (&self.unfounded, "noted in the registry, but not applied"),
        ] {
            if !versions.is_empty() {
                write!(f, "{colon} {} {what}", versions.join(", "))?;
                colon = ";";
            }
        }
        if colon == ":" {
            f.write_str(": up to date")?;
        }
        Ok(())
    }
}

impl fmt::Display for FleetStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrong = self.iter().filter(|it| !it.is_ok()).count();
        let right = self.schemata.len() - wrong;
        write!(
            f,
            "{}\n{}\nschemata: {right} up to date",
            self.global, self.template
        )?;
        if wrong > 0 {
            write!(f, ", {wrong} not")?;
        }
        for history in self.iter().filter(|it| !it.is_ok()) {
            write!(f, "\n{history}")?;
        }
        Ok(())
    }
}

impl Migrator {
    /// Reads the history of `public`, of the template and of every schema, in one statement for every hundred, and compares them
    /// with the migrations and with what the registry says. It changes nothing, and waits for nobody.
    ///
    /// # Errors
    ///
    /// * [`MigrateError::Source`], [`SameVersion`](MigrateError::SameVersion): the migrations cannot be read.
    /// * [`MigrateError::ConnectionString`], [`Connect`](MigrateError::Connect): there is no connection.
    /// * [`MigrateError::UnknownSchemata`]: the registry does not have all that [`only`](Self::only) names.
    /// * [`MigrateError::Query`], [`Name`](MigrateError::Name): the database cannot be read.
    pub fn status(&self, url: &str) -> Result<FleetStatus, MigrateError> {
        self.look(url, true)
    }

    /// Tells what [`run`](Self::run) would apply, in a number of statements that does not depend on that of schemata: it believes
    /// what the registry says each schema has. It changes nothing, and waits for nobody.
    ///
    /// # Errors
    ///
    /// Those of [`status`](Self::status).
    pub fn pending(&self, url: &str) -> Result<FleetStatus, MigrateError> {
        self.look(url, false)
    }

    fn look(&self, url: &str, reads_all: bool) -> Result<FleetStatus, MigrateError> {
        let global = List::read("global", &self.global)?.versions();
        let tenant = List::read("tenant", &self.tenant)?.versions();
        let mut pg = connect(url)?;
        let asked = MigrateError::query(&Place::Global);
        let mut targets = Vec::new();
        if sql::has_registry(&mut pg).map_err(&asked)? {
            let goal = Goal {
                work: Work::Run,
                versions: tenant.clone(),
            };
            targets = Target::all(&mut pg, &goal)?;
        }
        Target::check_names(self.only.as_ref(), &targets)?;
        if let Some(only) = &self.only {
            targets.retain(|it| only.contains(&it.name));
        }
        let existing = targets.iter().filter(|it| reads_all && it.exists);
        let existing: Vec<_> = existing.map(|it| (it.id, it.called())).collect();
        let meanwhile = |pg: &mut PgConnection| {
            let global = history(pg, &Place::Global, &global)?;
            let template = history(pg, &Place::Template, &tenant)?;
            let noted = match targets.len() {
                0 => Histories::new(),
                _ => sql::noted(pg).map_err(&asked)?,
            };
            Ok((global, template, noted))
        };
        let read = histories::read(&mut pg, url, self.jobs, &existing, meanwhile)?;
        let (mut read, (global, template, mut noted)) = read;
        let schemata = targets.into_iter().map(|target| {
            let noted = noted.remove(&target.id).unwrap_or_default();
            let applied = match reads_all {
                true => read.remove(&target.id).unwrap_or_default(),
                false => noted.clone(),
            };
            let schema = Some(target.name);
            let mut history = History::new(schema, target.exists, applied, &tenant);
            history.status = Some(target.status);
            if history.exists {
                let applied = &history.applied;
                history.unnoted = applied
                    .iter()
                    .filter(|it| !noted.contains(it))
                    .cloned()
                    .collect();
                history.unfounded = noted
                    .into_iter()
                    .filter(|it| !applied.contains(it))
                    .collect();
            }
            history
        });
        let schemata = schemata.collect();
        Ok(FleetStatus {
            global,
            template,
            schemata,
        })
    }
}

/// The history of a place that every database has.
fn history(pg: &mut PgConnection, place: &Place, all: &[String]) -> Result<History, MigrateError> {
    let read = sql::history(pg, place.called());
    let mut applied = read
        .map_err(MigrateError::query(place))?
        .unwrap_or_default();
    applied.sort_unstable();
    Ok(History::new(place.schema(), true, applied, all))
}

impl Run<'_> {
    /// Has the registry say of each schema what its history says.
    pub(super) fn verify(&mut self) -> Result<(), MigrateError> {
        let asked = MigrateError::query(&Place::Global);
        let all = Goal {
            work: Work::Run,
            versions: Vec::new(),
        };
        let targets = Target::all(&mut self.holder, &all)?;
        let existing = targets.iter().filter(|it| it.exists);
        let existing: Vec<_> = existing.map(|it| (it.id, it.called())).collect();
        let called: HashMap<i32, SchemaName> = existing.iter().cloned().collect();
        let jobs = self.migrator.jobs;
        let noted = |pg: &mut PgConnection| sql::noted(pg).map_err(&asked);
        let read = histories::read(&mut self.holder, self.url, jobs, &existing, noted)?;
        let (read, mut noted) = read;
        for (id, history) in read {
            if noted.remove(&id).unwrap_or_default() != history {
                self.note_again(id, called.get(&id))?;
            }
        }
        Ok(())
    }

    /// Has the registry say what the history of a schema says, which is nobody else's meanwhile, and still called so.
    fn note_again(&mut self, id: i32, called: Option<&SchemaName>) -> Result<(), MigrateError> {
        let asked = MigrateError::query(&Place::Global);
        let lock = Lock::Schema(id);
        let patience = self.migrator.lock_timeout;
        if !lock.poll(&mut self.holder, patience).map_err(&asked)? {
            let schema = called.cloned();
            let waited = patience;
            return Err(MigrateError::Busy { schema, waited });
        }
        if let Some((name, status)) = sql::row(&mut self.holder, id).map_err(&asked)? {
            let now = target::called(id, &name.parse()?, status);
            if called == Some(&now) {
                let history = sql::history(&mut self.holder, now.as_str()).map_err(&asked)?;
                let history = history.unwrap_or_default();
                sql::note_history(&mut self.holder, id, &history).map_err(&asked)?;
            }
        }
        lock.release(&mut self.holder).map_err(&asked)?;
        Ok(())
    }
}
