//! Values as they are sent: one object of JSON, which PostgreSQL reads as a row, so that each type is read in its own way, and none is cut.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::model::FieldErrors;
use crate::structure::{Kind, Table};

/// Values of a form, as JSON.
#[derive(Debug, Default, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct Written(BTreeMap<String, Option<Box<RawValue>>>);

impl Written {
    /// Writes values of the table's columns; what is no JSON where that is wanted is an error of its field.
    pub(crate) fn of<'a>(
        table: &Table,
        values: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<Self, FieldErrors> {
        let mut written = BTreeMap::new();
        let mut errors = FieldErrors::new();
        for (name, value) in values {
            let Some(column) = table.column(name) else {
                continue;
            };
            let raw = match (value, column.kind()) {
                (None, _) => Ok(None),
                (Some(text), Kind::Array | Kind::Composite | Kind::Json) => as_json(text).map(Some),
                (Some(text), _) => as_text(text).map(Some),
            };
            match raw {
                Ok(raw) => drop(written.insert(name.to_owned(), raw)),
                Err(words) => errors.add(name, words),
            }
        }
        match errors.is_empty() {
            true => Ok(Self(written)),
            false => Err(errors),
        }
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each value by itself.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&str, Self)> {
        self.0.iter().map(|(name, value)| {
            let alone = BTreeMap::from([(name.clone(), value.clone())]);
            (name.as_str(), Self(alone))
        })
    }

    pub(crate) fn json(&self) -> String {
        // Strings and JSON are always written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn as_json(text: &str) -> Result<Box<RawValue>, String> {
    let raw: Box<RawValue> =
        serde_json::from_str(text).map_err(|error| format!("This is no JSON: {error}."))?;
    match raw.get().trim() {
        // It would be read as NULL.
        "null" => Err("`null` alone cannot be kept: leave the field empty.".to_owned()),
        json if json.contains("\\u0000") => {
            Err("PostgreSQL keeps no text with a zero character in it.".to_owned())
        }
        _ => Ok(raw),
    }
}

fn as_text(text: &str) -> Result<Box<RawValue>, String> {
    if text.contains('\0') {
        return Err("PostgreSQL keeps no text with a zero character in it.".to_owned());
    }
    serde_json::value::to_raw_value(text).map_err(|error| error.to_string())
}
