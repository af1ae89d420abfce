//! Policies of row-level security.

use super::fields::{Fields, Malformed};
use super::object::{ObjectId, Oid, class};
use super::rows::{Rows, own, rows};

pub(super) const ROWS: Rows = rows!("policy":
    "p.oid", "p.polrelid", "p.polname", "p.polcmd", "p.polpermissive",
    "(SELECT pg_catalog.array_agg(CASE WHEN r.role OPERATOR(pg_catalog.<>) 0::pg_catalog.oid THEN pg_catalog.pg_get_userbyid(r.role) \
     ELSE '' END ORDER BY r.position) FROM pg_catalog.unnest(p.polroles) WITH ORDINALITY AS r (role, position))",
    "pg_catalog.pg_get_expr(p.polqual, p.polrelid)", "pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)";
    "FROM pg_catalog.pg_policy p WHERE ", own!("p.polrelid", with_columns));

/// A policy, as `pg_policy` has it.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) oid: Oid,
    pub(crate) relation: Oid,
    pub(crate) name: String,
    /// `r`ead, `a`dd, `w`rite, `d`elete, `*`.
    pub(crate) command: char,
    pub(crate) is_permissive: bool,
    /// The roles that it is for; the empty string is everybody.
    pub(crate) roles: Vec<String>,
    pub(crate) using: Option<String>,
    pub(crate) check: Option<String>,
}

impl Policy {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            relation: fields.oid()?,
            name: fields.text()?,
            command: fields.letter()?,
            is_permissive: fields.flag()?,
            roles: fields.strings()?,
            using: fields.optional()?,
            check: fields.optional()?,
        })
    }

    pub(crate) fn id(&self) -> ObjectId {
        ObjectId::new(class::POLICY, self.oid)
    }
}
