use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write};

use crate::catalog::catalog::Catalog;
use crate::catalog::grant::{Grant, Grants};
use crate::catalog::object::{ObjectId, ObjectKind, Oid};
use crate::catalog::own::Own;

/// An object, by its kind and its name within the schema: `documents.title` is a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) kind: ObjectKind,
    pub(crate) name: String,
}

/// What is so of one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// All but expressions, one a line.
    pub(crate) fixed: String,
    /// Expressions, one a line.
    pub(crate) expressions: String,
    /// The objects that depend on what the expressions name.
    pub(crate) expressed_by: Vec<ObjectId>,
}

impl Facts {
    /// Ends the rights to an object that has some of its own.
    pub(crate) const NO_MORE: &'static str = "no rights but these";

    /// Writes one fact, unless it says nothing.
    pub(super) fn note(&mut self, what: &str, value: impl fmt::Display) -> &mut Self {
        let before = self.fixed.len();
        // Writing to a string does not fail.
        let _ = write!(self.fixed, "{what} {value}");
        if self.fixed.len() == before + what.len() + 1 {
            self.fixed.truncate(before);
        } else {
            self.fixed.push('\n');
        }
        self
    }

    pub(super) fn note_flag(&mut self, what: &str, value: bool) -> &mut Self {
        if value {
            self.fixed.push_str(what);
            self.fixed.push('\n');
        }
        self
    }

    /// Strings, each quoted, so that none can pass for two.
    pub(super) fn note_strings(&mut self, what: &str, values: &[String]) -> &mut Self {
        if values.is_empty() {
            return self;
        }
        self.note(what, format_args!("{values:?}"))
    }

    /// The same in whatever order.
    pub(super) fn note_set(&mut self, what: &str, values: &[String]) -> &mut Self {
        let mut sorted = values.to_vec();
        sorted.sort();
        self.note_strings(what, &sorted)
    }

    pub(super) fn note_grants(&mut self, grants: &Grants) -> &mut Self {
        if let Some(own) = &grants.own {
            self.note_each_grant(own);
        }
        self
    }

    pub(super) fn note_each_grant(&mut self, grants: &[Grant]) -> &mut Self {
        let mut sorted: Vec<_> = grants.iter().collect();
        sorted.sort();
        for Grant {
            grantor,
            grantee,
            right,
            grantable,
        } in sorted
        {
            self.note(
                "grant",
                format_args!("{right} to {grantee:?} by {grantor:?}, grantable: {grantable}"),
            );
        }
        self.note_flag(Self::NO_MORE, true)
    }

    pub(super) fn express(
        &mut self,
        what: &str,
        expression: Option<&String>,
        by: ObjectId,
    ) -> &mut Self {
        if let Some(expression) = expression {
            self.expressed_by.push(by);
            // Writing to a string does not fail.
            let _ = writeln!(self.expressions, "{what} {expression}");
        }
        self
    }
}

/// The facts of a schema, as they are written down.
pub(super) struct Sheet<'a> {
    pub(super) own: &'a Own<'a>,
    comments: HashMap<(ObjectId, i32), &'a str>,
    facts: BTreeMap<Key, Facts>,
    /// Of which object and part of it each is, where that is asked for.
    pub(super) keys: Option<HashMap<(ObjectId, i32), Key>>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(catalog: &'a Catalog, own: &'a Own<'a>) -> Self {
        let comments = catalog.comments.iter();
        Self {
            own,
            comments: comments
                .map(|it| ((it.object, it.column), &*it.text))
                .collect(),
            facts: BTreeMap::new(),
            keys: None,
        }
    }

    pub(super) fn add(
        &mut self,
        kind: ObjectKind,
        name: impl Into<String>,
        id: ObjectId,
    ) -> &mut Facts {
        self.add_part(kind, name, id, 0)
    }

    /// Begins the facts of a part of an object, with its comment.
    pub(super) fn add_part(
        &mut self,
        kind: ObjectKind,
        name: impl Into<String>,
        id: ObjectId,
        part: i32,
    ) -> &mut Facts {
        let comment = self.comments.get(&(id, part));
        let key = Key {
            kind,
            name: name.into(),
        };
        if let Some(keys) = &mut self.keys {
            keys.insert((id, part), key.clone());
        }
        let facts = self.facts.entry(key).or_default();
        if let Some(comment) = comment {
            facts.note("comment", format_args!("{comment:?}"));
        }
        facts
    }

    /// The name of something that is on a relation of the schema.
    pub(super) fn on(&self, relation: Oid, name: &str) -> String {
        let relation = self.own.name(ObjectId::relation(relation));
        format!("{}.{name}", relation.unwrap_or_default())
    }

    pub(super) fn finish(self) -> BTreeMap<Key, Facts> {
        self.facts
    }
}
