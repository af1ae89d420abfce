//! What schemata look like.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, TimeDelta};
use comfy_table::{Table, presets};
use multischema::Schema;
use serde::Serialize;

/// A schema for programs.
#[derive(Serialize)]
pub(crate) struct SchemaView<'a> {
    id: i32,
    name: &'a str,
    label: &'a str,
    status: &'static str,
    generation: i32,
    /// None if raw SQL wrote a time that no calendar has.
    created_at: Option<String>,
}

impl<'a> From<&'a Schema> for SchemaView<'a> {
    fn from(schema: &'a Schema) -> Self {
        Self {
            id: schema.id,
            name: schema.name.as_str(),
            label: &schema.label,
            status: schema.status.as_str(),
            generation: schema.generation,
            created_at: rfc3339(schema.created_at),
        }
    }
}

impl SchemaView<'_> {
    const FIELDS: [&'static str; 6] = ["id", "name", "label", "status", "generation", "created_at"];

    fn cells(&self) -> [String; 6] {
        [
            self.id.to_string(),
            self.name.to_owned(),
            printable(self.label),
            self.status.to_owned(),
            self.generation.to_string(),
            self.created_at.clone().unwrap_or_default(),
        ]
    }

    /// One schema, a row for each field.
    pub(crate) fn card(&self) -> Table {
        let fields = Self::FIELDS.into_iter().zip(self.cells());
        table(
            ["field", "value"],
            fields.map(|(key, value)| [key.to_owned(), value]),
        )
    }
}

/// Several schemata for programs.
pub(crate) fn views(schemata: &[Schema]) -> Vec<SchemaView<'_>> {
    schemata.iter().map(SchemaView::from).collect()
}

/// Several schemata, a row for each.
pub(crate) fn list(views: &[SchemaView<'_>]) -> Table {
    table(SchemaView::FIELDS, views.iter().map(SchemaView::cells))
}

/// A table for people.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_FULL_CONDENSED);
    table.set_header(header);
    table.add_rows(rows);
    table
}

/// Text that others wrote, without what would move a terminal's cursor.
pub(crate) fn printable(text: &str) -> String {
    let escaped = |char: char| match char.is_control() {
        true => char.escape_default().to_string(),
        false => char.to_string(),
    };
    text.chars().map(escaped).collect()
}

pub(crate) fn rfc3339(at: SystemTime) -> Option<String> {
    let epoch = DateTime::UNIX_EPOCH;
    let time = match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => epoch.checked_add_signed(TimeDelta::from_std(after).ok()?),
        Err(before) => epoch.checked_sub_signed(TimeDelta::from_std(before.duration()).ok()?),
    };
    Some(time?.to_rfc3339_opts(SecondsFormat::Micros, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_time_is_written_in_utc_and_one_of_no_calendar_is_not() {
        let from_1970 = |micros| SystemTime::UNIX_EPOCH + Duration::from_micros(micros);
        let cases = [
            (from_1970(0), Some("1970-01-01T00:00:00.000000Z")),
            (
                from_1970(1_764_060_000_250_000),
                Some("2025-11-25T08:40:00.250000Z"),
            ),
            (
                SystemTime::UNIX_EPOCH - Duration::from_secs(1),
                Some("1969-12-31T23:59:59.000000Z"),
            ),
            (from_1970(i64::MAX.unsigned_abs()), None),
        ];
        for (time, expected) in cases {
            assert_eq!(rfc3339(time).as_deref(), expected);
        }
    }

    #[test]
    fn a_label_does_not_move_the_cursor() {
        assert_eq!(printable("Müller \u{1b}[2J\n"), "Müller \\u{1b}[2J\\n");
    }
}
