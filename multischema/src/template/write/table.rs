//! Tables: their columns, and the constraints that are made with them.

use std::collections::HashMap;

use super::super::Ids;
use super::super::statement::Statement;
use super::super::unit::{Step, Unit};
use super::apart::Apart;
use super::server_options;
use crate::catalog::{
    Catalog, Column, Constraint, ConstraintKind, Default, ObjectId, ObjectKind, Oid, Parent,
    Relation, RelationKind, Sequence,
};
use crate::quoted::{Identifier, list, options};

pub(super) fn write(catalog: &Catalog, apart: &Apart, ids: Ids, units: &mut Vec<Unit>) {
    let tables = Tables::of(catalog, apart, ids);
    for relation in catalog.relations.iter().filter(|it| it.kind.is_table()) {
        units.push(tables.table(relation));
        units.extend(tables.attach(relation));
        units.extend(tables.defaults_apart(relation));
        units.extend(tables.constraints_apart(relation));
        units.extend(tables.afterwards(relation));
    }
    let views = catalog.relations.iter();
    for view in views.filter(|it| it.kind == RelationKind::MaterializedView) {
        units.extend(tables.afterwards(view));
    }
}

pub(super) struct Tables<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) apart: &'a Apart,
    pub(super) ids: Ids,
    pub(super) defaults: HashMap<(Oid, i16), &'a Default>,
    pub(super) identities: HashMap<(Oid, i16), &'a Sequence>,
}

impl<'a> Tables<'a> {
    pub(super) fn of(catalog: &'a Catalog, apart: &'a Apart, ids: Ids) -> Self {
        Self {
            catalog,
            apart,
            ids,
            defaults: catalog
                .defaults
                .iter()
                .map(|it| ((it.relation, it.column), it))
                .collect(),
            identities: catalog
                .sequences
                .iter()
                .filter_map(|it| {
                    it.owner
                        .filter(|owner| owner.is_identity)
                        .map(|owner| (owner, it))
                })
                .map(|(owner, it)| ((owner.relation, owner.column), it))
                .collect(),
        }
    }

    fn table(&self, it: &'a Relation) -> Unit {
        let mut unit = Unit::new(it.kind.object_kind(), &it.name, it.id())
            .makes([it.row_type, it.array_type].map(ObjectId::type_));
        let unlogged = if it.is_unlogged { "UNLOGGED " } else { "" };
        let what = it.kind.keyword();
        let mut create =
            Statement::new(format!("CREATE {unlogged}{what} {}", Identifier(&it.name)));
        if let Some(of_type) = &it.of_type_name {
            create = create.text(format!(" OF {of_type}"));
        }

        let mut parts: Vec<Statement> = Vec::new();
        for column in self.columns(it) {
            if let Some(default) = self.defaults.get(&(it.oid, column.number)) {
                if !self.apart.contains(default.id()) {
                    unit = unit.makes([default.id()]);
                }
            }
            if let Some(identity) = self.identities.get(&(it.oid, column.number)) {
                unit = unit.makes([ObjectId::relation(identity.relation)]);
            }
            if it.of_type != 0 {
                parts.extend(self.typed_column(it, column));
            } else if column.is_local || it.is_partition {
                parts.push(self.column(it, column));
            }
        }
        for constraint in self.constraints(it) {
            if !self.is_made_inline(it, constraint) {
                continue;
            }
            unit = unit.makes([constraint.id(), ObjectId::relation(own_index(constraint))]);
            let name = Identifier(&constraint.name);
            let definition = constraint.definition.as_deref().unwrap_or_default();
            parts.push(Statement::new(format!("CONSTRAINT {name} {definition}")));
        }
        if it.of_type == 0 || !parts.is_empty() {
            create = create.text(" (").then(separated(parts)).text(")");
        }

        let parents = self.parents(it);
        if !it.is_partition && !parents.is_empty() {
            create = create.text(format!(
                " INHERITS ({})",
                list(parents.iter().map(|it| &it.name))
            ));
        }
        if let Some(key) = &it.partition_key {
            create = create.text(format!(" PARTITION BY {key}"));
        }
        if let Some(method) = &it.method_name {
            create = create.text(format!(" USING {}", Identifier(method)));
        }
        let mut with = options(&it.options, "");
        with.extend(options(&it.toast_options, "toast."));
        if !with.is_empty() {
            create = create.text(format!(" WITH ({})", list(with)));
        }
        if let Some(tablespace) = &it.tablespace_name {
            create = create.text(format!(" TABLESPACE {}", Identifier(tablespace)));
        }
        if let Some(server) = &it.server {
            create = create.text(format!(" SERVER {}", Identifier(server)));
            if let Some(options) = server_options(&it.server_options) {
                create = create.text(format!(" {options}"));
            }
        }
        unit = unit.statement(create);
        let changes: Vec<String> = self
            .columns(it)
            .flat_map(|column| self.changes(it, column))
            .collect();
        if !changes.is_empty() {
            unit = unit.sql(format!(
                "ALTER {} ONLY {} {}",
                if it.kind == RelationKind::ForeignTable {
                    "FOREIGN TABLE"
                } else {
                    "TABLE"
                },
                Identifier(&it.name),
                list(changes)
            ));
        }
        unit
    }

    fn columns(&self, it: &Relation) -> impl Iterator<Item = &'a Column> + use<'a> {
        self.catalog.columns_of(it.oid)
    }

    pub(super) fn constraints(
        &self,
        it: &Relation,
    ) -> impl Iterator<Item = &'a Constraint> + use<'a> {
        let oid = it.oid;
        self.catalog
            .constraints
            .iter()
            .filter(move |constraint| constraint.relation == oid)
    }

    pub(super) fn parents(&self, it: &Relation) -> Vec<&'a Parent> {
        self.catalog
            .parents
            .iter()
            .filter(|parent| parent.child == it.oid)
            .collect()
    }

    /// Whether a constraint is part of `CREATE TABLE`, which looks at no rows and so takes it for valid.
    fn is_made_inline(&self, it: &Relation, constraint: &Constraint) -> bool {
        if self.apart.contains(constraint.id()) || (constraint.is_enforced && !constraint.is_valid)
        {
            return false;
        }
        match constraint.kind {
            // A partition gets those of its table when it is attached, and would take one of its own for the same.
            ConstraintKind::ForeignKey => {
                constraint.parent == 0 && !it.is_partition && !is_global(self.catalog, constraint)
            }
            // A partition is attached only if it has them already.
            _ => constraint.is_local || it.is_partition,
        }
    }

    /// Puts a partition in its place.
    fn attach(&self, it: &'a Relation) -> Option<Unit> {
        let bound = it.bound.as_ref()?;
        let parents = self.parents(it);
        let parent = parents.first()?;
        // Before the indexes, so that these find their places by name.
        let unit = Unit::new(ObjectKind::Table, &it.name, Step::Attach.of(it.oid));
        Some(
            unit.needs([it.id(), ObjectId::relation(parent.parent)])
                .sql(format!(
                    "ALTER TABLE ONLY {} ATTACH PARTITION {} {bound}",
                    parent.name,
                    Identifier(&it.name)
                )),
        )
    }

    fn defaults_apart(&self, it: &'a Relation) -> Vec<Unit> {
        let columns = self.columns(it).filter_map(|column| {
            let default = self.defaults.get(&(it.oid, column.number))?;
            if !self.apart.contains(default.id()) {
                return None;
            }
            let unit = Unit::new(
                ObjectKind::Column,
                format!("{}.{}", it.name, column.name),
                default.id(),
            );
            Some(unit.needs([it.id()]).sql(format!(
                "ALTER TABLE ONLY {} ALTER COLUMN {} SET DEFAULT {}",
                Identifier(&it.name),
                Identifier(&column.name),
                default.expression
            )))
        });
        columns.collect()
    }

    fn constraints_apart(&self, it: &'a Relation) -> Vec<Unit> {
        let apart = self
            .constraints(it)
            .filter(|constraint| match constraint.kind {
                ConstraintKind::ForeignKey => {
                    constraint.parent == 0
                        && !is_global(self.catalog, constraint)
                        && !self.is_made_inline(it, constraint)
                }
                // Attached, a partition has it from its table alone, until it is said again.
                ConstraintKind::NotNull if it.is_partition => {
                    constraint.is_local && constraint.inherited > 0
                }
                _ => constraint.is_local && !self.is_made_inline(it, constraint),
            });
        let parents = self.parents(it);
        let above = parents
            .iter()
            .filter_map(|parent| self.catalog.relation(parent.parent));
        let above: Vec<ObjectId> = above
            .flat_map(|parent| self.constraints(parent))
            .map(|constraint| constraint.id())
            .chain(it.is_partition.then(|| Step::Attach.of(it.oid)))
            .collect();
        let units = apart.map(|constraint| {
            let name = format!("{}.{}", it.name, constraint.name);
            let unit = Unit::new(ObjectKind::Constraint, name, constraint.id()).late();
            let unit = unit.needs([it.id()]).needs(above.iter().copied());
            unit.sql(add_constraint(it, constraint))
        });
        units.collect()
    }

    /// What waits for indexes, or for rows.
    fn afterwards(&self, it: &'a Relation) -> Option<Unit> {
        let mut changes = Vec::new();
        match it.replica_identity {
            // No row of another kind is sent to a replica.
            _ if !matches!(it.kind, RelationKind::Table | RelationKind::Partitioned) => {}
            'f' => changes.push("REPLICA IDENTITY FULL".to_owned()),
            'n' => changes.push("REPLICA IDENTITY NOTHING".to_owned()),
            _ => {}
        }
        let indexes = self
            .catalog
            .indexes
            .iter()
            .filter(|index| index.relation == it.oid);
        let mut unit = Unit::new(ObjectKind::Policy, &it.name, Step::Finish.of(it.oid)).late();
        unit = unit.needs([it.id()]);
        for index in indexes {
            unit = unit.needs([index.id()]);
            if index.is_replica_identity {
                changes.push(format!(
                    "REPLICA IDENTITY USING INDEX {}",
                    Identifier(&index.name)
                ));
            }
            if index.is_clustered {
                changes.push(format!("CLUSTER ON {}", Identifier(&index.name)));
            }
        }
        if it.row_security {
            changes.push("ENABLE ROW LEVEL SECURITY".to_owned());
        }
        if it.force_row_security {
            changes.push("FORCE ROW LEVEL SECURITY".to_owned());
        }
        let what = match it.kind {
            RelationKind::MaterializedView => "MATERIALIZED VIEW",
            _ => "TABLE ONLY",
        };
        let only = format!("ALTER {what} {} {}", Identifier(&it.name), list(&changes));
        (!changes.is_empty()).then(|| unit.sql(only))
    }
}

/// Whether a foreign key references a table of another schema. To add one locks that table until the end of the
/// transaction.
pub(crate) fn is_global(catalog: &Catalog, constraint: &Constraint) -> bool {
    constraint.kind == ConstraintKind::ForeignKey
        && catalog.relation(constraint.referenced).is_none()
}

/// A constraint of a table that is there.
pub(in crate::template) fn add_constraint(it: &Relation, constraint: &Constraint) -> String {
    format!(
        "ALTER TABLE {} ADD CONSTRAINT {} {}",
        Identifier(&it.name),
        Identifier(&constraint.name),
        constraint.definition.as_deref().unwrap_or_default()
    )
}

/// The index that is made with a constraint. That of a foreign key is the other table's.
pub(in crate::template) fn own_index(constraint: &Constraint) -> Oid {
    if constraint.kind.has_index() {
        constraint.index
    } else {
        0
    }
}

fn separated(parts: Vec<Statement>) -> Statement {
    let mut all = Statement::new("");
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            all = all.text(", ");
        }
        all = all.then(part);
    }
    all
}
