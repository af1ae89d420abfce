//! What is made at one go.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::statement::Statement;
use crate::catalog::{Dependency, ObjectId, ObjectKind, Oid};

/// Some statements, and the objects that are there after them.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) kind: ObjectKind,
    pub(super) name: String,
    /// The objects that it makes. What depends on one of them comes after it, and what they depend on before it.
    pub(super) makes: Vec<ObjectId>,
    /// Objects that have to be there beside those.
    pub(super) needs: Vec<ObjectId>,
    /// Whether it comes after the rows: what would slow them down, refuse them, or do something for each.
    pub(super) is_late: bool,
    pub(super) statements: Vec<Statement>,
}

/// A step that makes no object of its own, but that others may wait for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A partition is where it belongs.
    Attach = 1,
    /// A table has what waits for its indexes.
    Finish = 2,
    /// A sequence belongs to its column.
    Own = 3,
    /// The index behind a constraint has what the constraint does not say.
    Complete = 4,
    /// An index of a partition belongs to that of its table.
    AttachIndex = 5,
}

impl Step {
    /// Of one object. No catalog of PostgreSQL's has such a number, so that it is nobody else's.
    pub(super) fn of(self, oid: Oid) -> ObjectId {
        ObjectId::new(self as Oid, oid)
    }
}

impl Unit {
    pub(super) fn new(kind: ObjectKind, name: impl Into<String>, id: ObjectId) -> Self {
        Self {
            kind,
            name: name.into(),
            makes: vec![id],
            needs: Vec::new(),
            is_late: false,
            statements: Vec::new(),
        }
    }

    pub(super) fn makes(mut self, ids: impl IntoIterator<Item = ObjectId>) -> Self {
        self.makes.extend(ids.into_iter().filter(|id| id.oid != 0));
        self
    }

    pub(super) fn needs(mut self, ids: impl IntoIterator<Item = ObjectId>) -> Self {
        self.needs.extend(ids);
        self
    }

    pub(super) fn late(mut self) -> Self {
        self.is_late = true;
        self
    }

    pub(super) fn statement(mut self, statement: Statement) -> Self {
        self.statements.push(statement);
        self
    }

    pub(super) fn statements(mut self, statements: impl IntoIterator<Item = Statement>) -> Self {
        self.statements.extend(statements);
        self
    }

    pub(super) fn sql(self, text: impl Into<String>) -> Self {
        self.statement(Statement::new(text))
    }
}

/// Puts units into an order in which each finds what it depends on. Those that could come next are taken by kind, then by
/// name.
///
/// This is Kahn's algorithm ("Topological sorting of large networks", Communications of the ACM 5, 1962).
///
/// # Errors
///
/// The dependencies between units that wait for each other.
pub(super) fn ordered(
    units: Vec<Unit>,
    dependencies: &[Dependency],
) -> Result<Vec<Unit>, Vec<Dependency>> {
    let maker: HashMap<ObjectId, usize> = units
        .iter()
        .enumerate()
        .flat_map(|(index, unit)| unit.makes.iter().map(move |id| (*id, index)))
        .collect();
    let needs = units.iter().enumerate().flat_map(|(index, unit)| {
        unit.needs
            .iter()
            .filter_map(move |id| unit.makes.first().map(|from| (index, *from, *id)))
    });
    let depends = dependencies
        .iter()
        .filter_map(|it| maker.get(&it.from).map(|index| (*index, it.from, it.to)));
    let mut edges: Vec<(usize, usize, Dependency)> = Vec::new();
    for (index, from, to) in needs.chain(depends) {
        if let Some(before) = maker.get(&to).filter(|before| **before != index) {
            edges.push((*before, index, Dependency { from, to }));
        }
    }

    let mut after: Vec<HashSet<usize>> = vec![HashSet::new(); units.len()];
    let mut waits: Vec<usize> = vec![0; units.len()];
    for (before, index, _) in &edges {
        if after[*before].insert(*index) {
            waits[*index] += 1;
        }
    }
    // What is late waits for all that is not.
    let place = |index: usize| {
        let unit = &units[index];
        (unit.is_late, rank(unit.kind), unit.name.clone(), index)
    };
    let mut ready: BTreeSet<_> = (0..units.len())
        .filter(|index| waits[*index] == 0)
        .map(place)
        .collect();
    let mut order = Vec::with_capacity(units.len());
    while let Some((_, _, _, index)) = ready.pop_first() {
        order.push(index);
        for next in &after[index] {
            waits[*next] -= 1;
            if waits[*next] == 0 {
                ready.insert(place(*next));
            }
        }
    }
    if order.len() < units.len() {
        edges.retain(|(before, index, _)| waits[*before] > 0 && waits[*index] > 0);
        return Err(knot(edges));
    }
    let mut units: Vec<Option<Unit>> = units.into_iter().map(Some).collect();
    Ok(order
        .into_iter()
        .filter_map(|index| units[index].take())
        .collect())
}

/// The edges that are part of a circle, or lead from one to another.
fn knot(mut edges: Vec<(usize, usize, Dependency)>) -> Vec<Dependency> {
    loop {
        let waited_for: HashSet<usize> = edges.iter().map(|(before, _, _)| *before).collect();
        let count = edges.len();
        edges.retain(|(_, index, _)| waited_for.contains(index));
        if edges.len() == count {
            return edges
                .into_iter()
                .map(|(_, _, dependency)| dependency)
                .collect();
        }
    }
}

/// Which kind comes first where nothing else decides: what an expression may need without depending on it, such as a
/// cast, comes before what has expressions.
fn rank(kind: ObjectKind) -> u8 {
    use ObjectKind as Kind;
    match kind {
        Kind::Schema | Kind::Collation => 0,
        Kind::Type => 1,
        Kind::Function => 2,
        Kind::Operator => 3,
        Kind::OperatorFamily => 4,
        Kind::OperatorClass => 5,
        Kind::Cast => 6,
        Kind::TextSearch => 7,
        Kind::Sequence => 8,
        Kind::Table | Kind::ForeignTable => 9,
        Kind::Column => 10,
        Kind::View => 11,
        Kind::MaterializedView => 12,
        Kind::Index => 13,
        Kind::Statistics => 14,
        Kind::Constraint => 15,
        Kind::Rule => 16,
        Kind::Trigger => 17,
        Kind::Policy => 18,
        Kind::DefaultPrivileges => 19,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(oid: u32) -> ObjectId {
        ObjectId::relation(oid)
    }

    fn table(name: &str, oid: u32) -> Unit {
        Unit::new(ObjectKind::Table, name, id(oid))
    }

    fn names(units: &[Unit]) -> Vec<&str> {
        units.iter().map(|unit| &*unit.name).collect()
    }

    #[test]
    fn what_is_needed_comes_first_then_what_sorts_first() {
        let units = vec![
            table("a", 1),
            table("b", 2),
            table("c", 3).needs([id(1)]),
            table("z", 4),
        ];
        let depends = [Dependency {
            from: id(1),
            to: id(4),
        }];
        let ordered = ordered(units, &depends).unwrap();
        assert_eq!(names(&ordered), ["b", "z", "a", "c"]);
    }

    #[test]
    fn what_is_late_comes_after_all_else() {
        let index = Unit::new(ObjectKind::Index, "a", id(9)).late();
        let units = vec![index, table("b", 1)];
        assert_eq!(names(&ordered(units, &[]).unwrap()), ["b", "a"]);
    }

    #[test]
    fn a_circle_is_told_and_what_waits_for_it_is_not() {
        let units = vec![table("a", 1), table("b", 2), table("c", 3)];
        let depends = [(1, 2), (2, 1), (3, 1)].map(|(from, to)| Dependency {
            from: id(from),
            to: id(to),
        });
        let knot = ordered(units, &depends).unwrap_err();
        let mut knot: Vec<_> = knot.iter().map(|it| (it.from.oid, it.to.oid)).collect();
        knot.sort_unstable();
        assert_eq!(knot, [(1, 2), (2, 1)]);
    }
}
