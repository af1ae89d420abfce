//! Collations.

use super::fields::{Fields, Malformed};
use super::object::{ObjectId, Oid, class};
use super::rows::{Rows, own, rows};

macro_rules! collation_rows {
    ($locale:literal, $rules:literal) => {
        rows!("collation":
            "c.oid", "c.collname", "pg_catalog.pg_get_userbyid(c.collowner)", "c.collprovider", "c.collisdeterministic",
            "c.collcollate", "c.collctype", $locale, $rules;
            "FROM pg_catalog.pg_collation c WHERE ", own!("c.oid", collations))
    };
}

const ROWS: Rows = collation_rows!("c.colliculocale", "NULL");
const ROWS_OF_16: Rows = collation_rows!("c.colliculocale", "c.collicurules");
const ROWS_OF_17: Rows = collation_rows!("c.colllocale", "c.collicurules");

pub(super) fn rows(version: u32) -> &'static Rows {
    match version {
        170_000.. => &ROWS_OF_17,
        160_000.. => &ROWS_OF_16,
        _ => &ROWS,
    }
}

/// A collation, as `pg_collation` has it. The version of its library is that of the day it was made,
/// and its encoding that of the database.
#[derive(Debug, Clone)]
pub(crate) struct Collation {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) owner: String,
    /// `c` (libc), `i`cu, `b`uiltin.
    pub(crate) provider: char,
    pub(crate) is_deterministic: bool,
    pub(crate) collate: Option<String>,
    pub(crate) ctype: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) rules: Option<String>,
}

impl Collation {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            name: fields.text()?,
            owner: fields.text()?,
            provider: fields.letter()?,
            is_deterministic: fields.flag()?,
            collate: fields.optional()?,
            ctype: fields.optional()?,
            locale: fields.optional()?,
            rules: fields.optional()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::COLLATION, self.oid)
    }
}
