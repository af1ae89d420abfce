//! The steps by which a PostgreSQL schema is removed, none of which needs more locks than the server has room for.

use std::collections::HashMap;
use std::fmt::Write;

use crate::catalog::{Catalog, ConstraintKind, Oid, Relation, RelationKind};
use crate::name::SchemaName;
use crate::quoted::Identifier;
use crate::template::is_global;

/// How many locks a step takes at most, if one table alone does not take more. With every step the server writes what
/// it has done to disk, which then weighs little.
const STEP: i64 = 1_000;

/// What is done in a transaction of its own: statements, each with a semicolon.
#[derive(Default)]
pub(super) struct Step {
    /// Has nobody use what is dropped.
    pub(super) lock: String,
    pub(super) sql: String,
}

/// All steps but the last, which drops the schema itself.
pub(super) struct Removal {
    pub(super) steps: Vec<Step>,
    /// How many locks a step takes at most, the last included.
    pub(super) locks: i64,
}

impl Removal {
    /// How the schema `name`, which holds what `catalog` says, is removed if there is room for `free` locks.
    pub(super) fn of(catalog: &Catalog, name: &SchemaName, free: i64) -> Self {
        let weights = Weights::of(catalog);
        let mut steps = keys(catalog, name);
        let most = STEP.min(free / 2);
        let mut locks = weights.others;
        let mut step = Draft::default();
        for relation in in_order(catalog) {
            let weight = weights.of_relation(relation.oid);
            if step.weight > 0 && step.weight + weight > most {
                steps.push(std::mem::take(&mut step).step);
            }
            step.weight += weight;
            locks = locks.max(step.weight);
            step.drop(relation, name);
        }
        if step.weight > 0 {
            steps.push(step.step);
        }
        Self { steps, locks }
    }
}

#[derive(Default)]
struct Draft {
    weight: i64,
    step: Step,
}

impl Draft {
    fn drop(&mut self, it: &Relation, schema: &SchemaName) {
        let what = it.kind.keyword();
        let schema = Identifier(schema.as_str());
        let name = Identifier(&it.name);
        // Writing to a string does not fail.
        if matches!(it.kind, RelationKind::Table | RelationKind::Partitioned) {
            let _ = writeln!(
                self.step.lock,
                "LOCK TABLE ONLY {schema}.{name} IN ACCESS EXCLUSIVE MODE;"
            );
        }
        // It may have gone with one that it depends on.
        let _ = writeln!(
            self.step.sql,
            "DROP {what} IF EXISTS {schema}.{name} CASCADE;"
        );
    }
}

/// Drops the foreign keys to tables of other schemata, one by one: that locks the other table for everybody.
fn keys(catalog: &Catalog, schema: &SchemaName) -> Vec<Step> {
    let schema = Identifier(schema.as_str());
    let keys = catalog.constraints.iter();
    let keys = keys.filter(|it| it.parent == 0 && is_global(catalog, it));
    let steps = keys.filter_map(|it| {
        let table = Identifier(&catalog.relation(it.relation)?.name);
        let name = Identifier(&it.name);
        Some(Step {
            lock: String::new(),
            sql: format!("ALTER TABLE {schema}.{table} DROP CONSTRAINT {name};\n"),
        })
    });
    steps.collect()
}

/// Views before tables, and partitions and children before what they are parts of.
fn in_order(catalog: &Catalog) -> Vec<&Relation> {
    let parents: HashMap<Oid, Oid> = catalog
        .parents
        .iter()
        .map(|it| (it.child, it.parent))
        .collect();
    let depth = |relation: &Relation| {
        let above = |oid: &Oid| parents.get(oid).copied();
        std::iter::successors(above(&relation.oid), above).count()
    };
    let relations = catalog.relations.iter();
    let mut relations: Vec<_> = relations
        .filter(|it| it.kind != RelationKind::Sequence)
        .map(|it| (it.kind.is_table(), std::cmp::Reverse(depth(it)), it))
        .collect();
    relations.sort_by_key(|(is_table, depth, _)| (*is_table, *depth));
    relations.into_iter().map(|(.., it)| it).collect()
}

/// How many locks it takes to drop something: one for each object that goes with it.
struct Weights {
    relations: HashMap<Oid, i64>,
    /// All that is no table or view.
    others: i64,
}

impl Weights {
    fn of(catalog: &Catalog) -> Self {
        let mut relations: HashMap<Oid, i64> = HashMap::new();
        let mut add = |relation: Oid, locks| *relations.entry(relation).or_default() += locks;
        let tables = catalog.relations.iter();
        for it in tables.filter(|it| it.kind != RelationKind::Sequence) {
            // Itself, its row type and the array of that; long values and their index; the rule of a view.
            add(it.oid, 6);
        }
        catalog.indexes.iter().for_each(|it| add(it.relation, 2));
        catalog.defaults.iter().for_each(|it| add(it.relation, 1));
        catalog.rules.iter().for_each(|it| add(it.relation, 1));
        catalog.triggers.iter().for_each(|it| add(it.relation, 1));
        catalog.policies.iter().for_each(|it| add(it.relation, 1));
        for it in &catalog.constraints {
            // Two triggers on either table.
            let is_key = it.kind == ConstraintKind::ForeignKey;
            add(it.relation, if is_key { 6 } else { 1 });
            if is_key {
                add(it.referenced, 6);
            }
        }
        for it in &catalog.sequences {
            let owner = it.owner.map_or(0, |owner| owner.relation);
            add(owner, 2);
        }
        let others = catalog.types.len() * 2
            + catalog.functions.len()
            + catalog.operators.len()
            + catalog.families.len()
            + catalog.members.len()
            + catalog.casts.len()
            + catalog.collations.len()
            + catalog.searches.len();
        let others = i64::try_from(others).unwrap_or(i64::MAX);
        Self {
            others: others + relations.remove(&0).unwrap_or(0) + 10,
            relations,
        }
    }

    fn of_relation(&self, relation: Oid) -> i64 {
        self.relations.get(&relation).copied().unwrap_or(1)
    }
}
