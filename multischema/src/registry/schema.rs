//! One row of the registry.

use std::error::Error;
use std::time::{Duration, SystemTime};

use diesel::data_types::PgTimestamp;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;

use super::table::schemas;
use crate::lifecycle::SchemaStatus;
use crate::name::SchemaName;

/// A schema of the registry, as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Schema {
    /// Its number, from 1. No other schema gets it, also after this one is gone.
    pub id: i32,
    /// What the PostgreSQL schema is called.
    pub name: SchemaName,
    /// What people call it. No other schema has the same label.
    pub label: String,
    /// What may be done with it.
    pub status: SchemaStatus,
    /// Counts, from 1, the shapes that it had: each migration begins a new one.
    pub generation: i32,
    /// When it was made, by the server's clock.
    pub created_at: SystemTime,
}

/// A schema that is to be made.
///
/// # Examples
///
/// ```
/// use multischema::{NewSchema, SchemaName};
///
/// let name: SchemaName = "school_a".parse()?;
/// let new = NewSchema::new(name).label("Elm Street School");
/// # let _ = new;
/// # Ok::<(), multischema::InvalidSchemaName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "no schema is made until `Registry::create` is called"]
pub struct NewSchema {
    pub(super) name: SchemaName,
    label: Option<String>,
}

impl NewSchema {
    /// Begins with its name.
    pub fn new(name: SchemaName) -> Self {
        Self { name, label: None }
    }

    /// Sets what people call it.
    ///
    /// A label is checked when the schema is made: it has 1 to 200 characters, none of them a line break or
    /// another control character, and no white space around it. Defaults to the name.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub(super) fn label_or_name(&self) -> &str {
        self.label.as_deref().unwrap_or(self.name.as_str())
    }
}

impl From<SchemaName> for NewSchema {
    fn from(name: SchemaName) -> Self {
        Self::new(name)
    }
}

impl Schema {
    /// The schema `name`, on a connection that is in no scope.
    pub(crate) fn find(pg: &mut PgConnection, name: &SchemaName) -> QueryResult<Option<Self>> {
        let row = schemas::table.filter(schemas::name.eq(name.as_str()));
        let row: Option<Row> = row.select(Row::as_select()).first(pg).optional()?;
        row.map(Row::checked).transpose()
    }
}

/// A schema as the database has it. What is read is checked: raw SQL may have written it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = schemas, check_for_backend(Pg))]
pub(super) struct Row {
    id: i32,
    name: String,
    label: String,
    status: SchemaStatus,
    generation: i32,
    created_at: PgTimestamp,
}

impl Row {
    pub(super) fn checked(self) -> QueryResult<Schema> {
        let checked = || -> Result<Schema, Box<dyn Error + Send + Sync>> {
            Ok(Schema {
                id: self.id,
                name: self.name.parse()?,
                label: self.label,
                status: self.status,
                generation: self.generation,
                created_at: system_time(self.created_at).ok_or("`created_at` is out of range")?,
            })
        };
        checked().map_err(diesel::result::Error::DeserializationError)
    }
}

/// PostgreSQL counts microseconds from the beginning of the year 2000.
fn system_time(PgTimestamp(micros): PgTimestamp) -> Option<SystemTime> {
    const EPOCH: Duration = Duration::from_secs(946_684_800);
    let epoch = SystemTime::UNIX_EPOCH.checked_add(EPOCH)?;
    let distance = Duration::from_micros(micros.unsigned_abs());
    if micros < 0 {
        epoch.checked_sub(distance)
    } else {
        epoch.checked_add(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_counted_from_the_year_2000_in_both_directions() {
        let unix = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let cases = [
            (0, unix(946_684_800)),
            (1_000_000, unix(946_684_801)),
            (-946_684_800_000_000, unix(0)),
        ];
        for (micros, time) in cases {
            assert_eq!(
                system_time(PgTimestamp(micros)),
                Some(time),
                "for {micros} µs"
            );
        }
    }
}
