//! The schema itself, and the rights that objects get which are made in it later.

use super::fields::{Fields, Malformed};
use super::grant::{Grants, grants};
use super::object::Oid;
use super::rows::{Rows, own, rows};

macro_rules! schema_rows {
    ($name:literal) => {
        rows!("schema":
            "n.oid", "n.nspname", "pg_catalog.pg_get_userbyid(n.nspowner)",
            grants!("n.nspacl", "'n'", "n.nspowner");
            ", n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) ", $name, "::pg_catalog.name")
    };
}

/// With its number, for the others.
pub(super) const ROWS: Rows = schema_rows!("$1");
/// The same where several are read.
pub(super) const ROWS_OF_EACH: Rows = schema_rows!("asked.name");

/// In a schema, these are added to those that objects have anyway.
pub(super) const PRIVILEGE_ROWS: Rows = rows!("privileges":
    "pg_catalog.pg_get_userbyid(d.defaclrole)", "d.defaclobjtype", "d.defaclacl", "NULL";
    "FROM pg_catalog.pg_default_acl d WHERE ", own!("d.oid", privileges));

/// A schema, as `pg_namespace` has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Namespace {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) grants: Grants,
}

impl Namespace {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            oid: fields.oid()?,
            name: fields.text()?,
            owner: fields.text()?,
            grants: fields.grants()?,
        })
    }
}

/// Rights that objects of one kind get which a role makes in the schema, as `pg_default_acl` has them.
#[derive(Debug, Clone)]
pub(crate) struct DefaultPrivileges {
    pub(crate) role: String,
    /// `r`elations, `S`equences, `f`unctions, `T`ypes.
    pub(crate) kind: char,
    pub(crate) grants: Grants,
}

impl DefaultPrivileges {
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            role: fields.text()?,
            kind: fields.letter()?,
            grants: fields.grants()?,
        })
    }

    /// As SQL calls what they are rights to.
    pub(crate) fn keyword(&self) -> &'static str {
        match self.kind {
            'r' => "TABLES",
            'S' => "SEQUENCES",
            'f' => "FUNCTIONS",
            _ => "TYPES",
        }
    }
}
