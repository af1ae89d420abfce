//! What a comparison of schemata found.

use std::collections::BTreeSet;
use std::fmt;

use super::member::Member;
use crate::name::SchemaName;
use crate::template::{Difference, Maker, Repair};

/// How many names, or differences, one line tells.
const TOLD: usize = 4;

/// Which schemata are like the template, and in what the others differ. See [`drift`](crate::drift()).
///
/// [`Display`](fmt::Display) is a line for all, and one for each group that differs.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct DriftReport {
    /// Schemata that are alike, together: first those that equal the template, if there are any; then those that differ, the most
    /// first.
    pub groups: Vec<DriftGroup>,
    /// Schemata that PostgreSQL does not have. [`Registry::heal`](crate::Registry::heal) makes them anew.
    pub missing: Vec<SchemaName>,
    /// Schemata that could not be read.
    pub unread: Vec<Unread>,
}

/// Schemata that are alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriftGroup {
    /// Their names, in the order in which they were made.
    pub schemata: Vec<SchemaName>,
    /// The SHA-256 of their normal form, in hexadecimal digits. In one database, schemata that are alike have the same, at
    /// any time, with any version of PostgreSQL that writes expressions in the same words.
    pub fingerprint: String,
    /// In what they differ from the template; nothing if they are equal to it.
    pub differences: Vec<Difference>,
    /// What can be made of what they lack. What stays different after that is for people to judge.
    pub repairs: Vec<Repair>,
    pub(super) maker: Option<Maker>,
    /// Those that have another name in PostgreSQL now.
    pub(super) archived: BTreeSet<SchemaName>,
}

/// A schema that could not be read, most often as others change it. Try again.
#[derive(Debug, thiserror::Error)]
#[error("schema `{schema}` could not be read")]
#[non_exhaustive]
pub struct Unread {
    /// The schema.
    pub schema: SchemaName,
    /// What PostgreSQL said.
    pub source: diesel::result::Error,
}

impl DriftReport {
    /// Returns whether all schemata are there and equal to the template.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.missing.is_empty() && self.unread.is_empty() && self.differing().next().is_none()
    }

    /// Returns the schemata that equal the template.
    #[must_use]
    pub fn equal(&self) -> &[SchemaName] {
        let first = self.groups.first().filter(|group| group.is_equal());
        first.map_or(&[], |group| &group.schemata)
    }

    /// Returns the groups of those that differ.
    pub fn differing(&self) -> impl Iterator<Item = &DriftGroup> {
        self.groups.iter().filter(|group| !group.is_equal())
    }
}

impl DriftGroup {
    pub(super) fn add(&mut self, member: &Member) {
        self.schemata.push(member.name.clone());
        if member.is_archived {
            self.archived.insert(member.name.clone());
        }
    }

    /// Returns whether they equal the template.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.maker.is_none()
    }

    /// Returns the SQL of the repairs that `is_wanted` for one of these schemata, to be run in a transaction: all or
    /// nothing. There is none if there is nothing to repair, or the schema is in another group, or archived: restore it first.
    ///
    /// It is to be run by the role that the schemata were compared by. `SET LOCAL` in it holds until the transaction ends.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use diesel::connection::SimpleConnection;
    /// use diesel::prelude::*;
    ///
    /// # fn example(report: multischema::DriftReport, pg: &mut PgConnection) -> QueryResult<()> {
    /// for group in report.differing() {
    ///     for school in &group.schemata {
    ///         if let Some(sql) = group.repair(school, |repair| !repair.checks_rows) {
    ///             pg.transaction(|pg| pg.batch_execute(&sql))?;
    ///         }
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn repair(
        &self,
        schema: &SchemaName,
        is_wanted: impl Fn(&Repair) -> bool,
    ) -> Option<String> {
        let maker = self.maker.as_ref()?;
        let is_here = self.schemata.contains(schema) && !self.archived.contains(schema);
        if !is_here {
            return None;
        }
        maker.script(schema, self.repairs.iter().filter(|it| is_wanted(it)))
    }
}

impl fmt::Display for DriftReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let equal = self.equal().len();
        let verb = if equal == 1 { "equals" } else { "equal" };
        write!(f, "{equal} {verb} the template")?;
        let differing: usize = self.differing().map(|group| group.schemata.len()).sum();
        let counts = [
            (differing, "differs", "differ"),
            (self.missing.len(), "is missing", "are missing"),
            (self.unread.len(), "was not read", "were not read"),
        ];
        for (count, one, many) in counts.into_iter().filter(|(count, ..)| *count > 0) {
            write!(f, ", {count} {}", if count == 1 { one } else { many })?;
        }
        for group in self.differing() {
            write!(f, "\n{group}")?;
        }
        if !self.missing.is_empty() {
            write!(f, "\n{}: not in PostgreSQL", some(&self.missing, ", "))?;
        }
        for unread in &self.unread {
            write!(f, "\n{}: {}", unread.schema, unread.source)?;
        }
        Ok(())
    }
}

/// The names, and in what they differ.
impl fmt::Display for DriftGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&some(&self.schemata, ", "))?;
        if self.is_equal() {
            return f.write_str(": equal to the template");
        }
        write!(f, ": {}", some(&self.differences, "; "))
    }
}

/// The first few items, and how many there are besides.
fn some<T: fmt::Display>(items: &[T], between: &str) -> String {
    let told: Vec<String> = items.iter().take(TOLD).map(T::to_string).collect();
    let told = told.join(between);
    match items.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told}{between}{more} more"),
    }
}
