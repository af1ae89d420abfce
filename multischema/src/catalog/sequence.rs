//! Sequences, and who owns them.

use super::fields::{Fields, Malformed};
use super::object::Oid;
use super::rows::{Rows, own, rows};

pub(super) const ROWS: Rows = rows!("sequence":
    "s.seqrelid", "s.seqtypid", "s.seqstart", "s.seqincrement", "s.seqmax", "s.seqmin", "s.seqcache", "s.seqcycle",
    "d.refobjid", "d.refobjsubid", "d.deptype";
    "FROM pg_catalog.pg_sequence s LEFT JOIN pg_catalog.pg_depend d ON d.classid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid \
     AND d.objid OPERATOR(pg_catalog.=) s.seqrelid AND d.refclassid OPERATOR(pg_catalog.=) 1259::pg_catalog.oid \
     AND (d.deptype OPERATOR(pg_catalog.=) 'a' OR d.deptype OPERATOR(pg_catalog.=) 'i') WHERE ",
    own!("s.seqrelid", sequences));

/// How a sequence counts, as `pg_sequence` has it; its name is with the relations.
#[derive(Debug, Clone)]
pub(crate) struct Sequence {
    pub(crate) relation: Oid,
    pub(crate) type_: Oid,
    pub(crate) start: i64,
    pub(crate) increment: i64,
    pub(crate) max: i64,
    pub(crate) min: i64,
    pub(crate) cache: i64,
    pub(crate) cycle: bool,
    pub(crate) owner: Option<Owner>,
}

/// The column that a sequence belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) relation: Oid,
    pub(crate) column: i16,
    /// Whether it is that of an identity column.
    pub(crate) is_identity: bool,
}

impl Sequence {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            relation: fields.oid()?,
            type_: fields.oid()?,
            start: fields.number()?,
            increment: fields.number()?,
            max: fields.number()?,
            min: fields.number()?,
            cache: fields.number()?,
            cycle: fields.flag()?,
            owner: {
                let [relation, column] = [fields.optional()?, fields.optional()?];
                let is_identity = fields.letter()? == 'i';
                match (relation, column) {
                    (Some(relation), Some(column)) => Some(Owner {
                        relation: relation.parse()?,
                        column: column.parse()?,
                        is_identity,
                    }),
                    _ => None,
                }
            },
        })
    }
}
