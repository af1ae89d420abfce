//! Columns, as part of their table or changed when it is there.

use super::super::statement::Statement;
use super::sequence::counting;
use super::server_options;
use super::table::Tables;
use crate::catalog::{Column, ConstraintKind, Relation};
use crate::quoted::{Identifier, list, options};

impl Tables<'_> {
    /// The column in full.
    pub(super) fn column(&self, it: &Relation, column: &Column) -> Statement {
        let type_name = column.type_name.as_deref().unwrap_or_default();
        let mut text = format!("{} {type_name}", Identifier(&column.name));
        if let Some(options) = server_options(&column.server_options) {
            text.push_str(&format!(" {options}"));
        }
        match column.compression {
            'p' => text.push_str(" COMPRESSION pglz"),
            'l' => text.push_str(" COMPRESSION lz4"),
            _ => {}
        }
        if let Some(collation) = &column.collation_name {
            text.push_str(&format!(" COLLATE {collation}"));
        }
        Statement::new(text).then(self.column_constraints(it, column))
    }

    /// What a column of a typed table has beyond the type.
    pub(super) fn typed_column(&self, it: &Relation, column: &Column) -> Option<Statement> {
        let constraints = self.column_constraints(it, column);
        (constraints != Statement::new("")).then(|| {
            Statement::new(format!("{} WITH OPTIONS", Identifier(&column.name))).then(constraints)
        })
    }

    fn column_constraints(&self, it: &Relation, column: &Column) -> Statement {
        let mut text = String::new();
        if let Some(default) = self.defaults.get(&(it.oid, column.number)) {
            let expression = &default.expression;
            match column.generated {
                's' => text.push_str(&format!(" GENERATED ALWAYS AS ({expression}) STORED")),
                'v' => text.push_str(&format!(" GENERATED ALWAYS AS ({expression}) VIRTUAL")),
                _ if self.apart.contains(default.id()) => {}
                _ => text.push_str(&format!(" DEFAULT {expression}")),
            }
        }
        if column.not_null && !self.has_named_not_null(it, column) {
            text.push_str(" NOT NULL");
        }
        let statement = Statement::new(text);
        let Some(sequence) = self.identities.get(&(it.oid, column.number)) else {
            return statement;
        };
        let always = if column.identity == 'a' {
            "ALWAYS"
        } else {
            "BY DEFAULT"
        };
        let name = self.catalog.relation(sequence.relation);
        let name = name.map_or("", |it| &it.name);
        statement
            .text(format!(
                " GENERATED {always} AS IDENTITY (SEQUENCE NAME {} ",
                Identifier(name)
            ))
            .then(counting(self.catalog, sequence, self.ids))
            .text(")")
    }

    /// PostgreSQL 18 has it among the constraints, with a name.
    pub(super) fn has_named_not_null(&self, it: &Relation, column: &Column) -> bool {
        self.constraints(it).any(|constraint| {
            constraint.kind == ConstraintKind::NotNull && constraint.columns == [column.number]
        })
    }

    /// What `CREATE TABLE` cannot say of a column.
    pub(super) fn changes(&self, it: &Relation, column: &Column) -> Vec<String> {
        let mut changes: Vec<String> = Vec::new();
        let storage = match column.storage {
            'p' => "PLAIN",
            'm' => "MAIN",
            'e' => "EXTERNAL",
            _ => "EXTENDED",
        };
        if column.storage != column.type_storage {
            changes.push(format!("SET STORAGE {storage}"));
        }
        if column.statistics >= 0 {
            changes.push(format!("SET STATISTICS {}", column.statistics));
        }
        let with = options(&column.options, "");
        if !with.is_empty() {
            changes.push(format!("SET ({})", list(with)));
        }
        if !(column.is_local || it.is_partition || it.of_type != 0) {
            changes.extend(self.changes_of_inherited(it, column));
        }
        let of = Identifier(&column.name);
        changes
            .into_iter()
            .map(|change| format!("ALTER COLUMN {of} {change}"))
            .collect()
    }

    /// What a column has otherwise than the parent that it comes from.
    fn changes_of_inherited(&self, it: &Relation, column: &Column) -> Vec<String> {
        let mut changes = Vec::new();
        let inherited = self.parents(it).into_iter().find_map(|parent| {
            let named =
                |other: &&Column| other.relation == parent.parent && other.name == column.name;
            self.catalog.columns.iter().find(named)
        });
        let expression = |of: &Column| {
            self.defaults
                .get(&(of.relation, of.number))
                .map(|it| &*it.expression)
        };
        let [own, theirs] = [expression(column), inherited.and_then(expression)];
        if own != theirs && column.generated == ' ' {
            match own {
                Some(expression) => changes.push(format!("SET DEFAULT {expression}")),
                None => changes.push("DROP DEFAULT".to_owned()),
            }
        }
        let is_named = self.has_named_not_null(it, column);
        if column.not_null && !is_named && inherited.is_some_and(|theirs| !theirs.not_null) {
            changes.push("SET NOT NULL".to_owned());
        }
        changes
    }
}
