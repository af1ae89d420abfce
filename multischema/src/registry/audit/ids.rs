//! Rows whose id is not one of their schema's.

use std::ops::RangeInclusive;

use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error;

use super::super::error::RegistryError;
use super::super::obstacle::Need;
use super::super::registry::Registry;
use super::super::schema::Schema;
use super::column::{Column, Place};
use super::count::Count;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;
use crate::template::Ids;

/// What [`Registry::foreign_ids`] found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct IdReport {
    /// Columns in which there are ids of other blocks, by schema, in the order in which those were made.
    pub foreign: Vec<ForeignIds>,
    /// Columns that were not looked at. If the template's could not be, neither were those of its copies.
    pub uncounted: Vec<Uncounted>,
}

/// A column that draws ids, in which some are outside of the block that is its schema's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForeignIds {
    /// The schema.
    pub schema: SchemaName,
    /// The table. What is in the parts of a partitioned table is counted with that.
    pub table: String,
    /// The column.
    pub column: String,
    /// The ids that the schema draws.
    pub block: RangeInclusive<i64>,
    /// How many rows have another.
    pub rows: i64,
    /// How many of those have one that a row of the template has in the same column, as they came with it, or the same migration
    /// has written both. That is as it should be; but such an id is in other schemata, too.
    pub of_template: i64,
}

impl ForeignIds {
    /// Returns how many rows have an id from elsewhere: it was written by hand, or copied by
    /// [`WithData::SameIds`](crate::WithData::SameIds). Another schema has it as well, or may draw it some day.
    #[must_use]
    pub fn unexpected(&self) -> i64 {
        self.rows - self.of_template
    }
}

/// Why ids were not counted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Uncounted {
    /// The role may not read all rows of the table.
    #[error(
        "ids of `{table}.{column}` in schema `{schema}` were not counted, as the role may not read them; it needs USAGE on the schema, SELECT on the column, and not to be subject to row-level security"
    )]
    NotAllowed {
        /// The schema.
        schema: SchemaName,
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The table could not be read, most often as others change it. Try again.
    #[error("ids of `{table}.{column}` in schema `{schema}` could not be counted")]
    Failed {
        /// The schema.
        schema: SchemaName,
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What PostgreSQL said.
        source: Error,
    },
}

impl Uncounted {
    /// Returns the schema.
    #[must_use]
    pub fn schema(&self) -> &SchemaName {
        match self {
            Self::NotAllowed { schema, .. } | Self::Failed { schema, .. } => schema,
        }
    }
}

impl IdReport {
    /// Returns whether all ids were counted, and each is in its schema's block or came with the template.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        let mut foreign = self.foreign.iter();
        self.uncounted.is_empty() && foreign.all(|it| it.unexpected() == 0)
    }
}

impl Registry {
    /// Counts, in the schemata that are wanted, be they active, suspended or archived, the rows whose id is outside of the schema's
    /// block; see [`Ids::Unique`]. That is in each column that draws such ids: an identity or `bigserial`. Where each schema counts
    /// for itself, nothing is asked.
    ///
    /// A hundred schemata, or five hundred columns of them, take one statement, and a constant number around it; less where the server
    /// has little room for locks. An index that begins with the column says at once that there are no others; where there is none, the table, or
    /// the index that has the column behind others, is read as a whole. A table is locked as by any `SELECT`, and waited for half a second
    /// at most. One that cannot be read keeps none of the others from it: it is looked for by halves, asked once more, and
    /// [reported](IdReport::uncounted). One that is gone is left out.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list). What stands in the way of one table is in the report.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(registry: multischema::Registry) -> Result<(), multischema::RegistryError> {
    /// let report = registry.foreign_ids(|school| school.name.as_ref().starts_with("school_"))?;
    /// for it in report.foreign.iter().filter(|it| it.unexpected() > 0) {
    ///     eprintln!("{}.{}: {} ids from elsewhere", it.schema, it.table, it.unexpected());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn foreign_ids(
        &self,
        is_wanted: impl Fn(&Schema) -> bool,
    ) -> Result<IdReport, RegistryError> {
        if self.ids()? == Ids::PerSchema {
            return Ok(IdReport::default());
        }
        let places = self.places(is_wanted)?;
        if places.is_empty() {
            return Ok(IdReport::default());
        }
        let mut count = self.count(|pg| {
            let mut count = Count::begin(pg)?;
            count.add(pg, &places, |_| true)?;
            Ok(count)
        })?;
        let (of_template, failed): (Vec<_>, Vec<_>) = std::mem::take(&mut count.failed)
            .into_iter()
            .partition(|(column, _)| column.place.number == 0);
        count.failed = of_template;
        if !failed.is_empty() {
            // The table may be gone, or its schema have another name, since they were listed.
            let has_failed = |it: &Column| {
                let mut failed = failed.iter();
                failed.any(|(column, _)| column.full_key() == it.full_key())
            };
            let places = self.places(|it| {
                let mut failed = failed.iter();
                failed.any(|(column, _)| column.place.number == it.id)
            })?;
            count = self.count(|pg| {
                count.add(pg, &places, has_failed)?;
                Ok(count)
            })?;
        }
        Ok(report(count))
    }

    /// The schemata in which there are rows to count. One that is being purged has none that anybody will see again.
    fn places(&self, is_wanted: impl Fn(&Schema) -> bool) -> Result<Vec<Place>, RegistryError> {
        let statuses = SchemaStatus::ALL.iter().copied();
        let statuses: Vec<_> = statuses.filter(|it| *it != SchemaStatus::Purging).collect();
        let schemata = self.list(statuses)?;
        let wanted = schemata.iter().filter(|it| is_wanted(it));
        Ok(wanted.map(Place::of).collect())
    }

    fn count<T>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, RegistryError> {
        self.run(None, Need::Read, |conn| {
            let counted = conn.lend(work);
            Ok(counted.map_err(Error::from)??)
        })
    }
}

fn report(mut count: Count) -> IdReport {
    count
        .found
        .sort_by(|(a, _), (b, _)| a.full_key().cmp(&b.full_key()));
    let foreign = count.found.into_iter().map(|(column, counts)| {
        let block = column.place.block();
        let [rows, of_template] = counts;
        ForeignIds {
            schema: column.place.name,
            table: column.table,
            column: column.name,
            block: block.first()..=block.last(),
            rows,
            of_template,
        }
    });
    let denied = count.denied.into_iter().map(|it| Uncounted::NotAllowed {
        schema: it.place.name,
        table: it.table,
        column: it.name,
    });
    let failed = count.failed.into_iter();
    let failed = failed.map(|(it, source)| Uncounted::Failed {
        schema: it.place.name,
        table: it.table,
        column: it.name,
        source,
    });
    IdReport {
        foreign: foreign.collect(),
        uncounted: denied.chain(failed).collect(),
    }
}
