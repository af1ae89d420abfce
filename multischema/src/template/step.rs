//! The steps by which objects of the template can be made in a schema that has the others.

use std::collections::{BTreeSet, HashMap};

use super::compile::Attempt;
use super::ids::Ids;
use super::remedy::Keys;
use super::statement::Statement;
use super::unit::{self, Unit, ordered};
use super::write::{add_constraint, added_column, own_index};
use crate::catalog::{
    Catalog, ConstraintKind, Dependency, Key, Names, ObjectId, ObjectKind, Relation, class,
};
use crate::name::SchemaName;
use crate::quoted::Identifier;

/// Something that can be made.
pub(super) enum Step {
    Object {
        kind: ObjectKind,
        /// Itself first, then what comes with it that must not be there either.
        makes: Vec<Key>,
        /// Of a function, its name and how many arguments it takes.
        function: Option<(String, usize)>,
        /// All that is there after it.
        covers: BTreeSet<Key>,
        needs: BTreeSet<Key>,
        checks_rows: bool,
        statements: Vec<Statement>,
    },
    /// More about an object that was made.
    Follow {
        after: Key,
        statements: Vec<Statement>,
    },
    /// The columns of a table, in their order; none where one cannot be added.
    Columns {
        table: String,
        columns: Vec<Option<Added>>,
    },
}

/// A column that can be added.
pub(super) struct Added {
    pub(super) key: Key,
    pub(super) needs: BTreeSet<Key>,
    pub(super) checks_rows: bool,
    pub(super) statements: Vec<Statement>,
}

/// All steps, in an order in which each finds what it needs. There are none for tables and sequences: their rows, and the
/// ids that were drawn, do not come back with them.
pub(super) fn steps(
    catalog: &Catalog,
    names: &Names,
    dependencies: &[Dependency],
    keys: &Keys,
    ids: Ids,
) -> Vec<Step> {
    let template = SchemaName::template();
    let attempt = Attempt {
        template: &template,
        ids,
    };
    // A plan was made of it, so there is an order.
    let units = attempt.units(catalog, names, dependencies);
    let mut units = units.unwrap_or_default();
    units.retain(|unit| unit.kind != ObjectKind::Constraint);
    for unit in &mut units {
        if is_table(unit.kind) {
            // Those are made one by one here.
            let constraints = catalog.constraints.iter();
            let apart: BTreeSet<ObjectId> = constraints
                .flat_map(|it| [it.id(), ObjectId::relation(own_index(it))])
                .collect();
            unit.makes.retain(|id| !apart.contains(id));
        }
    }
    units.extend(constraints(catalog));
    let Ok(units) = ordered(units, dependencies) else {
        return Vec::new();
    };
    let maker = Maker {
        catalog,
        dependencies,
        keys,
        ids,
        known: known(catalog, keys),
    };
    units.into_iter().filter_map(|it| maker.step(it)).collect()
}

fn is_table(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Table | ObjectKind::ForeignTable)
}

/// Constraints of tables, each by itself.
fn constraints(catalog: &Catalog) -> Vec<Unit> {
    let own = catalog.constraints.iter();
    let own = own.filter(|it| it.parent == 0 && it.is_local);
    let units = own.filter_map(|it| {
        let table = catalog.relation(it.relation)?;
        if table.is_partition {
            return None;
        }
        let name = format!("{}.{}", table.name, it.name);
        let unit = Unit::new(ObjectKind::Constraint, name, it.id()).late();
        let referenced = [it.referenced, it.index].map(ObjectId::relation);
        let is_key = it.kind == ConstraintKind::ForeignKey;
        let unit = unit.makes([ObjectId::relation(own_index(it))]);
        let needs = referenced.into_iter().filter(|_| is_key);
        let unit = unit.needs([table.id()]).needs(needs);
        Some(unit.sql(add_constraint(table, it)))
    });
    units.collect()
}

struct Maker<'a> {
    catalog: &'a Catalog,
    dependencies: &'a [Dependency],
    keys: &'a Keys,
    ids: Ids,
    known: HashMap<ObjectId, Vec<Key>>,
}

impl Maker<'_> {
    fn step(&self, unit: Unit) -> Option<Step> {
        let id = *unit.makes.first()?;
        let is_object = self.keys.contains_key(&(id, 0));
        if is_table(unit.kind) || unit.kind == ObjectKind::Sequence {
            let table = self.catalog.relation(id.oid).filter(|_| is_object)?;
            return Some(self.columns(table));
        }
        if !is_object {
            return self.follow(id, unit);
        }
        let mut statements = unit.statements;
        if !self.may_be_made(id) {
            return None;
        }
        if unit.kind == ObjectKind::MaterializedView {
            let view = self.catalog.relation(id.oid).filter(|it| it.is_populated);
            statements.extend(view.map(|it| {
                Statement::new(format!(
                    "REFRESH MATERIALIZED VIEW {}",
                    Identifier(&it.name)
                ))
            }));
        }
        let own = |id: &ObjectId| self.keys.get(&(*id, 0)).cloned();
        let covers = unit.makes.iter().filter_map(|id| self.known.get(id));
        let mut functions = self.catalog.functions.iter();
        let function = functions.find(|it| it.id() == id);
        Some(Step::Object {
            function: function.map(|it| (it.name.clone(), it.argument_types.len())),
            kind: unit.kind,
            makes: unit.makes.iter().filter_map(own).collect(),
            covers: covers.flatten().cloned().collect(),
            needs: self.needs(&unit.makes, &unit.needs),
            checks_rows: self.checks_rows(id),
            statements,
        })
    }

    /// The default of a view's column, the query of a view that was announced, what a constraint does not say of its index.
    fn follow(&self, id: ObjectId, unit: Unit) -> Option<Step> {
        let index = ObjectId::relation(id.oid);
        let after = match id.class {
            class::DEFAULT | class::RULE => Key {
                kind: unit.kind,
                name: unit.name,
            },
            _ if id == unit::Step::Complete.of(id.oid) => self.keys.get(&(index, 0))?.clone(),
            _ => return None,
        };
        Some(Step::Follow {
            after,
            statements: unit.statements,
        })
    }

    fn columns(&self, table: &Relation) -> Step {
        let columns = self.catalog.columns_of(table.oid).map(|column| {
            let key = self.keys.get(&(table.id(), column.number.into()))?;
            let statements = added_column(self.catalog, self.ids, table, column)?;
            let defaults = self.catalog.defaults.iter();
            let default = defaults.filter(|it| Catalog::is_of(column, it));
            let default: Vec<ObjectId> = default.map(|it| it.id()).collect();
            let others = [
                ObjectId::type_(column.type_),
                ObjectId::new(class::COLLATION, column.collation),
            ];
            let mut needs = self.needs(&default, &others);
            // A default depends on its column.
            let of_table = self.known.get(&table.id()).into_iter().flatten();
            of_table.for_each(|key| {
                needs.remove(key);
            });
            Some(Added {
                key: key.clone(),
                needs,
                // A domain may not like a row without a value.
                checks_rows: column.base != 0,
                statements,
            })
        });
        Step::Columns {
            table: table.name.clone(),
            columns: columns.collect(),
        }
    }

    /// What has to be there before these are.
    fn needs(&self, makes: &[ObjectId], others: &[ObjectId]) -> BTreeSet<Key> {
        let depends = self.dependencies.iter();
        let depends = depends.filter(|it| makes.contains(&it.from));
        let all = depends.map(|it| it.to).chain(others.iter().copied());
        let all = all.filter(|id| !makes.contains(id));
        all.filter_map(|id| self.known.get(&id))
            .flatten()
            .cloned()
            .collect()
    }

    /// One that belongs to an index of a partitioned table finds its place with that alone; one that orders rows, or
    /// names them to replicas, is told to in a way of its own.
    fn may_be_made(&self, id: ObjectId) -> bool {
        let mut indexes = self.catalog.indexes.iter();
        indexes.find(|it| it.id() == id).is_none_or(|it| {
            let is_part = it.is_partitioned || it.parent != 0;
            !is_part && !it.is_clustered && !it.is_replica_identity
        })
    }

    /// Whether rows have to suit it.
    fn checks_rows(&self, id: ObjectId) -> bool {
        match id.class {
            class::CONSTRAINT => {
                let mut constraints = self.catalog.constraints.iter();
                let found = constraints.find(|it| it.id() == id);
                found.is_some_and(|it| it.is_valid && it.is_enforced)
            }
            class::RELATION => {
                let mut indexes = self.catalog.indexes.iter();
                let index = indexes.find(|it| it.id() == id);
                let asks = index.is_some_and(|it| {
                    it.is_unique || it.expressions.is_some() || it.predicate.is_some()
                });
                let view = self.catalog.relation(id.oid);
                asks || view.is_some_and(|it| it.kind.object_kind() == ObjectKind::MaterializedView)
            }
            _ => false,
        }
    }
}

/// The keys that stand for an object: its own, and those of its columns.
fn known(catalog: &Catalog, keys: &Keys) -> HashMap<ObjectId, Vec<Key>> {
    let mut known: HashMap<ObjectId, Vec<Key>> = HashMap::new();
    for ((id, _), key) in keys {
        known.entry(*id).or_default().push(key.clone());
    }
    let mut also = |of: ObjectId, others: &[ObjectId]| {
        let keys = known.get(&of).cloned().unwrap_or_default();
        for other in others.iter().filter(|other| other.oid != 0) {
            known
                .entry(*other)
                .or_default()
                .extend(keys.iter().cloned());
        }
    };
    for it in &catalog.types {
        // Its attributes are those of a relation.
        also(ObjectId::relation(it.relation), &[it.id()]);
        also(it.id(), &[ObjectId::type_(it.array_type)]);
    }
    for it in &catalog.ranges {
        let others = [it.multirange, it.multirange_array].map(ObjectId::type_);
        also(ObjectId::type_(it.type_), &others);
    }
    for it in &catalog.relations {
        let others = [it.row_type, it.array_type].map(ObjectId::type_);
        also(it.id(), &others);
    }
    known
}
