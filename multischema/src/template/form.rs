//! A schema in normal form, and what it has otherwise than its template.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::plan::Plan;
use crate::catalog::{Catalog, Counting, Facts, Key, ObjectKind};

/// The facts of a schema, with expressions in the words that a copy has: a schema that was migrated and one that was copied
/// have the same.
#[derive(Debug)]
pub(crate) struct Form(BTreeMap<Key, Facts>);

/// What a schema has otherwise than its template, object by object; none where it has no such object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Deviation(BTreeMap<Key, Option<Facts>>);

impl Plan {
    /// The normal form of the schema with this number.
    pub(crate) fn form(&self, found: &Catalog, number: i32) -> Form {
        let mut facts = found.facts(Counting::in_block(self.block(number)), None);
        for (key, facts) in &mut facts {
            facts.expressed_by.clear();
            let as_in_template = self.normal.template.get(key);
            let as_in_template =
                as_in_template.is_some_and(|it| it.expressions == facts.expressions);
            let copy = self.normal.copy.get(key).filter(|_| as_in_template);
            if let Some(copy) = copy {
                facts.expressions.clone_from(&copy.expressions);
            }
        }
        Form(facts)
    }

    /// That of every copy.
    pub(crate) fn form_of_copies(&self) -> Form {
        Form(self.normal.copy.clone())
    }

    /// In what a schema differs.
    pub(crate) fn deviation(&self, form: &Form) -> Deviation {
        let mut deviation = BTreeMap::new();
        for (key, facts) in &form.0 {
            if !self
                .normal
                .copy
                .get(key)
                .is_some_and(|copy| is_same(copy, facts))
            {
                deviation.insert(key.clone(), Some(facts.clone()));
            }
        }
        for key in self
            .normal
            .copy
            .keys()
            .filter(|key| !form.0.contains_key(key))
        {
            deviation.insert(key.clone(), None);
        }
        Deviation(deviation)
    }

    /// Takes the rights to the schema itself for those that a copy has. Of one that is archived they are put away.
    pub(crate) fn disregard_rights(&self, form: &mut Form) {
        let schema = Key {
            kind: ObjectKind::Schema,
            name: String::new(),
        };
        let but_rights = |facts: &Facts| {
            let lines = facts.fixed.lines();
            let others =
                lines.filter(|line| !line.starts_with("grant ") && *line != Facts::NO_MORE);
            others.map(|line| format!("{line}\n")).collect::<String>()
        };
        if let (Some(found), Some(copy)) = (form.0.get_mut(&schema), self.normal.copy.get(&schema))
        {
            if but_rights(found) == but_rights(copy) {
                found.fixed.clone_from(&copy.fixed);
            }
        }
    }
}

impl Form {
    /// All of it as one text, which no other form has: each part comes after its length.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (Key { kind, name }, facts) in &self.0 {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{kind}");
            for part in [name, &facts.fixed, &facts.expressions] {
                let _ = writeln!(text, "{} {part}", part.len());
            }
        }
        text
    }
}

impl Deviation {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.0.keys()
    }

    /// The objects that are not there.
    pub(super) fn missing(&self) -> impl Iterator<Item = &Key> {
        let missing = self.0.iter().filter(|(_, facts)| facts.is_none());
        missing.map(|(key, _)| key)
    }

    /// The objects that are there and not as they should be.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&Key, &Facts)> {
        let changed = self.0.iter();
        changed.filter_map(|(key, facts)| Some((key, facts.as_ref()?)))
    }
}

fn is_same(copy: &Facts, found: &Facts) -> bool {
    copy.fixed == found.fixed && copy.expressions == found.expressions
}
