//! What is made apart from what it belongs to, so that a circle of dependencies can be made at all.

use std::collections::HashSet;

use crate::catalog::{Catalog, ConstraintKind, Dependency, ObjectId};

/// The defaults, constraints and views' queries that are made after what they belong to.
#[derive(Debug, Default)]
pub(in crate::template) struct Apart(HashSet<ObjectId>);

impl Apart {
    pub(in crate::template) fn contains(&self, id: ObjectId) -> bool {
        self.0.contains(&id)
    }

    /// Takes something apart that is on the circle; returns whether there was anything. Foreign keys are first, as they
    /// are the same wherever they are made.
    pub(in crate::template) fn widen(&mut self, catalog: &Catalog, knot: &[Dependency]) -> bool {
        let on_it: HashSet<ObjectId> = knot.iter().map(|dependency| dependency.from).collect();
        let constraints = |keys: bool| {
            let kind = move |kind| (kind == ConstraintKind::ForeignKey) == keys;
            let some = catalog
                .constraints
                .iter()
                .filter(move |it| it.relation != 0 && !it.kind.has_index() && kind(it.kind));
            some.map(|it| it.id()).filter(|id| on_it.contains(id))
        };
        let defaults = catalog.defaults.iter().filter(|default| {
            let column = |it: &&_| Catalog::is_of(it, default);
            catalog
                .columns
                .iter()
                .find(column)
                .is_none_or(|it| it.generated == ' ')
        });
        let queries = catalog
            .rules
            .iter()
            .filter(|rule| rule.after_table.is_none());
        let groups: [Vec<ObjectId>; 3] = [
            constraints(true).collect(),
            defaults
                .map(|it| it.id())
                .filter(|id| on_it.contains(id))
                .chain(constraints(false))
                .collect(),
            queries
                .map(|it| it.id())
                .filter(|id| on_it.contains(id))
                .collect(),
        ];
        let Some(group) = groups.into_iter().find(|group| !group.is_empty()) else {
            return false;
        };
        let before = self.0.len();
        self.0.extend(group);
        self.0.len() > before
    }
}
