//! What an object is called: by PostgreSQL, and by people.

use std::fmt;

/// PostgreSQL's number of an object, unique within one catalog.
pub(crate) type Oid = u32;

/// A system catalog, by its number, which is the same in every database.
pub(crate) mod class {
    use super::Oid;

    pub(crate) const TYPE: Oid = 1247;
    pub(crate) const FUNCTION: Oid = 1255;
    pub(crate) const RELATION: Oid = 1259;
    /// No catalog: functions again, with their arguments.
    pub(crate) const SIGNATURE: Oid = 0;
    pub(crate) const ACCESS_METHOD: Oid = 2601;
    /// An operator of an operator family.
    pub(crate) const FAMILY_OPERATOR: Oid = 2602;
    pub(crate) const DEFAULT: Oid = 2604;
    pub(crate) const CAST: Oid = 2605;
    pub(crate) const CONSTRAINT: Oid = 2606;
    pub(crate) const LANGUAGE: Oid = 2612;
    pub(crate) const SCHEMA: Oid = 2615;
    pub(crate) const OPERATOR_CLASS: Oid = 2616;
    pub(crate) const OPERATOR: Oid = 2617;
    pub(crate) const RULE: Oid = 2618;
    pub(crate) const TRIGGER: Oid = 2620;
    pub(crate) const OPERATOR_FAMILY: Oid = 2753;
    pub(crate) const POLICY: Oid = 3256;
    pub(crate) const STATISTICS: Oid = 3381;
    pub(crate) const COLLATION: Oid = 3456;
    pub(crate) const SEARCH_DICTIONARY: Oid = 3600;
    pub(crate) const SEARCH_PARSER: Oid = 3601;
    pub(crate) const SEARCH_CONFIGURATION: Oid = 3602;
    pub(crate) const SEARCH_TEMPLATE: Oid = 3764;
}

/// An object, by the catalog that its row is in and its number there. A number alone names several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectId {
    pub(crate) class: Oid,
    pub(crate) oid: Oid,
}

impl ObjectId {
    pub(crate) const fn new(class: Oid, oid: Oid) -> Self {
        Self { class, oid }
    }

    pub(crate) const fn relation(oid: Oid) -> Self {
        Self::new(class::RELATION, oid)
    }

    pub(crate) const fn type_(oid: Oid) -> Self {
        Self::new(class::TYPE, oid)
    }

    pub(crate) const fn function(oid: Oid) -> Self {
        Self::new(class::FUNCTION, oid)
    }
}

/// A kind of object, in the order in which they are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ObjectKind {
    /// The schema itself: its owner, rights and comment.
    Schema,
    /// Rights that objects get which are made later.
    DefaultPrivileges,
    /// A collation.
    Collation,
    /// An enum, domain, composite or range type.
    Type,
    /// A function, procedure or aggregate.
    Function,
    /// An operator.
    Operator,
    /// An operator family.
    OperatorFamily,
    /// An operator class.
    OperatorClass,
    /// A cast from or to a type of the schema.
    Cast,
    /// A parser, template, dictionary or configuration of full text search.
    TextSearch,
    /// A sequence.
    Sequence,
    /// A table, partitioned or not.
    Table,
    /// A foreign table.
    ForeignTable,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A column of a table or view, or an attribute of a composite type.
    Column,
    /// A constraint of a table or domain.
    Constraint,
    /// An index.
    Index,
    /// Extended statistics.
    Statistics,
    /// A rule.
    Rule,
    /// A trigger.
    Trigger,
    /// A policy of row-level security.
    Policy,
}

impl ObjectKind {
    /// Returns the word for it, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::DefaultPrivileges => "default privileges",
            Self::Collation => "collation",
            Self::Type => "type",
            Self::Function => "function",
            Self::Operator => "operator",
            Self::OperatorFamily => "operator family",
            Self::OperatorClass => "operator class",
            Self::Cast => "cast",
            Self::TextSearch => "text search object",
            Self::Sequence => "sequence",
            Self::Table => "table",
            Self::ForeignTable => "foreign table",
            Self::View => "view",
            Self::MaterializedView => "materialized view",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Index => "index",
            Self::Statistics => "statistics",
            Self::Rule => "rule",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
        }
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
