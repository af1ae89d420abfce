//! Repairs, while they are put together.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::form::Deviation;
use super::repair::Repair;
use super::statement::Statement;
use crate::catalog::{Catalog, Key, ObjectKind};

/// The repairs of one schema.
pub(super) struct Draft<'a> {
    missing: BTreeSet<&'a Key>,
    /// The names that new relations and types cannot have.
    taken: HashSet<&'a str>,
    /// The names that functions have, and how many arguments they take.
    functions: HashSet<(&'a str, usize)>,
    /// What there will be, and whether rows have a say in it.
    made: BTreeMap<Key, bool>,
    pub(super) repairs: Vec<Repair>,
}

impl<'a> Draft<'a> {
    pub(super) fn of(deviation: &'a Deviation, found: &'a Catalog) -> Self {
        let relations = found.relations.iter().map(|it| &*it.name);
        let indexes = found.indexes.iter().map(|it| &*it.name);
        let types = found.types.iter().map(|it| &*it.name);
        let functions = found.functions.iter();
        Self {
            missing: deviation.missing().collect(),
            taken: relations.chain(indexes).chain(types).collect(),
            functions: functions
                .map(|it| (&*it.name, it.argument_types.len()))
                .collect(),
            made: BTreeMap::new(),
            repairs: Vec::new(),
        }
    }

    /// Whether this is missing, and nothing else is in its place.
    pub(super) fn lacks(&self, key: &Key) -> bool {
        use ObjectKind::{Index, MaterializedView, Type, View};

        let shares_names = matches!(key.kind, View | MaterializedView | Index | Type);
        self.missing.contains(key) && !(shares_names && self.taken.contains(&*key.name))
    }

    /// Whether a function of this name may be another of the same arguments, by other names.
    pub(super) fn has_function(&self, name: &str, arguments: usize) -> bool {
        self.functions.contains(&(name, arguments))
    }

    /// Makes an object, if all is there, or will be, that it `needs`.
    pub(super) fn make(
        &mut self,
        (kind, object): (ObjectKind, &str),
        checks_rows: bool,
        needs: &BTreeSet<Key>,
        statements: &[Statement],
        covers: &BTreeSet<Key>,
    ) -> bool {
        let made = |key: &&Key| self.made.contains_key(*key);
        let lacked = needs.iter().filter(|key| self.missing.contains(key));
        if !lacked.clone().all(|key| made(&key)) {
            return false;
        }
        // Who leaves those out that check rows leaves out what needs them, too.
        let checks_rows = checks_rows || lacked.clone().any(|key| self.made[key]);
        let covered = covers.iter().map(|key| (key.clone(), checks_rows));
        self.made.extend(covered);
        // A partition's trigger comes with that of its table.
        if !statements.is_empty() {
            self.repairs.push(Repair {
                kind,
                object: object.to_owned(),
                checks_rows,
                statements: statements.to_vec(),
                covers: covers.clone(),
            });
        }
        true
    }

    /// Goes on with an object that is made, when others have been.
    pub(super) fn go_on(&mut self, key: &Key, statements: &[Statement]) {
        let mut repairs = self.repairs.iter();
        if let Some(repair) = repairs.find(|repair| repair.covers.contains(key)) {
            let more = Repair {
                statements: statements.to_vec(),
                covers: BTreeSet::new(),
                ..repair.clone()
            };
            self.repairs.push(more);
        }
    }

    /// Adds to what makes an object, if it is made.
    pub(super) fn add(&mut self, key: &Key, statement: &Statement) {
        let mut repairs = self.repairs.iter_mut();
        if let Some(repair) = repairs.find(|repair| repair.covers.contains(key)) {
            repair.statements.push(statement.clone());
        }
    }
}
