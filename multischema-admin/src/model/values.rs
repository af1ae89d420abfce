//! What is to be saved, and what is wrong with it.

use std::collections::BTreeMap;

/// What was put into the form of an object, before it is saved: of each field, its text, or `None` for NULL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(pub(crate) BTreeMap<String, Option<String>>);

impl Values {
    /// Returns the text of a field; `None` if it is NULL, or is not in the form.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field)?.as_deref()
    }

    /// Sets a field.
    pub fn set(&mut self, field: impl Into<String>, value: Option<String>) {
        self.0.insert(field.into(), value);
    }
}

/// What is wrong with a form: of fields, and of it as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors {
    pub(crate) whole: Vec<String>,
    pub(crate) fields: BTreeMap<String, Vec<String>>,
}

impl FieldErrors {
    /// No error yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One of a field; shown beside it.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.fields
            .entry(field.into())
            .or_default()
            .push(message.into());
    }

    /// One of the form as a whole.
    pub fn add_whole(&mut self, message: impl Into<String>) {
        self.whole.push(message.into());
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.fields.is_empty()
    }

    pub(crate) fn of(&self, field: &str) -> &[String] {
        self.fields.get(field).map_or(&[], Vec::as_slice)
    }
}
