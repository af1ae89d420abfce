//! SQL that is the same for every new schema, but for its name, its ids and who makes it.

use std::fmt::Write;

use crate::catalog::{Block, Span};
use crate::name::SchemaName;
use crate::quoted::Identifier;

/// One statement, without a semicolon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// The name of the new schema.
    Schema,
    /// Where a sequence counts in the new schema's block of ids.
    Range(Span),
    /// The role that makes the schema.
    Role,
}

/// The schema that is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) schema: &'a SchemaName,
    /// Its block of ids, if ids are unique across schemata.
    pub(super) block: Option<Block>,
    pub(super) role: &'a str,
}

impl Statement {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(vec![Part::Text(text.into())])
    }

    pub(super) fn text(self, text: impl Into<String>) -> Self {
        self.with(Part::Text(text.into()))
    }

    pub(super) fn schema(self) -> Self {
        self.with(Part::Schema)
    }

    pub(super) fn range(self, span: Span) -> Self {
        self.with(Part::Range(span))
    }

    pub(super) fn role(self) -> Self {
        self.with(Part::Role)
    }

    /// Continues with another's text.
    pub(super) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn with(mut self, part: Part) -> Self {
        self.0.push(part);
        self
    }

    /// Writes the statement for one schema, with a semicolon.
    pub(super) fn write(&self, target: &Target<'_>, sql: &mut String) {
        for part in &self.0 {
            // Writing to a string does not fail.
            let _ = match part {
                Part::Text(text) => sql.write_str(text),
                Part::Schema => write!(sql, "{}", Identifier(target.schema.as_str())),
                Part::Role => write!(sql, "{}", Identifier(target.role)),
                Part::Range(span) => {
                    let [start, min, max] = match target.block {
                        Some(block) => block.range(*span),
                        // Nothing has a range then.
                        None => [1, 1, i64::MAX],
                    };
                    write!(sql, "START WITH {start} MINVALUE {min} MAXVALUE {max}")
                }
            };
        }
        sql.push_str(";\n");
    }
}
