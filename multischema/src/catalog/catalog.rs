//! A schema, as PostgreSQL's catalogs have it.

use std::collections::BTreeSet;

use super::block::Counting;
use super::collation::Collation;
use super::column::{Column, Default};
use super::comment::Comment;
use super::constraint::Constraint;
use super::function::{Aggregate, Function};
use super::index::Index;
use super::inheritance::Parent;
use super::object::{ObjectId, Oid};
use super::operator::{Cast, Family, Member, Operator, OperatorClass};
use super::other::Other;
use super::policy::Policy;
use super::relation::Relation;
use super::rule::Rule;
use super::schema::{DefaultPrivileges, Namespace};
use super::search::{Mapping, Search};
use super::sequence::Sequence;
use super::statistics::Statistics;
use super::trigger::Trigger;
use super::types::{Range, Type};

/// A schema, kind by kind. Within a kind, objects come by their names.
#[derive(Debug, Clone, std::default::Default)]
pub(crate) struct Catalog {
    pub(crate) namespace: Namespace,
    pub(crate) privileges: Vec<DefaultPrivileges>,
    pub(crate) relations: Vec<Relation>,
    /// By relation and number.
    pub(crate) columns: Vec<Column>,
    pub(crate) defaults: Vec<Default>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) sequences: Vec<Sequence>,
    /// By child, then as the child lists them.
    pub(crate) parents: Vec<Parent>,
    pub(crate) types: Vec<Type>,
    pub(crate) ranges: Vec<Range>,
    pub(crate) functions: Vec<Function>,
    pub(crate) aggregates: Vec<Aggregate>,
    pub(crate) operators: Vec<Operator>,
    pub(crate) families: Vec<Family>,
    pub(crate) classes: Vec<OperatorClass>,
    pub(crate) members: Vec<Member>,
    pub(crate) casts: Vec<Cast>,
    pub(crate) collations: Vec<Collation>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) statistics: Vec<Statistics>,
    pub(crate) searches: Vec<Search>,
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) others: Vec<Other>,
    pub(crate) comments: Vec<Comment>,
    /// What is made with a type of the schema, as a range's functions and multirange are: it, and the type.
    pub(crate) come_along: Vec<(ObjectId, ObjectId)>,
}

impl Catalog {
    /// Orders what was read by name, and not as it happens to lie in the catalogs.
    pub(super) fn sort(&mut self) {
        self.privileges
            .sort_by(|a, b| (&a.role, a.kind).cmp(&(&b.role, b.kind)));
        self.relations.sort_by(|a, b| a.name.cmp(&b.name));
        self.columns.sort_by_key(|it| (it.relation, it.number));
        self.parents.sort_by_key(|it| (it.child, it.position));
        self.types.sort_by(|a, b| a.name.cmp(&b.name));
        self.constraints.sort_by(|a, b| a.name.cmp(&b.name));
        self.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        self.functions.sort_by(|a, b| a.name.cmp(&b.name));
        self.operators.sort_by(|a, b| a.name.cmp(&b.name));
        self.families.sort_by(|a, b| a.name.cmp(&b.name));
        self.classes.sort_by(|a, b| a.name.cmp(&b.name));
        self.members.sort_by_key(|it| (it.id.class, it.number));
        self.collations.sort_by(|a, b| a.name.cmp(&b.name));
        self.rules.sort_by(|a, b| a.name.cmp(&b.name));
        self.triggers.sort_by(|a, b| a.name.cmp(&b.name));
        self.policies.sort_by(|a, b| a.name.cmp(&b.name));
        self.statistics.sort_by(|a, b| a.name.cmp(&b.name));
        self.searches.sort_by(|a, b| a.name.cmp(&b.name));
        self.mappings.sort_by(|a, b| a.token.cmp(&b.token));
        self.comments.sort_by_key(|it| (it.object, it.column));
        // Where numbers of two catalogs coincide, both queries find it.
        self.comments.dedup_by_key(|it| (it.object, it.column));
    }

    /// Whether there is nothing in the schema.
    pub(crate) fn is_empty(&self) -> bool {
        self.relations.is_empty()
            && self.types.is_empty()
            && self.functions.is_empty()
            && self.operators.is_empty()
            && self.collations.is_empty()
            && self.searches.is_empty()
            && self.others.is_empty()
    }

    /// Whether the other was read from the same objects, when they were the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let objects = |of: &Self| BTreeSet::from_iter(of.objects());
        objects(self) == objects(other)
            && self.facts(Counting::AsMade, None) == other.facts(Counting::AsMade, None)
    }

    /// Whether a default is a column's.
    pub(crate) fn is_of(column: &Column, default: &Default) -> bool {
        (column.relation, column.number) == (default.relation, default.column)
    }

    /// The relation of this number, if it is in the schema.
    pub(crate) fn relation(&self, oid: Oid) -> Option<&Relation> {
        self.relations.iter().find(|it| it.oid == oid)
    }

    /// The columns of a relation, in their order.
    pub(crate) fn columns_of(&self, relation: Oid) -> impl Iterator<Item = &Column> + use<'_> {
        let start = self.columns.partition_point(|it| it.relation < relation);
        self.columns[start..]
            .iter()
            .take_while(move |it| it.relation == relation)
    }
}
