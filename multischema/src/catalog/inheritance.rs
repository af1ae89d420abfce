//! Which tables inherit from which, or are partitions of which.

use super::fields::{Fields, Malformed};
use super::object::Oid;
use super::rows::{Rows, own, rows};

pub(super) const ROWS: Rows = rows!("inheritance":
    "i.inhrelid", "i.inhseqno", "i.inhparent", "i.inhparent::pg_catalog.regclass", "i.inhdetachpending";
    "FROM pg_catalog.pg_inherits i WHERE ", own!("i.inhrelid", relations), "");

/// One parent of a table.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    pub(crate) child: Oid,
    /// Counts the parents of a table.
    pub(crate) position: i32,
    pub(crate) parent: Oid,
    /// As SQL writes it; the parent may be in another schema.
    pub(crate) name: String,
    pub(crate) is_detaching: bool,
}

impl Parent {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            child: fields.oid()?,
            position: fields.number()?,
            parent: fields.oid()?,
            name: fields.text()?,
            is_detaching: fields.flag()?,
        })
    }
}
