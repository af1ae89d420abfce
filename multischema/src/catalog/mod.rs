//! PostgreSQL's catalogs as plain data: what is in one schema.
//!
//! A module per kind of object has the query for its rows and what one row becomes; `read` makes one statement of all
//! queries. `facts` is what makes two schemata equal.

mod block;
#[expect(clippy::module_inception, reason = "it is the noun of this folder")]
mod catalog;
mod collation;
mod column;
mod comment;
mod constraint;
mod dependents;
mod details;
mod facts;
mod fields;
mod function;
mod grant;
mod index;
mod inheritance;
mod made;
mod object;
mod operator;
mod other;
mod own;
mod policy;
mod read;
mod read_each;
mod relation;
mod rows;
mod rule;
mod schema;
mod search;
mod sequence;
mod statistics;
mod trigger;
mod types;

#[cfg(feature = "migrations")]
pub(crate) use block::IdColumn;
pub use object::ObjectKind;
pub(crate) use {
    block::{Block, Counting, Span, Width},
    catalog::Catalog,
    collation::Collation,
    column::{Column, Default, sequence_of},
    constraint::{Constraint, ConstraintKind},
    details::{Dependency, Names},
    facts::{Facts, Key},
    function::{Aggregate, Function},
    grant::{Grant, Grants},
    index::Index,
    inheritance::Parent,
    made::Made,
    object::{ObjectId, Oid, class},
    operator::{Cast, Member, Operator, OperatorClass},
    own::Own,
    policy::Policy,
    read::{Detail, Kinds},
    read_each::Asked,
    relation::{Relation, RelationKind},
    rule::Rule,
    schema::Namespace,
    sequence::Sequence,
    types::Type,
};
